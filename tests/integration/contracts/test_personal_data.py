"""One person's way through all three services, and not one of their words in any event but sealed in `people`."""

import base64
import dataclasses
import json
import secrets
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.booking import actions as booking
from services.booking import capacity, model, places, refusals, timers, upkeep
from services.booking.actions import lost_code
from services.notifications import actions as notifications
from services.notifications import handlers as notification_handlers
from services.referrals import actions as referrals
from services.referrals import store as referrals_store
from shared import auth, clock, codes, due, events, inbox, mongo, web
from shared.definitions import Envelope
from tests import builders
from tests import referrals as referral_builders
from tests.contracts import published
from tests.integration.booking import cancelling, windows
from tests.integration.contracts.conftest import Service

CLERK = auth.Actor("clerk-1", roles=("clerk",), offices=("guatemala",))
UNHCR, IOM = auth.Actor("unhcr", kind="partner"), auth.Actor("iom", kind="partner")
WORDS = {
    "name": "Xochiquetzal Quiñónez",
    "phone": "50251987463",
    "email": "xochi.quinonez",
    "document": "7719283645501",
    "birth date": "1971-03-29",
    "companion": "Tecún Xicoténcatl",
    "companion's birth date": "2009-08-17",
    "note": "persecuted by her uncle",
    "reason": "cannot leave the house",
    "partner's note": "sleeps at the shelter",
}


def somebody() -> model.Person:
    return model.Person(
        WORDS["name"],
        date.fromisoformat(WORDS["birth date"]),
        phone=f"+{WORDS['phone']}",
        email=f"{WORDS['email']}@example.org",
        document=WORDS["document"],
    )


def a_key() -> web.IdempotencyKey:
    return web.IdempotencyKey(secrets.token_hex(16), "body")


@pytest.fixture(scope="module")
def walked(prepared: dict[str, Service]) -> dict[str, Service]:
    """Booked, tried again, referred, declined, accepted, completed, told, stopped; others cancelled, missed, erased."""
    for service in prepared.values():
        service.empty()
    at_booking, at_referrals, at_notifications = prepared.values()
    appointment = _book(at_booking, _slot(at_booking))
    _draw(at_booking)
    _refer(at_booking, at_referrals, appointment)
    _tell(prepared)
    at_booking.hear_from(at_referrals)
    at_booking.hear_from(at_notifications)
    _withdraw(at_referrals)
    before = at_booking.announced()
    booking.erase(at_booking.db, appointment.reference)
    left = {row["_id"] for row in at_booking.announced()}
    at_booking.withdrawn = [row for row in before if row["_id"] not in left]
    for service in (at_referrals, at_notifications):
        service.hear_from(at_booking)
    return prepared


def _slot(service: Service, hours: int = 1, first: frozenset[str] = frozenset()) -> str:
    """At an office with one pathway, in so many hours; kept for who comes before others in lines of `first`."""
    office, pathway = builders.an_office(), builders.a_pathway()
    partners = [{"id": id, "name": id, "services": ["protection"]} for id in ("unhcr", "iom")]
    upkeep.load(service.db, [dataclasses.asdict(pathway)], [dataclasses.asdict(office)], partners)
    start = clock.now().replace(microsecond=0) + timedelta(hours=hours)
    wanted = {"starts_at": start, "ends_at": start + timedelta(minutes=30), "timezone": office.timezone, "capacity": 9}
    id = f"guatemala.orientation.{start:%Y%m%dT%H%M%SZ}"
    places.add(service.db, [{"_id": id, "office_id": office.id, "pathway_id": pathway.id, **wanted}], first)
    return id


def _book(service: Service, slot: str) -> model.Appointment:
    companions = (model.Companion(WORDS["companion"], date.fromisoformat(WORDS["companion's birth date"])),)
    request = builders.a_booking_request(slot_id=slot, person=somebody(), companions=companions)
    appointment, _ = booking.book(service.db, request, a_key())
    with pytest.raises(refusals.NotPossible):
        booking.book(service.db, request, a_key())
    other, _ = booking.book(service.db, builders.a_booking_request(slot_id=slot), a_key())
    booking.cancel(service.db, other.reference, "person", WORDS["reason"])
    third, _ = booking.book(service.db, builders.a_booking_request(slot_id=slot), a_key())
    booking.reschedule(service.db, third.reference, _slot(service, hours=2), "person")
    service.db.appointments.update_one({"_id": third.id}, {"$set": {"starts_at": clock.now() - timedelta(hours=1)}})
    booking.miss(service.db, third.reference, CLERK)
    _lose_code(service, appointment.reference, booking.identify, model.LostCode(phone=f"+{WORDS['phone']}"))
    _verify(service)
    _keep_a_place(service)
    booking.arrive(service.db, appointment.reference, CLERK)
    return booking.attend(service.db, appointment.reference, CLERK)


def _keep_a_place(service: Service) -> None:
    """For somebody whose time the office took away, and then that place as well."""
    lost, _ = booking.book(service.db, builders.a_booking_request(slot_id=_slot(service, hours=30)), a_key())
    _cancel_hour_of(service, lost.starts_at, rebook=True)
    kept = _slot(service, hours=60, first=frozenset({lost.pathway_id}))
    assert booking.rebooking.look(service.db) == 1
    capacity.change(service.db, kept, 0)


def _cancel_hour_of(service: Service, starts_at: datetime, **said: Any) -> None:
    cancelling.approved(service.db, first=starts_at - timedelta(minutes=1), days=1 / 24, **said)
    cancelling.work(service.db)


def _draw(service: Service) -> None:
    """Asked for, changed, withdrawn, drawn, reminded of, confirmed, not confirmed, offered to the next, taken back,
    over."""
    db = service.db
    windows.an_open_one(db, (2,))
    somebody_else = windows.asked()
    first, _ = booking.ask(db, somebody_else, a_key())
    with pytest.raises(refusals.NotPossible):
        booking.ask(db, somebody_else, a_key())
    _lose_code(service, first.reference, booking.identify_request, model.LostCode(first.reference))
    booking.change_request(db, first.reference, model.Wish(("guatemala",), ("morning",)))
    booking.withdraw_request(db, windows.ask(db).reference, "person")
    windows.ask_many(db, 4)
    windows.drawn(db)
    confirmed, forgotten = windows.with_status(db, "allocated")
    booking.remind(db, forgotten.id, forgotten.offers)
    booking.confirm_request(db, confirmed.reference)
    windows.let_run_out(db, forgotten)
    booking.expire(db, forgotten.id, forgotten.offers)
    booking.offer_places(db, "w-1")
    (offered,) = windows.with_status(db, "allocated")
    assert offered.starts_at
    _cancel_hour_of(service, offered.starts_at)
    booking.end_waitlist(db, "w-1")


def _lose_code(service: Service, reference: str, identify: Callable[..., Any], lost: model.LostCode) -> None:
    """Asked for by what is known, made new, used."""
    booking.ask_for_code(service.db, lost)
    work = due.claim(service.db, lost_code.LANE, list(timers.TIMERS))
    assert work
    due.run(service.db, work, timers.TIMERS[work.kind])
    code = codes.code(mongo.settings(service.db).access_key, reference, 2)
    assert identify(service.db, reference, code, "network").oldest_code == 2


def _verify(service: Service) -> None:
    wanted = model.VerificationRequest("email", f"{WORDS['email']}@example.org", "es")
    asked, _ = booking.request_verification(service.db, wanted, a_key())
    code = codes.code(mongo.settings(service.db).access_key, asked.code_of, 0)
    assert booking.verify(service.db, asked.id, code).verified_at


def _refer(at_booking: Service, at_referrals: Service, appointment: model.Appointment) -> None:
    for partner_id in ("unhcr", "iom"):
        referrals_store.save_partner(at_referrals.db, referral_builders.a_partner(partner_id))
    for service in ("protection", "orientation", "resettlement"):
        asked = builders.a_referral_request(service=service, partners=("unhcr", "iom"), note=WORDS["note"])
        booking.refer(at_booking.db, appointment.reference, asked, a_key(), CLERK)
    at_referrals.hear_from(at_booking)
    offered = referrals_store.of_person(at_referrals.db, appointment.person_id)
    first = next(one for one in offered if one.service == "protection")
    for decline, accept in ((UNHCR, IOM), (IOM, UNHCR)):
        if first.offers[-1].partner_id == decline.id:
            referrals.decline(at_referrals.db, first.id, "capacity", decline)
            referrals.accept(at_referrals.db, first.id, accept)
            referrals.complete(at_referrals.db, first.id, "helped", WORDS["partner's note"], accept)


def _tell(services: dict[str, Service]) -> None:
    """Notifications hears of it all; a provider says what became of the messages, and the person stops them."""
    at_booking, at_referrals, at_notifications = services.values()
    at_notifications.hear_from(at_booking)
    at_notifications.hear_from(at_referrals)
    db = at_notifications.db
    for number, message in enumerate(db.messages.find()):
        notifications.note_receipt(db, f"call-{number}", message["_id"], delivered=bool(number % 2))
    notifications.take_reply(db, "call-stop", f"+{WORDS['phone']}", "stop", clock.now())


def _withdraw(service: Service) -> None:
    open_ones = service.db.referrals.find({"status": "offered"})
    for one in open_ones:
        referrals.withdraw(service.db, one["_id"], CLERK)


def rows(services: dict[str, Service]) -> Iterator[dict[str, Any]]:
    for service in services.values():
        yield from service.announced() + service.withdrawn


def hidden(word: str) -> set[bytes]:
    """As it could stand in a record: plain, escaped as JSON does, in hex, and in base64 wherever in it it begins."""
    plain = word.encode()
    found = {plain, json.dumps(word)[1:-1].encode(), plain.hex().encode()}
    for before, first in ((0, 0), (1, 2), (2, 3)):  # characters in which bytes before or after have a part are left out
        whole = base64.b64encode(b"\0" * before + plain)
        found.add(whole[first : (before + len(plain)) * 8 // 6])
    return found


@pytest.mark.parametrize("what", WORDS)
def test_a_word_would_be_found_however_it_is_hidden(what: str) -> None:
    word = WORDS[what].encode()
    records = [json.dumps({"a": WORDS[what]}).encode(), word + b".", word.hex().encode()]
    records += [
        base64.b64encode(b"abcd"[:before] + word + b"wxyz"[:after]) for before in range(4) for after in range(4)
    ]
    for record in records:
        assert any(form in record for form in hidden(WORDS[what])), record


def test_every_type_was_announced_on_the_way(walked: dict[str, Service]) -> None:
    """So that what follows has looked at each."""
    assert {row["type"] for row in rows(walked)} == set(published.DEFINITIONS)


@pytest.mark.parametrize("what", WORDS)
def test_a_word_about_the_person_is_in_no_event(walked: dict[str, Service], what: str) -> None:
    """Not in clear and not in base64, in no topic: in `people` it is sealed."""
    for row in rows(walked):
        record = b"|".join(
            [row["key"].encode(), *(bytes(content) for _, content in row["headers"]), row["value"] or b""]
        )
        for form in hidden(WORDS[what]):
            assert form not in record, f"{what} in {row['type']}"


def test_whoever_holds_the_key_finds_it_in_people(walked: dict[str, Service]) -> None:
    """So that the words looked for above are really those that went through."""
    found = [events.read(row["topic"], row["key"].encode(), row["headers"], row["value"]) for row in rows(walked)]
    changed = [event for event in found if event.type in ("person.changed.v1", "contact.given.v1")]
    opened = "".join(str(published.PEOPLE_KEYS.open((event.data or {})["sealed"], event.key)) for event in changed)
    told = {what: word for what, word in WORDS.items() if what not in ("reason", "partner's note")}
    assert {what for what, word in told.items() if word not in opened} == set()


def test_partners_are_told_no_word_of_it_unasked(walked: dict[str, Service]) -> None:
    told = str(list(walked["referrals"].db.partner_events.find()))
    assert told.count("referral") > 1
    assert not [what for what, word in WORDS.items() if word in told]


def test_what_services_really_announce_keeps_to_its_definition(walked: dict[str, Service]) -> None:
    for row in rows(walked):
        definition = published.DEFINITIONS[row["type"]]
        headers = [(name, bytes(content)) for name, content in row["headers"]]
        event = events.read(row["topic"], row["key"].encode(), headers, row["value"])
        Envelope().load({name: content.decode() for name, content in headers})
        assert row["topic"] == definition.topic
        if definition.schema:
            schema = definition.schema()
            assert schema.dump(schema.load(event.data or {})) == event.data
        assert events.write(event) == (headers, row["value"])


def test_each_reader_has_handled_each_event_without_a_dead_letter(walked: dict[str, Service]) -> None:
    for name, service in walked.items():
        assert inbox.health(service.db)["dead_letters"] == 0, name
        assert service.db.inbox.count_documents({"state": {"$ne": "done"}}) == 0, name
    assert set(walked["notifications"].db.inbox.distinct("type")) >= set(notification_handlers.HANDLERS)
