"""What a worker answers to those who ask how it is."""

import json
from collections.abc import Iterator

import pytest
import urllib3

from shared import worker_http
from tests.integration.spine.conftest import some_settings


@pytest.fixture
def parts() -> dict[str, str | None]:
    return {"consumer": None, "relay": None, "timers": None}


@pytest.fixture
def address(parts: dict[str, str | None]) -> Iterator[str]:
    server = worker_http.start(some_settings("inn", "mongodb://127.0.0.1:1/inn", "127.0.0.1:1"), lambda: parts)
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def ask(address: str, path: str) -> tuple[int, dict[str, object]]:
    answer = urllib3.request("GET", f"{address}{path}", retries=False, timeout=5)
    return answer.status, json.loads(answer.data)


def test_a_worker_of_which_all_parts_work_is_ready(address, parts):
    assert ask(address, "/readyz") == (200, {"status": "ready", "parts": parts})


def test_a_part_in_trouble_is_named_and_the_worker_lives_on(address, parts):
    parts["consumer"] = "ForbiddenTopic"
    status, told = ask(address, "/readyz")
    assert (status, told["parts"]["consumer"]) == (503, "ForbiddenTopic")
    assert ask(address, "/healthz")[0] == 200
