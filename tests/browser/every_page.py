"""Every page of every service, opened as whoever may see it with the least: found from the application's own routes."""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from services.booking.pages.calendars import pieces
from services.notifications import render
from shared import mongo
from tests.generated import drawn, inhabited
from tests.generated.inhabited import Inhabited
from tests.integration.booking_pages import visitor

NOT_PAGES = {
    "static": "files",
    "shared.static": "files",
    "api-docs.openapi_json": "for programs",
    "docs.asyncapi": "for programs",
    "health.healthz": "for programs",
    "health.readyz": "for programs",
    "health.metrics": "for programs",
    "appointment_pages.calendar": "a file",
    "pilot_pages.report_csv": "a file",
    "booking_pages.book_again": "leads elsewhere",
    "pages.home of referrals": "leads elsewhere",
}
SAME_EVERYWHERE = ("accounts", "auth", "docs", "operations")  # looked at in booking
OTHERWISE = {  # the same address says something else
    "anyone": ["/nothing"],
    "who gets messages": ["/preferences"],
    "who must show that a contact is theirs": ["/verify"],
    "who was sent a code": ["/verify"],
    "who has neither phone nor email": ["/verify"],
    "admin of booking": ["/staff/windows", "/staff/windows/committed"],
    "privacy_officer": ["/staff/windows/review"],
}
IN_EACH_STATE = ("draw_id",)
WITHOUT = [""]
COOKIES = ("sendero_booking", "sendero_referrals", "sendero_notifications", "booking_draft")
ASKED = {
    "booking_pages.offices": ["?pathway=orientation"],
    "booking_pages.times": [
        "?pathway=orientation&office=guatemala",
        "?pathway=orientation&office=guatemala&from=2199-01-01",
    ],
    "booking_pages.details": ["?slot={slot}&rows=1"],
    "rescheduling_pages.confirm": ["?slot={elsewhere}"],
    "request_pages.ask": ["?pathway=temporary_work"],
    "ask_for_pages.ask": ["?pathway=temporary_work", f"?pathway={drawn.VERIFIED}"],
    "calendar_changing_pages.row": [f"?kind={kind}" for kind in pieces.KINDS],
    "pages.check of notifications": ["", "?message=AAAA0000"],
    "operations.trace": ["?id={case}"],
    "operations.dead_letters": ["", "?topic=referrals"],
}


@dataclass(frozen=True)
class Caller:
    """`cookies`: as they were before anything was asked, so that no notice is left over from the asking."""

    name: str
    client: FlaskClient
    cookies: dict[str, str]


@dataclass
class Visits:
    """`of`: addresses by caller. `nobody`: routes that none of the callers could open as a page."""

    of: dict[str, list[str]] = field(default_factory=dict)
    nobody: list[str] = field(default_factory=list)


def callers(service: Inhabited) -> list[Caller]:
    """Those who may do least come first."""
    anyone = _caller("anyone", service.app.test_client())
    roles = ("clerk", "operator", "admin", "privacy_officer")
    staff = [role for role in roles if service.db.accounts.find_one({"_id": f"account-{role}"})]
    return [anyone, *PERSONS[service.name](service), *(_staff(service.app, role) for role in staff)]


def visits(service: Inhabited, who: list[Caller]) -> Visits:
    found = Visits({one.name: _otherwise(service.name, one.name) for one in who})
    for rule in pages(service):
        addresses = list(_addresses(service, rule))
        opens = [next((one for one in who if _opens(one.client, at)), None) for at in addresses]
        if not opens or None in opens:
            found.nobody.append(rule.rule)
        for at, one in zip(addresses, opens, strict=True):
            if one:
                found.of[one.name].append(at)
    return found


def _otherwise(service: str, who: str) -> list[str]:
    return [*OTHERWISE.get(who, []), *OTHERWISE.get(f"{who} of {service}", [])]


def pages(service: Inhabited) -> list[Rule]:
    rules = [rule for rule in service.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    return [rule for rule in rules if not rule.rule.startswith("/api/") and not _left_out(service.name, rule.endpoint)]


def _left_out(service: str, endpoint: str) -> bool:
    elsewhere = service != "booking" and endpoint.partition(".")[0] in SAME_EVERYWHERE
    return elsewhere or endpoint in NOT_PAGES or f"{endpoint} of {service}" in NOT_PAGES


def _addresses(service: Inhabited, rule: Rule) -> Iterator[str]:
    known = {name: ids[0] for name, ids in service.known.items()} | _also_known(service)
    if rule.endpoint.startswith("desk_request_pages."):
        known["reference"] = service.facts["asked reference"]
    if set(rule.arguments) - set(known):
        return
    asked = ASKED.get(rule.endpoint) or ASKED.get(f"{rule.endpoint} of {service.name}") or WITHOUT
    for each in _in_each_state(service, rule):
        values = known | each
        path = re.sub(r"<(?:[^:>]+:)?([^>]+)>", lambda named, values=values: values[named.group(1)], rule.rule)
        for query in asked:
            yield path + query.format_map({"case": "case-aside-0", **service.facts})


def _in_each_state(service: Inhabited, rule: Rule) -> list[dict[str, str]]:
    name = next((one for one in IN_EACH_STATE if one in rule.arguments), None)
    return [{name: id} for id in service.known[name]] if name else [{}]


def _also_known(service: Inhabited) -> dict[str, str]:
    found = {"office_id": "guatemala", "partner_id": "unhcr"}
    if service.name == "booking":
        found["reference"] = service.facts["attended"]
    if service.name == "notifications":
        message = service.known["message_id"][0]
        found["token"] = render.unsubscribe_token(mongo.settings(service.db), message)
    return found


def _opens(client: FlaskClient, path: str) -> bool:
    answer = client.get(path)
    return answer.mimetype == "text/html" and answer.status_code in (200, 404) and "<main" in answer.text


# --- who


def _caller(name: str, client: FlaskClient) -> Caller:
    found = {cookie: client.get_cookie(cookie) for cookie in COOKIES}
    return Caller(name, client, {cookie: one.value for cookie, one in found.items() if one})


def _staff(app: Flask, role: str) -> Caller:
    client = app.test_client()
    visitor_form = {"email": f"{role}@sendero.test", "password": inhabited.PASSWORD}
    assert visitor.post(client, "/login", visitor_form, shown_at="/login").status_code == 303
    return _caller(role, client)


def _given(service: Inhabited) -> dict[str, str]:
    text = base64.b64decode(service.callers["basic"]["Authorization"].removeprefix("Basic ")).decode()
    reference, _, code = text.partition(":")
    return {"reference": reference, "code": code}


def _persons_of_booking(service: Inhabited) -> list[Caller]:
    typing, opened, asking = (service.app.test_client() for _ in range(3))
    assert visitor.say(typing, service.facts["slot"]).location == "/check"
    assert visitor.post(opened, "/find", _given(service)).location == "/appointment"
    given = {name: service.facts[f"asked {name}"] for name in ("reference", "code")}
    assert visitor.post(asking, "/find", given).location == "/appointment"
    who = {"who books": typing, "who has an appointment": opened, "who asks for a place": asking}
    return [_caller(name, client) for name, client in (who | _verifying(service)).items()]


def _verifying(service: Inhabited) -> dict[str, FlaskClient]:
    """Who asks where the contact is verified first, in each state of that page."""
    neither = {"person.email": "", "channels": ["none"]}
    sent = _before_a_request(service)
    form = visitor.hidden(sent.get("/verify").text) | {"channel": "email"}
    assert sent.post("/verify", data=form).location == "/verify"
    return {
        "who must show that a contact is theirs": _before_a_request(service),
        "who was sent a code": sent,
        "who has neither phone nor email": _before_a_request(service, **neither),
    }


def _before_a_request(service: Inhabited, **typed: Any) -> FlaskClient:
    client = service.app.test_client()
    page = client.get(f"/ask?pathway={drawn.VERIFIED}").text
    form = {"pathway": drawn.VERIFIED, "offices.first": "guatemala", **visitor.somebody(**typed)}
    assert client.post("/ask", data=visitor.hidden(page) | form).location == "/verify"
    return client


def _with_choices(service: Inhabited) -> list[Caller]:
    client = service.app.test_client()
    entered = visitor.post(client, "/preferences/enter", _given(service), shown_at="/preferences")
    assert entered.status_code == 303
    return [_caller("who gets messages", client)]


PERSONS: dict[str, Callable[[Inhabited], list[Caller]]] = {
    "booking": _persons_of_booking,
    "referrals": lambda _: [],
    "notifications": _with_choices,
}
