"""Codes and ids that several services have each for themselves: they agree."""

import ast
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from deploy.demo import state
from services.booking import model as booking_model
from services.booking import schemas as booking
from services.booking.pages import consent
from services.notifications import events as notification_events
from services.notifications import handlers as notification_handlers
from services.notifications.channels import sms
from services.notifications.model import contact, message
from services.referrals import model as referrals
from services.referrals import routing
from services.referrals.pages import words
from tests import builders
from tests.architecture import sources
from tests.contracts import published

ROOT = Path(__file__).parents[2]
GIVES_A_REASON = {"Rejected", "_fail", "_failed", "note_failed", "failed", "_become"}


def sample_data(service: str, name: str) -> Any:
    return json.loads((ROOT / f"services/{service}/sample/{name}.json").read_text())


def described_codes(type_: str, field: str) -> set[str]:
    """As the definition allows them."""
    schema = published.DEFINITIONS[type_].schema
    assert schema is not None
    return set(schema().fields[field].validate.choices)  # type: ignore[union-attr]


def test_priorities_are_the_same_in_the_same_order() -> None:
    assert booking.PRIORITIES == referrals.PRIORITIES
    assert set(referrals.ANSWER_WITHIN) == set(referrals.PRIORITIES)


def test_services_are_the_pathways() -> None:
    assert set(booking.SERVICES) == {one["id"] for one in sample_data("booking", "pathways")}


def test_sample_partners_are_the_same_on_both_sides() -> None:
    def known(partners: list[dict[str, Any]]) -> dict[str, Any]:
        return {one["id"]: (one["name"], sorted(one["services"])) for one in partners}

    at_booking, at_referrals = sample_data("booking", "partners"), sample_data("referrals", "partners")["partners"]
    assert known(at_booking) == known(at_referrals)


def test_every_service_has_a_partner_and_partners_offer_no_other() -> None:
    offered = {service for one in sample_data("booking", "partners") for service in one["services"]}
    assert offered == set(booking.SERVICES)


def test_partners_work_in_the_regions_that_offices_are_in() -> None:
    regions = {one["region"] for one in sample_data("booking", "offices")}
    named = {region for one in sample_data("referrals", "partners")["partners"] for region in one["regions"]}
    assert named - {referrals.EVERYWHERE} <= regions


def test_partners_take_priorities_that_there_are() -> None:
    for one in sample_data("referrals", "partners")["partners"]:
        assert set(one["priorities"]) <= set(referrals.PRIORITIES), one["id"]


def test_channels_and_languages_are_the_same() -> None:
    assert set(booking.CHANNELS) == set(contact.CHANNELS)
    assert set(booking.LANGUAGES) == set(contact.LANGUAGES)


@pytest.mark.parametrize(
    ("type_", "field", "codes"),
    [
        ("referral.declined.v1", "reason", {*referrals.DECLINE_REASONS, referrals.NO_ANSWER}),
        ("referral.completed.v1", "outcome", set(referrals.OUTCOMES)),
        ("referral.requested.v1", "priority", set(referrals.PRIORITIES)),
        ("message.sent.v1", "template", set(message.TEMPLATES)),
    ],
)
def test_a_definition_has_the_codes_of_the_model(type_: str, field: str, codes: set[str]) -> None:
    assert described_codes(type_, field) == codes


def test_codes_that_the_contract_names_are_there() -> None:
    """Partners' programs know them: none may go."""
    assert {"capacity", "not_eligible", "out_of_area", "wrong_service", "other"} <= set(referrals.DECLINE_REASONS)
    assert {"helped", "referred_on", "not_reached", "person_declined"} <= set(referrals.OUTCOMES)
    assert set(booking.SERVICES) >= {
        *("resettlement", "family_reunification", "temporary_work"),
        *("orientation", "protection", "reintegration"),
    }


def test_whatever_stands_in_a_partners_way_is_defined() -> None:
    texts = {value for name, value in vars(routing).items() if name.isupper() and isinstance(value, str)}
    assert texts - {referrals.EVERYWHERE} == {*routing.OBSTACLES, routing.CHOSEN, routing.RANKED_BELOW}


def test_staff_see_every_code_in_words() -> None:
    codes = {*booking.SERVICES, *referrals.PRIORITIES, *referrals.DECLINE_REASONS, *referrals.OUTCOMES}
    assert codes | set(routing.OBSTACLES) <= set(words.WORDS)


def test_booking_and_referrals_agree_on_when_a_referral_is_still_open() -> None:
    open_there = {referrals.OPENED, referrals.OFFERED, referrals.ACCEPTED, referrals.DECLINED}
    ended_there = {referrals.COMPLETED, referrals.UNPLACED, referrals.WITHDRAWN}
    asked = builders.a_referral_request().made(builders.NOW, "clerk-1", "es", {"scope": "s", "body": "b"})
    open_here = {one for one in open_there | ended_there if dataclasses.replace(asked, status=one).is_open}
    assert asked.is_open
    assert open_here == open_there


def test_a_message_fails_for_no_reason_but_a_defined_one() -> None:
    """Each reason that the code names, and those of providers that it passes on; `smtp_5…` is made up on the way."""
    given = set(sms.REASONS)
    for file in sources.files("services/notifications"):
        for call in sources.nodes(file, ast.Call):
            assert isinstance(call, ast.Call)
            if ast.unparse(call.func).rpartition(".")[2] in GIVES_A_REASON:
                given |= {text for argument in call.args for text in texts(argument)}
    assert given == {*notification_events.FAILURES, *notification_events.REFUSALS}


def texts(argument: ast.expr) -> set[str]:
    if isinstance(argument, ast.IfExp):
        return texts(argument.body) | texts(argument.orelse)
    if isinstance(argument, ast.Attribute) and ast.unparse(argument.value) == "message" and argument.attr.isupper():
        return {getattr(message, argument.attr)}
    return {argument.value} if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else set()


def test_the_consent_text_of_every_version_ever_recorded_is_kept() -> None:
    recorded = (published.sample("referral.requested.v1").value or {})["consent"]["text_version"]
    assert {recorded, state.CONSENT_TEXT} <= set(booking_model.CONSENT_TEXTS)
    assert consent.CURRENT == state.CONSENT_TEXT
    folder = ROOT / "services/booking/templates/consent"
    texts = {path.name for path in folder.glob("*.html")}
    assert texts == {
        f"{version}.{one}.html" for version, languages in booking_model.CONSENT_TEXTS.items() for one in languages
    }


def test_notifications_reads_every_appointment_event() -> None:
    told = {type_ for type_ in published.DEFINITIONS if type_.startswith("appointment.")}
    assert told <= set(notification_handlers.HANDLERS)
