"""The folder in which a web process puts its workers' figures together."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

from deploy.local import parts, processes
from tests.ports import free_port
from tests.wait import wait_until


@contextmanager
def serving(folder: Path) -> Iterator[processes.Program]:
    """gunicorn as services run it, before the least of applications."""
    port = free_port()
    application = "tests.integration.serving.program:create_app()"
    address = f"127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", application, "--config", str(parts.GUNICORN), "--bind", address]
    told = {"WEB_WORKERS": "1", "WEB_THREADS": "2", "DRAIN_SECONDS": "0"}
    process = processes.start(command, folder / "log", {**parts.environment(), **told}, parts.ROOT)
    try:
        wait_until(lambda: _answers(address), 60, "gunicorn answers")
        yield process
    finally:
        processes.stop(process, 30)


def _answers(address: str) -> bool:
    try:
        return urllib3.request("GET", f"http://{address}/", retries=False, timeout=5).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def test_what_a_killed_web_process_left_is_cleared_by_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def folders() -> set[Path]:
        return set(tmp_path.glob("sendero-metrics-*"))

    with serving(tmp_path) as killed:
        left = folders()
        processes.kill_group(killed)
        assert folders() == left
        with serving(tmp_path) as living:
            (its,) = folders()
            assert its not in left
            with serving(tmp_path):
                assert its in folders()
            assert folders() == {its}
            assert living.poll() is None
        assert not folders()
