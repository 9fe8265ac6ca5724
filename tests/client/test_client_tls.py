"""The client, the shell and `tenon mcp` over TLS to a real server: whom they trust, and whom they do not."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import urllib.request

import pytest
import tenon_client
from assistant import Assistant
from conftest import CLIENT
from tenon_client import tls
from wire import PATIENCE


@pytest.fixture(scope="session")
def certificate(blender):
    """What the server tells of itself on its own machine."""
    with tenon_client.connect(port=int(blender.address.rpartition(":")[2])) as client:
        return client.send_command(None, "get_certificate")


@pytest.fixture(scope="session")
def pin(certificate):
    return f"sha256:{certificate['sha256']}"


@pytest.fixture
def file(certificate, tmp_path):
    path = tmp_path / "certificate.pem"
    path.write_text(certificate["certificate"])
    return str(path)


def test_the_hash_is_that_of_the_key(certificate):
    """OpenSSL, through Python, reads the same certificate."""
    der = ssl.PEM_cert_to_DER_cert(certificate["certificate"])
    assert tls.check(f"sha256:{certificate['sha256']}", der, "here") is None
    key = tls.public_key(der)
    assert key[0] == 0x30 and key in der


@pytest.mark.parametrize("trusted", ["pin", "file"])
def test_commands_and_events(reach, blender, trusted, request):
    client = reach(blender.address, tls=request.getfixturevalue(trusted))
    session = client.create_session()
    assert client.send_command(session, "execute_code", {"code": "print(6 * 7)"})["result"] == "42\n"
    big = "x" * 3_000_000
    told = client.send_command(session, "execute_code", {"code": f"print(len({big!r}))\n{big!r}[:5]"})
    assert told["result"].startswith("3000000")
    events = client.events("tasks")
    task = client.submit(session, "get_scene")
    while (event := next(events))["type"] != "task_completed" or event["data"]["task_id"] != task:
        pass
    client.close_session(session)


def test_another_key_is_not_spoken_to(reach, blender):
    with pytest.raises(tenon_client.WrongServer, match="its key is sha256:"):
        reach(blender.address, tls="sha256:" + "0" * 64)


def test_whom_nobody_vouches_for_is_not_spoken_to(reach, blender):
    with pytest.raises(tenon_client.Unreachable, match="certificate verify failed"):
        reach(blender.address, tls="system", reconnect=0)


@pytest.mark.parametrize("trust", ["sha256:12", "sha256:" + "g" * 64, "/no/such/file.pem"])
def test_what_nobody_can_be_trusted_by_is_told(blender, trust):
    host, port = blender.address.rsplit(":", 1)
    with pytest.raises(tenon_client.InvalidParams, match="TLS"):
        tenon_client.connect(host, int(port), tls=trust)


def shell(address, *words, **variables):
    host, port = address.rsplit(":", 1)
    done = subprocess.run(
        [sys.executable, "-m", "tenon_client", words[0], "--host", host, "--port", port, *words[1:]],
        env={**os.environ, "PYTHONPATH": str(CLIENT), **variables},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_shell(blender, pin):
    code = "code=print(1 + 1)"
    assert shell(blender.address, "run", "execute_code", code, TENON_TLS=pin)[:2] == (0, "2\n")
    assert shell(blender.address, "run", "execute_code", code, "--tls", pin)[:2] == (0, "2\n")
    exit_code, _, said = shell(blender.address, "status", "--tls", "sha256:" + "1" * 64)
    assert exit_code == 1 and "Not the Tenon that is meant" in said


def test_an_assistant_s_program(blender, pin):
    port = int(blender.address.rpartition(":")[2])
    with Assistant(port, TENON_TLS=pin) as assistant:
        assert assistant.greet()["serverInfo"]["name"] == "tenon"
        assert assistant.ask("tools/call", name="get_scene", arguments={})["isError"] is False
    with Assistant(port, TENON_TLS="sha256:" + "2" * 64) as assistant:
        assistant.greet()
        told = assistant.ask("tools/call", name="get_scene", arguments={})
        assert told["isError"] is True and "Not the Tenon" in told["content"][0]["text"]


def test_any_other_program_with_the_certificate(blender, file):
    """As `requests` and browsers do it: by name, with a file of whom to trust."""
    port = blender.address.rpartition(":")[2]
    trusting = ssl.create_default_context(cafile=file)
    with urllib.request.urlopen(
        f"https://localhost:{port}/health", context=trusting, timeout=PATIENCE
    ) as answer:
        assert answer.status == 200
