"""What is wrong in a request, line by line: each has its own clear answer in both languages, and changes nothing."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from services.booking import app as booking_app
from shared import mongo
from tests.generated import inhabited, making
from tests.generated.inhabited import Inhabited

BOOK, REFERRALS, PREFERENCES = "/api/v1/appointments", "/api/v1/referrals", "/api/v1/preferences"
RECEIPTS = "/api/v1/providers/demo-sms/receipts"
CONSENT = {"partners": ["unhcr"], "text_version": "2026-11", "given_by": "person"}
CHOICES = {"channels": ["sms"], "language": "es"}
HUGE = json.dumps({"slot": "x" * 10_000_000}).encode()
Asked = dict[str, Any]


@dataclass(frozen=True)
class Bad:
    """`ask`: what is sent, as the test client takes it; `code` and `field`: how it is answered."""

    service: str
    ask: Callable[[Inhabited], Asked]
    status: int
    code: str
    field: str | None = None


def by(caller: str, method: str, path: str, body: Any = None, **more: Any) -> Callable[[Inhabited], Asked]:
    """A request by one of the rightful callers, right but for what `body` or `more` say."""

    def ask(service: Inhabited) -> Asked:
        headers = service.callers.get(caller, {}) | {"Idempotency-Key": secrets.token_hex(16)}
        sent = {"method": method, "path": path.format(**service.facts), "headers": headers | more.get("headers", {})}
        sent |= {"data": body, "content_type": "application/json"} if isinstance(body, bytes) else {"json": body}
        return sent

    return ask


def booking(slot: Any = "slot", **changes: Any) -> Callable[[Inhabited], Asked]:
    """A booking, right but for its slot, by its name among the facts or as it is, or for `changes`."""

    def ask(service: Inhabited) -> Asked:
        known = service.facts.get(slot, slot)
        return by("nobody", "POST", BOOK, making.a_booking(known, **changes))(service)

    return ask


def with_hold(hold: str) -> Callable[[Inhabited], Asked]:
    body = making.a_booking("none") | {"hold": hold}
    del body["slot"]
    return by("nobody", "POST", BOOK, body)


def holding(slot: str, **changes: Any) -> Callable[[Inhabited], Asked]:
    """A hold of a slot by its name among the facts."""

    def ask(service: Inhabited) -> Asked:
        return by("nobody", "POST", "/api/v1/holds", {"slot": service.facts[slot], **changes})(service)

    return ask


def twice(caller: str, path: str, first: Asked, second: Asked) -> Callable[[Inhabited], Asked]:
    """The second body, under the key that the first was taken with."""

    def ask(service: Inhabited) -> Asked:
        sent = by(caller, "POST", path, first)(service)
        assert service.client().open(**sent).status_code in (201, 202)
        return sent | {"json": second}

    return ask


def a_slot_twice(service: Inhabited) -> Asked:
    body = making.a_booking(service.facts["slot"])
    return twice("nobody", BOOK, body, body | {"language": "en"})(service)


def without(name: str, ask: Callable[[Inhabited], Asked], value: str | None = None) -> Callable[[Inhabited], Asked]:
    """A request without one of its headers, or with a wrong one."""

    def asked(service: Inhabited) -> Asked:
        sent = ask(service)
        headers = {key: given for key, given in sent["headers"].items() if key != name}
        return sent | {"headers": headers | ({name: value} if value else {})}

    return asked


PARTNER_ROUTES = {"": "GET", "/acceptance": "POST", "/decline": "POST", "/completion": "POST"}
PARTNER_BODIES = {"/decline": {"reason": "capacity"}, "/completion": {"outcome": "helped"}}
DECLINE, REFER = REFERRALS + "/{mine}/decline", "/api/v1/staff/appointments/{attended}/referral"
REFERRAL = {"service": "protection", "priority": "high", "consent": CONSENT}
DAY = "/api/v1/staff/offices/guatemala/day"

BAD = {
    "a booking that is not JSON": Bad("booking", by("nobody", "POST", BOOK, b"{"), 400, "invalid-json"),
    "an answer that is not JSON": Bad("referrals", by("partner", "POST", DECLINE, b"reason=x"), 400, "invalid-json"),
    "choices that are not JSON": Bad("notifications", by("basic", "PUT", PREFERENCES, b"\xff"), 400, "invalid-json"),
    "a list for a booking": Bad("booking", by("nobody", "POST", BOOK, [1]), 422, "invalid", ""),
    "a number for a slot": Bad("booking", booking(slot=7), 422, "invalid", "slot"),
    "a text for a person": Bad("booking", by("nobody", "POST", BOOK, {"person": "Ana"}), 422, "invalid", "person"),
    "a number for an outcome": Bad(
        "referrals", by("partner", "POST", REFERRALS + "/{mine}/completion", {"outcome": 7}), 422, "invalid", "outcome"
    ),
    "a text for the channels": Bad(
        "notifications", by("basic", "PUT", PREFERENCES, CHOICES | {"channels": "sms"}), 422, "invalid", "channels"
    ),
    "an unknown field of a booking": Bad("booking", booking(colour="red"), 422, "invalid", "colour"),
    "an unknown field of a person": Bad("booking", booking(person={"age": 3}), 422, "invalid", "person.age"),
    "an unknown field of a referral": Bad(
        "booking", by("session", "POST", REFER, REFERRAL | {"who": 1}), 422, "invalid", "who"
    ),
    "an unknown field of an answer": Bad(
        "referrals", by("partner", "POST", DECLINE, {"reason": "capacity", "more": 1}), 422, "invalid", "more"
    ),
    "an unknown field of choices": Bad(
        "notifications", by("basic", "PUT", PREFERENCES, CHOICES | {"more": 1}), 422, "invalid", "more"
    ),
    "a slot that is gone": Bad("booking", booking(slot="guatemala.orientation.20000101T000000Z"), 404, "slot-gone"),
    "a slot that is past": Bad("booking", booking(slot="past"), 409, "slot-past"),
    "a slot of another office": Bad("booking", booking(slot="elsewhere", office="guatemala"), 409, "wrong-office"),
    "a slot of another service": Bad("booking", booking(pathway="protection"), 409, "wrong-pathway"),
    "a slot and a hold": Bad("booking", booking(hold="x"), 422, "invalid", "hold"),
    "a hold that nobody made": Bad("booking", with_hold("x"), 409, "hold-expired"),
    "a hold of a slot that is past": Bad("booking", holding("past"), 409, "slot-past"),
    "a hold for too many": Bad("booking", holding("slot", party_size=11), 422, "invalid", "party_size"),
    "another time without a code": Bad(
        "booking", by("nobody", "POST", BOOK + "/{reference}/rescheduling", {"slot": "x"}), 401, "wrong-code"
    ),
    "another time that there is not": Bad(
        "booking", by("basic", "POST", BOOK + "/{reference}/rescheduling", {"slot": "x"}), 404, "slot-gone"
    ),
    "another time by nobody we know": Bad(
        "booking",
        by("nobody", "POST", "/api/v1/staff/appointments/{reference}/rescheduling", {"slot": "x"}),
        401,
        "unauthorised",
    ),
    "a phone that is none": Bad("booking", booking(person={"phone": "12"}), 422, "invalid", "person.phone"),
    "a birth date to come": Bad(
        "booking", booking(person={"birth_date": "2199-01-01"}), 422, "invalid", "person.birth_date"
    ),
    "a companion's birth date to come": Bad(
        "booking",
        booking(companions=[{"name": "Luis", "birth_date": "2199-01-01"}]),
        422,
        "invalid",
        "companions.0.birth_date",
    ),
    "10 MB for a booking": Bad("booking", by("nobody", "POST", BOOK, HUGE), 413, "too-large"),
    "10 MB by a partner": Bad("referrals", by("partner", "POST", DECLINE, HUGE), 413, "too-large"),
    "10 MB by a person": Bad("notifications", by("basic", "PUT", PREFERENCES, HUGE), 413, "too-large"),
    "10 MB by nobody we know": Bad("notifications", by("nobody", "POST", RECEIPTS, HUGE), 413, "too-large"),
    "no idempotency key": Bad("booking", without("Idempotency-Key", booking()), 400, "idempotency-key"),
    "a short idempotency key": Bad("booking", without("Idempotency-Key", booking(), "short"), 400, "idempotency-key"),
    "no staff's key": Bad("booking", by("nobody", "GET", DAY), 401, "unauthorised"),
    "a wrong staff's key": Bad(
        "booking", by("nobody", "GET", DAY, headers={"Authorization": "Bearer nonsense"}), 401, "wrong-key"
    ),
    "no partner's key": Bad("referrals", by("nobody", "GET", REFERRALS), 401, "unauthorised"),
    "a wrong partner's key": Bad(
        "referrals", by("nobody", "GET", REFERRALS, headers={"Authorization": "Bearer nonsense"}), 401, "wrong-key"
    ),
    "no code of an appointment": Bad("booking", by("nobody", "GET", BOOK + "/{reference}"), 401, "wrong-code"),
    "a wrong code of an appointment": Bad(
        "booking",
        by("nobody", "POST", BOOK + "/{reference}/cancellation", headers=inhabited.basic("SND-0000-0000", "00000000")),
        401,
        "wrong-code",
    ),
    "a wrong code for one's choices": Bad(
        "notifications",
        by("nobody", "PUT", PREFERENCES, CHOICES, headers=inhabited.basic("SND-0000-0000", "00000000")),
        401,
        "wrong-code",
    ),
    "a receipt without a signature": Bad(
        "notifications", by("nobody", "POST", RECEIPTS, {"reference": "x", "status": "failed"}), 401, "wrong-signature"
    ),
    "a session without its token": Bad(
        "booking", without("X-CSRFToken", by("session", "POST", REFER, REFERRAL)), 400, "csrf"
    ),
    "a booking's key with another body": Bad("booking", a_slot_twice, 422, "idempotency-key-reused"),
    "a referral's key with another body": Bad(
        "booking", twice("session", REFER, REFERRAL, REFERRAL | {"priority": "normal"}), 422, "idempotency-key-reused"
    ),
    "a replay's key with another body": Bad(
        "referrals",
        twice(
            "partner",
            "/api/v1/webhook/replays",
            {"since": "2026-01-01T00:00:00Z"},
            {"since": "2026-02-01T00:00:00Z"},
        ),
        422,
        "idempotency-key-reused",
    ),
} | {
    f"another partner's referral{route or ' itself'}": Bad(
        "referrals",
        by("partner", method, REFERRALS + "/{other}" + route, PARTNER_BODIES.get(route)),
        404,
        "referral-not-found",
    )
    for route, method in PARTNER_ROUTES.items()
}


@pytest.mark.parametrize("what", BAD)
def test_it_is_told_in_both_languages_and_changes_nothing(request: pytest.FixtureRequest, what: str) -> None:
    bad = BAD[what]
    service: Inhabited = request.getfixturevalue(bad.service)
    service.db.throttles.delete_many({})
    sent = bad.ask(service)
    before = service.content()
    answers = {language: _answer(service, sent, language) for language in ("en", "es")}
    for answer in answers.values():
        assert (answer["status"], answer["type"]) == (bad.status, f"urn:sendero:{bad.code}")
        if bad.field is not None:
            assert bad.field in [error["field"] for error in answer["errors"]]
    for told in ("title", "detail"):
        assert answers["en"][told] != answers["es"][told]
    for english, spanish in zip(*(answer.get("errors", []) for answer in answers.values()), strict=True):
        assert english["message"] != spanish["message"]
    assert service.content() == before


def _answer(service: Inhabited, sent: Asked, language: str) -> dict[str, Any]:
    answer = service.client().open(**sent | {"headers": sent["headers"] | {"Accept-Language": language}})
    assert answer.mimetype == "application/problem+json", answer.text[:300]
    assert answer.json["status"] == answer.status_code
    return answer.json


def test_a_session_that_ran_out_is_told_as_such_and_notes_nothing(booking: Inhabited) -> None:
    soon_over = replace(mongo.settings(booking.db), session_hours=0)
    later = replace(booking, app=booking_app.create_app(soon_over))
    sent = by("session", "POST", "/api/v1/staff/appointments/{reference}/arrival")(booking)
    before = booking.content()
    assert _answer(later, sent, "en")["detail"] == "A sign-in lasts for one working day. Please sign in again."
    spanish = _answer(later, sent, "es")
    assert (spanish["status"], spanish["type"]) == (401, "urn:sendero:session-ended")
    assert spanish["detail"].startswith("Una sesión dura un día de trabajo.")
    assert booking.content() == before
    assert booking.client().open(**sent).status_code == 200  # the same, where the session has not run out
