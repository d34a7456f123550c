"""The front door before three services that only say what they were asked, served by gunicorn as ours are."""

import sys
from collections.abc import Iterator

import pytest
import urllib3

from deploy.local import parts, processes
from tests.integration.front import door
from tests.ports import free_port
from tests.wait import wait_until


@pytest.fixture(scope="package")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    ports = {service: free_port() for service in door.SERVICES}
    binds = [word for port in ports.values() for word in ("--bind", f"127.0.0.1:{port}")]
    command = [sys.executable, "-m", "gunicorn", "tests.integration.front.echo:create_app()"]
    told = {"WEB_WORKERS": "1", "WEB_THREADS": "2", "DRAIN_SECONDS": "0"}
    process = processes.start(
        [*command, "--config", str(parts.GUNICORN), *binds],
        tmp_path_factory.mktemp("echo") / "log",
        {**parts.environment(), **told},
        parts.ROOT,
    )
    try:
        wait_until(lambda: all(map(_answers, ports.values())), door.PATIENCE, "gunicorn answers")
        yield ports
    finally:
        processes.stop(process, 30)


def _answers(port: int) -> bool:
    try:
        return urllib3.request("GET", f"http://127.0.0.1:{port}/", retries=False, timeout=30).status == 200
    except urllib3.exceptions.HTTPError:
        return False


@pytest.fixture(scope="package")
def front(services: dict[str, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[door.Door]:
    """It waits long for its callers, so that none is sent away because the machine is busy."""
    with door.opened(tmp_path_factory.mktemp("front"), services) as opened:
        yield opened
