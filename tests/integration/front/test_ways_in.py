"""What each of the three origins lets in, and to whom it leads."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import pytest
import urllib3

from services.booking import app as booking
from services.notifications import app as notifications
from services.referrals import app as referrals
from services.referrals.settings import Settings
from shared.web import docs
from tests import builders
from tests.integration.front import door
from tests.integration.front.door import Door
from tests.integration.notifications.conftest import some_settings

NOT_FOR_EVERYBODY = (
    "/metrics",
    "/healthz",
    "/readyz",
    "/operations",
    "/api/v1/operations/health",
    "/accounts",
    "/login",
)


@pytest.mark.parametrize(
    "path",
    [
        *NOT_FOR_EVERYBODY,
        *(f"/m{path}" for path in (*NOT_FOR_EVERYBODY, "/api/v1/messages", "/docs")),
        "/operations/audit",
        "/OPERATIONS",
        "//operations",
        "/./operations",
        "/book/../operations",
        "/book/..%2Foperations",
        "/%6Fperations",
        "/%2Foperations",
        "/m/..//operations",
        "/m/%2e%2e/metrics",
        "/m/check/../metrics",
        "/metrics/",
        "/operations/dead-letters/../../x",
        "/operations/dead-letters/..%2F..%2Fx",
        "/staff?lang=es",
        "/api/v1/staff/appointments",
    ],
)
def test_nobody_reaches_figures_consoles_and_staff_pages_from_the_public_origin(front: Door, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "OPTIONS"):
        answer = front.ask(front.public, path, method)
        assert answer.status in (308, 404), f"{method} {path}"
        if answer.status == 308:
            assert front.ask(front.public, answer.headers["Location"]).status == 404


def test_the_public_origin_lets_in_to_all_of_booking_that_needs_no_account_and_to_nothing_else(front: Door) -> None:
    app = booking.create_app(builders.some_booking_settings("mongodb://127.0.0.1:1/booking"))
    for method, path, who in routes(app):
        inside = who == docs.STAFF or path in NOT_FOR_EVERYBODY or path == "/logout"
        inside = inside or path.startswith("/api/v1/operations/")  # some let the other services in by their key
        assert front.ask(front.public, path, method).status == (404 if inside else 200), f"{method} {path}"


def test_it_lets_in_to_what_people_and_providers_need_of_notifications_and_to_nothing_else(front: Door) -> None:
    app = notifications.create_app(some_settings("mongodb://127.0.0.1:1/notifications"))
    for method, path, who in routes(app):
        page = path == "/" or path.startswith(("/check", "/preferences", "/unsubscribe/", "/shared/"))
        known = page or who == docs.PERSON or path.startswith("/api/v1/providers/")
        assert front.ask(front.public, f"/m{path}", method).status == (200 if known else 404), f"{method} {path}"
        assert not (known and who == docs.STAFF), path


def test_the_partners_origin_lets_in_to_what_needs_a_partners_key_and_to_its_description(front: Door) -> None:
    app = referrals.create_app(Settings(**builders.common_settings("referrals", "mongodb://127.0.0.1:1/referrals")))
    open_to_all = ("/docs", "/openapi.json", "/asyncapi.json", "/shared/x")
    for method, path, who in routes(app):
        if path != "/":  # leads to the description
            known = who == docs.PARTNER or path in open_to_all
            assert front.ask(front.partners, path, method).status == (200 if known else 404), f"{method} {path}"


def routes(app: flask.Flask) -> Iterator[tuple[str, str, Any]]:
    """One way to ask for each, and who may, as its description says."""
    for rule in app.url_map.iter_rules():
        methods = rule.methods or set()
        method = "GET" if "GET" in methods else min(methods - {"OPTIONS", "HEAD"})
        described = getattr(app.view_functions[rule.endpoint], "_apidoc", {}).get("manual_doc", {})
        yield method, re.sub("<[^>]*>", "x", rule.rule), described.get("security")


def test_what_people_do_about_their_messages_stands_under_a_short_name(front: Door, services: dict[str, int]) -> None:
    for path in ("/", "/check", "/preferences", "/preferences/enter", "/unsubscribe/m/t", "/shared/sendero.css"):
        heard = front.ask(front.public, f"/m{path}?v=1").json()
        assert (heard["port"], heard["path"]) == (services["notifications"], path)
        assert heard["headers"]["HTTP_X_FORWARDED_PREFIX"] == "/m"
    assert front.ask(front.public, "/m").headers["Location"] == "/m/"
    receipt = front.ask(front.public, "/m/api/v1/providers/demo-sms/receipts", "POST", b"{}").json()
    assert (receipt["port"], receipt["body"]) == (services["notifications"], 2)


def test_partners_reach_their_api_and_its_description_only(front: Door, services: dict[str, int]) -> None:
    for path in (
        "/api/v1/referrals",
        "/api/v1/referrals/x/acceptance",
        "/api/v1/events",
        "/api/v1/webhook/test",
        "/docs",
    ):
        assert front.ask(front.partners, path).json()["port"] == services["referrals"]
    for path in (
        *NOT_FOR_EVERYBODY,
        "/referrals",
        "/partners",
        "/api/v1/session",
        "/api/v1/referrals/../operations/health",
    ):
        assert front.ask(front.partners, path).status == 404, path
    assert front.ask(front.partners, "/").headers["Location"] == "/docs"


@pytest.mark.parametrize("service", ["booking", "referrals", "notifications"])
def test_staff_and_operators_reach_each_service_under_its_name_but_not_its_figures(
    front: Door, services: dict[str, int], service: str
) -> None:
    for path in ("/operations", "/login", "/accounts", "/staff", "/", "/readyz"):
        heard = front.ask(front.staff, f"/{service}{path}").json()
        assert (heard["port"], heard["path"]) == (services[service], path)
        assert heard["headers"]["HTTP_X_FORWARDED_PREFIX"] == f"/{service}"
    for path in ("/metrics", "//metrics", "/./metrics", "/x/../metrics", "/%6Detrics", "/METRICS"):
        assert front.ask(front.staff, f"/{service}{path}").status == 404, path
    assert front.ask(front.staff, "/").headers["Location"] == "/booking/staff"
    assert front.ask(front.staff, "/operations").status == 404


def test_an_address_without_https_leads_to_the_public_origin(front: Door) -> None:
    answer = urllib3.request("GET", f"{front.plain}/find?lang=en", redirect=False, retries=False)
    assert (answer.status, answer.headers["Location"]) == (308, f"{front.public}/find?lang=en")


def test_a_host_that_is_not_ours_is_told_nothing(front: Door) -> None:
    assert front.ask(front.public, "/", headers={"Host": "elsewhere.example"}).content == b""


def test_by_the_public_port_nobody_comes_to_the_staffs_whatever_name_they_ask_for(
    services: dict[str, int], tmp_path: Path
) -> None:
    with door.opened(tmp_path, services, ("citas.test", "agencias.test", "personal.test")) as front:

        def ask(origin: str, name: str) -> bytes:
            return front.ask(origin, "/booking/login", headers={"Host": name}).content

        assert b"/login" in ask(front.staff, "personal.test")
        assert [ask(origin, "personal.test") for origin in (front.public, front.partners)] == [b"", b""]
        assert ask(front.staff, "citas.test") == b""
