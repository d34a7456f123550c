"""What a caller says of itself, or of who stands between, changes nothing of what the services see."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from werkzeug.serving import make_server

from services.booking import app as booking
from services.booking import commands
from shared import mongo
from tests import builders
from tests.conftest import Mongo
from tests.integration.front import door
from tests.integration.front.door import Door

FORGED = {
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
    "X-Forwarded-Host": "elsewhere.example",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Prefix": "/elsewhere",
    "Forwarded": "for=203.0.113.9;host=elsewhere.example",
    "X_Forwarded_For": "203.0.113.9",
    "SCRIPT_NAME": "/elsewhere",
    "PATH_INFO": "/operations",
}


def test_what_a_caller_forges_of_its_way_does_not_arrive(front: Door) -> None:
    heard = front.ask(front.public, "/elsewhere/operations", headers=FORGED, source="127.0.0.3").json()
    said = heard["headers"]
    assert said["HTTP_X_FORWARDED_FOR"] == "127.0.0.3"
    assert said["HTTP_X_FORWARDED_PROTO"] == "https"
    assert said["HTTP_X_FORWARDED_HOST"] == said["HTTP_HOST"] == front.public.removeprefix("https://")
    assert not said.get("HTTP_X_FORWARDED_PREFIX")
    assert not {"HTTP_FORWARDED", "HTTP_SCRIPT_NAME", "HTTP_PATH_INFO"} & said.keys()
    assert (heard["root"], heard["path"]) == ("", "/elsewhere/operations")


def test_a_caller_cannot_have_the_doors_own_word_taken_out(front: Door) -> None:
    """What `Connection` names is for the next hop only and goes no further; that is not true of what the door adds."""
    told = {"Connection": "X-Forwarded-For, X-Forwarded-Prefix, X-Forwarded-Host"}
    said = front.ask(front.staff, "/booking/", headers=told, source="127.0.0.3").json()["headers"]
    assert said["HTTP_X_FORWARDED_FOR"] == "127.0.0.3"
    assert said["HTTP_X_FORWARDED_PREFIX"] == "/booking"
    assert said["HTTP_X_FORWARDED_HOST"] == front.staff.removeprefix("https://")


def test_a_service_itself_takes_its_path_from_nobodys_headers(services: dict[str, int]) -> None:
    url = f"http://127.0.0.1:{services['booking']}/elsewhere/operations"
    heard = urllib3.request("GET", url, headers=FORGED, retries=False).json()
    assert (heard["root"], heard["path"]) == ("", "/elsewhere/operations")


@contextmanager
def serving(settings: Any) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, booking.create_app(settings), threaded=True)
    thread = threading.Thread(target=server.serve_forever, name="booking behind the door")
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture
def behind(database_uri: str, tmp_path: Path) -> Iterator[Door]:
    """Booking itself, that lets each network ask six times an hour and trusts the one proxy before it."""
    settings = builders.some_booking_settings(database_uri, trusted_proxies=1, rate_limit="6/hour")
    db = mongo.open(settings)
    commands.prepare(db)
    commands.load_sample(db)
    with serving(settings) as port, door.opened(tmp_path, dict.fromkeys(door.SERVICES, port)) as opened:
        yield opened
    db.client.close()


def test_a_network_is_counted_as_what_it_is_whatever_it_says_of_its_way(behind: Door, mongo: Mongo) -> None:
    def ask(source: str, said: str) -> int:
        headers = {"X-Forwarded-For": said, "Forwarded": f"for={said}", "X-Real-IP": said}
        return behind.ask(behind.public, "/api/v1/pathways", headers=headers, source=source).status

    asked = [ask("127.0.0.5", f"203.0.113.{n}") for n in range(8)]
    assert asked == sorted(asked), asked
    passed = asked.count(200)  # a database that is slow to say that it has counted is told once more
    assert 1 <= passed <= 6, "another address each time, and the same network for all that"
    assert ask("127.0.0.6", "127.0.0.5") == 200, "nobody is shut out by who pretends to be them"
    assert ask("127.0.0.5", "127.0.0.6") == 429


def test_a_page_under_a_prefix_leads_nowhere_else(behind: Door) -> None:
    page = behind.ask(behind.staff, "/booking/login")
    assert page.status == 200
    links = [word.split('"')[1] for word in page.text.split() if word.startswith(("href=", "action=", "src="))]
    assert links
    assert not [link for link in links if link.startswith("/") and not link.startswith("/booking/")]
    asked_to_sign_in = behind.ask(behind.staff, "/booking/staff/roles?lang=en")
    where = urlsplit(asked_to_sign_in.headers["Location"])
    assert where.path == "/booking/login"
    assert parse_qs(where.query)["next"] == ["/booking/staff/roles?lang=en"]


def test_every_page_comes_with_hsts_and_a_policy_that_allows_no_inline_code(behind: Door) -> None:
    for origin, path in ((behind.public, "/"), (behind.staff, "/booking/login"), (behind.public, "/operations")):
        headers = behind.ask(origin, path).headers
        assert headers.get_all("Strict-Transport-Security") == ["max-age=31536000; includeSubDomains"]
        (policy,) = headers.get_all("Content-Security-Policy")
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
        assert not headers.get_all("Server")
        assert not headers.get_all("Via")


def test_a_file_named_by_the_hash_of_its_content_is_kept_for_a_year(behind: Door) -> None:
    page = behind.ask(behind.public, "/").text
    css = next(word.split('"')[1] for word in page.split() if ".css?" in word)
    headers = behind.ask(behind.public, css, headers={"Accept-Encoding": "gzip"}).headers
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["Content-Encoding"] == "gzip"
    assert behind.ask(behind.public, css.partition("?")[0]).headers["Cache-Control"] != headers["Cache-Control"]
