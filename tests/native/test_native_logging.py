"""Log records: into a file by a native thread, into Python's `logging` on the thread that ticks."""

from __future__ import annotations

import logging
import threading

import pytest
from serving import run_script
from wire import Client


@pytest.fixture
def configure(native):
    yield native.configure_logging
    native.configure_logging("warn", None)


def test_records_reach_python_on_the_main_thread_and_at_its_level(configure, bridge, served, caplog):
    caplog.set_level(logging.DEBUG)
    configure("info", None)

    def fail():
        raise ValueError("told in the log")

    bridge.register("fail", fail)

    def talk(address):
        with Client(address) as client:
            return client.error("fail")

    served(talk)
    bridge.stop()
    ours = [record for record in caplog.records if record.name.startswith("tenon")]
    texts = [record.getMessage() for record in ours]
    assert any(text.startswith("Tenon server started on localhost:") for text in texts)
    assert "Tenon server stopped" in texts
    [raised] = [record for record in ours if "told in the log" in record.getMessage()]
    assert raised.levelno == logging.WARNING and "line" in raised.getMessage()  # with its traceback
    assert {record.thread for record in ours} == {threading.get_ident()}
    assert {record.levelno for record in ours} <= {logging.INFO, logging.WARNING, logging.ERROR}


def test_the_file_holds_what_the_level_lets_through(tmp_path):
    """In a process of its own, at whose end nothing may be lost."""
    script = """
import _native, sys
bridge = _native.Bridge()
for level in ("error", "info"):
    _native.configure_logging(level, sys.argv[1] + "/logs/" + level + ".log")
    bridge.start(port=0)
    bridge.stop()
_native.configure_logging("info", None)
bridge.start(port=0)
bridge.stop()
_native.configure_logging("info", sys.argv[1] + "/logs/again.log")
bridge.start(port=0)
bridge.stop()
"""
    assert run_script(script, str(tmp_path)) == (0, "", "")
    assert (tmp_path / "logs" / "error.log").read_text() == ""
    for name in ("info", "again"):
        lines = (tmp_path / "logs" / f"{name}.log").read_text().splitlines()
        assert len(lines) == 2, lines
        assert "Tenon server started on localhost:" in lines[0] and "Tenon server stopped" in lines[1]


def test_a_file_that_cannot_be_written_is_an_os_error_that_names_it(configure, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"cannot write the log file .*file/below\.log"):
        configure("info", str(tmp_path / "file" / "below.log"))


def test_its_kind_is_python_s_own(configure, tmp_path):
    with pytest.raises(IsADirectoryError, match="cannot write the log file"):
        configure("info", str(tmp_path))


def test_an_unknown_level_is_a_value_error(configure):
    with pytest.raises(ValueError, match="log level 'loud': expected error, warn, info, debug or trace"):
        configure("loud", None)


def test_more_records_than_anyone_takes_are_dropped_and_counted(configure, bridge, served, caplog):
    """The buffer is bounded, and nobody waits for it."""
    caplog.set_level(logging.DEBUG)
    configure("debug", None)
    bridge.start(port=0)
    clients = [Client(bridge.address) for _ in range(300)]
    for _ in range(8):
        for client in clients:
            assert client.result("create_session")  # answered natively, each with a record; nobody ticks
    for client in clients:
        client.socket.close()
    bridge.tick()
    bridge.tick()
    dropped = [record for record in caplog.records if "log records were dropped" in record.getMessage()]
    assert dropped and int(dropped[0].getMessage().split()[0]) > 1000
