"""Ten thousand clients at once against one headless Blender, as many as are allowed by default.

In: sockets, as many as the system lets this process have. Out: each gets its own replies, one more is told
why it is not served, and when all have gone the server is as before.
"""

import json

import pytest
from headless import Headless
from wire import Client

resource = pytest.importorskip("resource", reason="Windows bounds sockets in another way")

CLIENTS = 10_000  # the default of the setting `max_connections`
SPARE = 300  # handles that this process needs for itself


@pytest.fixture
def handles():
    """Room for a crowd of sockets; what was, afterwards. Out: how many sockets there may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CLIENTS + SPARE
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, allowed), hard))
    yield max(soft, allowed) - SPARE
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_ten_thousand_clients_at_once(handles, tmp_path):
    if handles < CLIENTS:
        pytest.skip(f"the system lets a process open {handles + SPARE} files: ulimit -Hn {CLIENTS + SPARE}")
    with Headless(tmp_path) as blender:
        crowd = [Client(blender.address) for _ in range(CLIENTS)]
        for number, client in enumerate(crowd):
            client.send({"type": "ping", "id": number})
        for number, client in enumerate(crowd):
            assert client.receive()["id"] == number
        for number, client in enumerate(crowd[::10]):
            client.send({"type": "execute_code", "params": {"code": f"print({number})"}, "id": number})
        for number, client in enumerate(crowd[::10]):
            reply = client.receive()
            assert (reply["id"], reply["result"]["result"]) == (number, f"{number}\n")
        status = crowd[0].result("get_server_status")
        assert (status["clients"], status["sessions"]) == (CLIENTS, CLIENTS)

        with Client(blender.address) as one_more:
            told = one_more.receive()
            assert (told["code"], told["status"]) == ("too_many_connections", "error")
            assert "10000" in told["message"]
            with pytest.raises(EOFError):
                one_more.receive()

        for client in crowd:
            client.socket.close()
        with Client(blender.address) as last:
            # Closing has reached the server when the last of them has left; each status is an event of it.
            while last.result("get_server_status")["clients"] > 1:
                pass
            assert json.loads(last.result("execute_code", {"code": "print([1])"})["result"]) == [1]
