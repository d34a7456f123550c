"""What a process writes before it can do anything, and of requests that are none."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.local import parts, processes
from tests.ports import free_port
from tests.wait import wait_until

GUNICORN = (sys.executable, "-m", "gunicorn", "--config", str(parts.GUNICORN), "--bind")
WORKER = (sys.executable, "-m", "services.booking.worker")
WEB = (*GUNICORN, "127.0.0.1:0", "services.booking.app:create_app()")


def lines(text: str) -> list[dict[str, Any]]:
    """Each is an object that says when, how grave, whose and what."""
    told = [json.loads(line) for line in text.splitlines()]
    assert all({"timestamp", "level", "service", "event"} <= line.keys() for line in told)
    return told


@pytest.mark.parametrize("command", [WORKER, WEB], ids=["worker", "web"])
def test_a_process_that_lacks_a_setting_names_it_in_a_line_like_all_others(command: tuple[str, ...]) -> None:
    told = {name: value for name, value in parts.environment().items() if not name.startswith("BOOKING_")}
    done = subprocess.run(
        command, cwd=parts.ROOT, env=told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300
    )
    assert done.returncode != 0
    assert any("BOOKING_MONGO_URI" in line.get("why", "") for line in lines(done.stdout))


def test_a_request_that_is_none_is_told_without_what_stood_in_it_and_who_sent_it(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    command = [*GUNICORN, f"127.0.0.1:{port}", "tests.integration.serving.program:create_app()"]
    program = processes.start(command, log, {**parts.environment(), "DRAIN_SECONDS": "0"}, parts.ROOT)

    def answer() -> bytes:
        try:
            with socket.create_connection(("127.0.0.1", port), 10) as caller:
                caller.sendall(b"GET /find?email=ana@example.test NONE\r\n\r\n")
                return caller.recv(1000)
        except OSError:
            return b""

    try:
        assert b" 400 " in wait_until(answer, 60, "gunicorn answers")
    finally:
        processes.stop(program, 30)
    assert "Invalid request from" in [line["event"] for line in lines(log.read_text())]
    assert "ana@" not in log.read_text()
    assert "ip=" not in log.read_text()
