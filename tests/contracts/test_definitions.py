"""What a publisher makes is what it has defined; and no definition has room for personal data, but in `people`."""

import pytest

from shared import events
from shared.definitions import Envelope
from shared.events import Event
from tests.contracts import paths, published

EVENTS = published.made_today()
# Whoever adds a field here has asked: can it ever hold something about a person? Then it belongs into `people`, sealed.
HARMLESS = {
    *("appointment_id", "person_id", "referral_request_id", "referral_id", "referral_ids", "consent_id", "message_id"),
    *("verification_id", "valid_until"),
    *("pathway_id", "partner_id", "reference", "code_number", "party_size"),
    *("starts_at", "ends_at", "previous_starts_at", "timezone", "answer_by"),
    *("offered_starts_at", "offered_ends_at"),
    *("request_id", "draw", "waitlist", "status"),  # of a draw
    *("starts_at", "ends_at", "timezone", "answer_by", "closes_at", "confirm_by"),
    *("language", "languages", "channels", "channel", "service", "priority", "by", "reason", "outcome", "template"),
    *("reason_code", "rebook", "first_until"),  # of the office, for many at once
    *("office", "office.id", "office.name", "office.city", "office.region", "office.timezone"),
    *("office.address", "office.phone"),  # the office's own
    *("partner", "partner.id", "partner.name", "partner.phone"),  # the agency's own
    *("bring", "bring.es", "bring.en"),  # of the pathway
    *("consent", "consent.id", "consent.partners", "consent.text_version", "consent.given_by"),
    *("consent.recorded_by", "consent.given_at"),
    *("reasons", "reasons.partner_id", "reasons.why"),
}
SEALED = {"person_id", "sealed", "sealed.kid", "sealed.nonce", "sealed.box"}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_an_event_is_what_its_definition_says(event: Event) -> None:
    definition = published.DEFINITIONS[event.type]
    if definition.schema is None:
        assert event.data is None
        return
    schema = definition.schema()
    assert schema.dump(schema.load(event.data or {})) == event.data, (
        "not a field more or less, nothing written otherwise"
    )


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_an_event_comes_out_of_its_record_as_it_went_in(event: Event) -> None:
    headers, value = events.write(event)
    Envelope().load({name: content.decode() for name, content in headers})
    read = events.read(event.topic, event.key.encode(), headers, value)
    assert read == event
    assert events.write(read) == (headers, value)


def test_what_is_sealed_is_what_its_definition_says() -> None:
    (event,) = (one for one in EVENTS if one.type == "person.changed.v1")
    schema = published.DEFINITIONS[event.type].sealed
    assert schema is not None
    assert event.data is not None
    opened = published.PEOPLE_KEYS.open(event.data["sealed"], event.key)
    assert schema().dump(schema().load(opened)) == opened == published.known_of_the_person()


def test_every_event_is_defined_and_every_definition_has_an_event() -> None:
    assert {event.type for event in EVENTS} == set(published.DEFINITIONS)


@pytest.mark.parametrize("service", published.SERVICES)
def test_a_type_has_one_publisher_and_goes_to_a_topic_of_it(service: str) -> None:
    own, topics = published.SERVICES[service].DEFINITIONS, published.SERVICES[service].TOPICS
    others = [module for name, module in published.SERVICES.items() if name != service]
    assert {one.topic for one in own.values()} == set(topics)
    assert not set(own) & {name for module in others for name in module.DEFINITIONS}
    assert not set(topics) & {name for module in others for name in module.TOPICS}


@pytest.mark.parametrize("type_", published.DEFINITIONS)
def test_a_type_has_a_version_and_a_summary(type_: str) -> None:
    assert type_.rpartition(".v")[2].isdigit()
    assert published.DEFINITIONS[type_].summary


@pytest.mark.parametrize("type_", published.DEFINITIONS)
def test_no_field_could_hold_personal_data(type_: str) -> None:
    definition = published.DEFINITIONS[type_]
    found = paths.of_schema(definition.schema) if definition.schema else set()
    assert found <= (SEALED if definition.topic == "people" else HARMLESS)


def test_only_people_is_sealed() -> None:
    assert {one.topic for one in published.DEFINITIONS.values() if one.sealed} == {"people"}
