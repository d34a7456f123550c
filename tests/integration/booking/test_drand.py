"""A round of drand fetched from addresses of which some are away or say something else."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from services.booking import drand
from services.booking.model import draw

DRAW = (Path(drand.__file__).parent / "DRAW.md").read_text()
SEED = json.loads(next(line for line in DRAW.splitlines() if line.startswith('{"signature"')))
ROUND = 657413
TOLD = {"round": ROUND, "randomness": SEED["value"], "signature": SEED["signature"]}


@pytest.fixture
def beacon() -> Iterator[Any]:
    """Answers what it is told to, by the first part of the path; the paths it was asked for."""

    class Beacon(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)  # type: ignore[attr-defined]
            status, body = server.answers[self.path.split("/")[1]]  # type: ignore[attr-defined]
            self.send_response(status)
            self.send_header("Location", "/right/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Beacon)
    server.asked, server.answers = [], {"right": (200, json.dumps(TOLD).encode())}  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def urls(beacon: Any, *names: str) -> tuple[str, ...]:
    return tuple(f"http://127.0.0.1:{beacon.server_port}/{name}" for name in names)


def test_a_round_is_fetched_and_checked(beacon: Any) -> None:
    seed = drand.fetch(urls(beacon, "right"), draw.Drand(ROUND))
    assert (seed.value, seed.shown_by) == (SEED["value"], {"signature": SEED["signature"]})
    assert beacon.asked == [f"/right/{draw.seed.QUICKNET}/public/{ROUND}"]


@pytest.mark.parametrize(
    "answer",
    [
        (404, b"not yet"),
        (302, b""),
        (200, b"no json"),
        (200, b"[]"),
        (200, json.dumps(TOLD | {"round": 1}).encode()),
        (200, json.dumps(TOLD | {"randomness": "0" * 64}).encode()),
        (200, json.dumps({"round": ROUND}).encode()),
    ],
)
def test_an_address_that_gives_no_round_is_passed_over(beacon: Any, answer: tuple[int, bytes]) -> None:
    beacon.answers["wrong"] = answer
    assert drand.fetch(urls(beacon, "wrong", "right"), draw.Drand(ROUND)).value == SEED["value"]
    with pytest.raises(drand.NotThere):
        drand.fetch(urls(beacon, "wrong"), draw.Drand(ROUND))


def test_without_network_there_is_none() -> None:
    with pytest.raises(drand.NotThere):
        drand.fetch(("http://127.0.0.1:9",), draw.Drand(ROUND))
