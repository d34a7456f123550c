"""Every golden sample, handled for real by each service that reads it."""

from typing import Any

import pytest

from services.booking import model, store
from services.referrals import store as referrals_store
from tests import builders, referrals
from tests.contracts import published
from tests.contracts.published import Sample
from tests.integration.contracts.conftest import READERS, Service

BOOKKEEPING = ("inbox", "inbox_cases")
READ = [(reader, type_) for reader, handlers in READERS.items() for type_ in handlers.HANDLERS]
PASSED_BY = [
    (reader, one.type)
    for reader, handlers in READERS.items()
    for one in published.samples()
    if one.topic in handlers.TOPICS and one.type not in handlers.HANDLERS
]


def hear(service: Service, sample: Sample) -> None:
    """Whatever came before in its case has been heard."""
    record = sample.record()
    heard = {"$set": {"last": sample.event().sequence - 1}}
    service.db.inbox_cases.update_one({"_id": record.case()}, heard, upsert=True)
    service.hear(record)


def contents(service: Service) -> dict[str, list[Any]]:
    names = set(service.db.list_collection_names()) - set(BOOKKEEPING)
    return {name: list(service.db[name].find().sort("_id", 1)) for name in names}


@pytest.fixture
def ready(services: dict[str, Service]) -> dict[str, Service]:
    """Booking knows the appointment of the samples, and that it was referred; referrals knows the partner."""
    referral = builders.a_referral_request().made(builders.NOW, "clerk-1", "es", {"scope": "s", "body": "b"})
    appointment = builders.an_appointment(status=model.ATTENDED, referrals=(referral,))
    told = {"referral_id": published.REFERRAL, "status": "requested", "service": referral.service}
    store.add(services["booking"].db, appointment.referral_is(builders.NOW, told))
    referrals_store.save_partner(services["referrals"].db, referrals.a_partner())
    return services


@pytest.mark.parametrize(("reader", "type_"), READ)
def test_a_sample_has_its_effect(ready: dict[str, Service], reader: str, type_: str) -> None:
    service = ready[reader]
    if type_ == "person.erased.v1":
        hear(service, published.sample("person.changed.v1"))
    before = contents(service)
    hear(service, published.sample(type_))
    assert contents(service) != before
    assert service.db.inbox.count_documents({"state": {"$ne": "done"}}) == 0


@pytest.mark.parametrize(("reader", "type_"), READ)
def test_a_sample_that_comes_again_has_no_second_effect(ready: dict[str, Service], reader: str, type_: str) -> None:
    service, sample = ready[reader], published.sample(type_)
    hear(service, sample)
    after = contents(service)
    service.hear(sample.record())
    assert contents(service) == after


@pytest.mark.parametrize(("reader", "type_"), PASSED_BY)
def test_what_a_reader_does_not_read_it_passes_by(ready: dict[str, Service], reader: str, type_: str) -> None:
    service = ready[reader]
    before = contents(service)
    hear(service, published.sample(type_))
    assert contents(service) == before
    assert service.db.inbox.count_documents({"state": "done"}) == 1


def test_samples_of_a_referral_show_at_booking_as_they_are_told(ready: dict[str, Service]) -> None:
    service = ready["booking"]
    types = [type_ for type_ in service.handlers.HANDLERS if type_.startswith("referral.")]
    for type_ in types:
        hear(service, published.sample(type_))
        (referral,) = store.of_case(service.db, published.CASE).referrals
        assert (referral.referral_id, referral.status) == (published.REFERRAL, type_.split(".")[1])


def test_samples_of_contacts_show_at_booking(ready: dict[str, Service]) -> None:
    service = ready["booking"]
    for type_, reason in (("message.failed.v1", "invalid_number"), ("contact.opted_out.v1", "opted_out")):
        hear(service, published.sample(type_))
        (problem,) = store.of_case(service.db, published.CASE).contact_problems
        assert (problem["channel"], problem["reason"]) == ("sms", reason)


def test_the_sample_of_a_request_opens_a_referral_at_the_partner_consented_to(ready: dict[str, Service]) -> None:
    service = ready["referrals"]
    hear(service, published.sample("referral.requested.v1"))
    (referral,) = referrals_store.of_person(service.db, published.PERSON)
    assert (referral.consent.id, referral.consent.partners) == (published.CONSENT, ("unhcr",))
    assert referral.offers[-1].partner_id == "unhcr"


@pytest.mark.parametrize("service", READERS)
def test_a_service_shows_what_it_announces(services: dict[str, Service], service: str) -> None:
    client = services[service].app().test_client()
    answer = client.get("/asyncapi.json")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert set(answer.json["components"]["messages"]) == set(published.SERVICES[service].DEFINITIONS)
    assert 'href="/asyncapi.json"' in client.get("/docs").text
