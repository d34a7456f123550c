"""Booking's upkeep, and what it hears of others, on a real mongod."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database

from services.booking import actions, commands, events, handlers, model, people, places, refusals, store, timers, upkeep
from shared import clock, due, mongo
from shared.events import Event
from tests import builders
from tests.integration.booking.conftest import CLERK, a_key, add_slot, announced, states


def booked(db: Database, slot: str, **changes: Any) -> model.Appointment:
    return actions.book(db, builders.a_booking_request(slot_id=slot, **changes), a_key())[0]


def referred(db: Database, note: str | None = None) -> tuple[model.Appointment, str]:
    appointment = booked(db, add_slot(db, hours=0.1))
    actions.attend(db, appointment.reference, CLERK)
    made, _ = actions.refer(db, appointment.reference, builders.a_referral_request(note=note), a_key(), CLERK)
    return store.appointment(db, appointment.reference), made["id"]


def test_sample_data_loads_twice_to_the_same(db: Database) -> None:
    new = commands.load_sample(db)
    db.offices.update_one({"_id": "izabal"}, {"$set": {"intake.open": False}})
    counts = {name: db[name].estimated_document_count() for name in ("pathways", "offices", "partners", "places")}
    assert commands.load_sample(db) == 0
    commands.prepare(db)
    assert counts == {name: db[name].estimated_document_count() for name in counts}
    assert (counts["pathways"], counts["offices"]) == (6, 5)
    assert new == db.slots.estimated_document_count() > 1000
    assert not store.office(db, "izabal").intake.open
    last = db.slots.find_one({"pathway_id": "orientation"}, sort=[("starts_at", -1)])
    assert timedelta(days=14) < last["starts_at"] - clock.now() < timedelta(days=16)
    assert all(one.sample for one in store.offices(db))


def test_the_demo_finds_a_time_today_at_any_hour(db: Database) -> None:
    commands.load_sample(db)
    office, now = store.office(db, "guatemala"), clock.now()
    soon = store.free_slots(db, office.id, "orientation", office.today(now), office.today(now) + timedelta(days=1))[0]
    assert soon.starts_at - now <= timedelta(minutes=30)
    assert booked(db, soon.id).arrive(now, "office").status == "arrived"


def test_the_sweep_frees_claims_that_ran_out_and_corrects_the_counts(db: Database, office: model.Office) -> None:
    slot = add_slot(db)
    place = places.claim(db, slot, "somebody who died")
    db.places.update_one({"_id": place}, {"$set": {"expires_at": clock.now() - timedelta(seconds=1)}})
    db.slots.update_one({"_id": slot}, {"$set": {"free": 0}})
    assert upkeep.count_places(db) == 1
    assert (states(db, slot), store.slot(db, slot).free) == (["free"] * 3, 3)
    assert upkeep.count_places(db) == 0


def test_the_sweep_leaves_a_claim_that_holds(db: Database, office: model.Office) -> None:
    slot = add_slot(db)
    places.claim(db, slot, "somebody at work")
    upkeep.count_places(db)
    assert (states(db, slot), store.slot(db, slot).free) == (["free", "free", "held"], 2)


@pytest.mark.parametrize("kind", timers.EVERY)
def test_a_timer_comes_again_once_however_often_it_is_set_up(db: Database, office: model.Office, kind: str) -> None:
    commands.prepare(db)
    mine = {"kind": kind, "state": "waiting"}
    assert db.due.count_documents(mine) == 1
    db.due.update_one({"kind": kind}, {"$set": {"due_at": clock.now() - timedelta(minutes=1)}})
    run_due(db, kind)
    commands.prepare(db)
    assert db.due.count_documents({"kind": kind, "state": "failed"}) == 0
    assert db.due.count_documents({"kind": kind}) <= 2


@pytest.mark.parametrize("kind", timers.EVERY)
def test_a_timer_that_fails_for_good_still_comes_again(db: Database, office: model.Office, kind: str) -> None:
    db.offices.insert_one({"_id": "broken"})
    db.slots.insert_one({"_id": "broken", "starts_at": clock.now()})
    long_ago = clock.now() - timedelta(days=1)
    db.places.insert_one({"_id": "broken", "state": "held", "aside": True, "expires_at": long_ago})
    db.due.delete_many({})
    due.add(db, kind, timers.LANE, {}, due_at=clock.now() - timedelta(minutes=1), id="the present run")
    db.due.update_one({}, {"$set": {"errors": 30}})
    run_due(db, kind)
    assert {row["state"]: row["due_at"] > clock.now() for row in db.due.find()} == {"failed": False, "waiting": True}


def run_due(db: Database, kind: str) -> None:
    work = due.claim(db, timers.LANE, [kind])
    assert work is not None
    due.run(db, work, timers.TIMERS[kind])


def test_persons_are_announced_again_from_their_present_state(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=5)
    mine = sorted(booked(db, slot).person_id for _ in range(4))
    actions.erase(db, db.appointments.find_one({"person_id": mine[0]})["reference"])
    before = len(announced(db))
    last, seen = None, 0
    while (last := mongo.transactional(actions.restate)(db, last, 3)) is not None:
        seen += 1
    assert seen == 2
    rows = [row for row in announced(db) if row["topic"] == events.PEOPLE]
    assert len(announced(db)) == before + 4
    assert {key: [row["type"] for row in rows if row["key"] == key][-1] for key in mine} == {
        mine[0]: "person.erased.v1",
        **dict.fromkeys(mine[1:], "person.changed.v1"),
    }


def test_an_erased_person_is_gone_everywhere(db: Database, office: model.Office) -> None:
    slot, person = add_slot(db), builders.a_person(name="Ixchel Tzunux")
    appointment = booked(db, slot, person=person)
    prints = people.fingerprints(mongo.settings(db).fingerprint_key, person)
    actions.erase(db, appointment.reference, CLERK)
    assert people.get(db, appointment.person_id) is None
    assert states(db, slot) == ["free"] * 3
    everything = "".join(repr(list(db[name].find())) for name in db.list_collection_names())
    assert not [print_ for print_ in prints if print_ in everything]
    tombstone = announced(db, "person.erased.v1")[0]
    assert (tombstone["key"], tombstone["value"]) == (appointment.person_id, None)
    assert store.day(db, "guatemala", office.today(appointment.starts_at))[0]["person"] is None
    actions.erase(db, appointment.reference)  # again: no harm
    assert booked(db, slot, person=person)


def test_two_erased_persons_of_one_pathway_do_not_collide(db: Database, office: model.Office) -> None:
    slot = add_slot(db, hours=0.1)
    for _ in range(2):
        appointment = booked(db, slot)
        actions.arrive(db, appointment.reference, CLERK)
        actions.erase(db, appointment.reference)


# --- staff


def test_each_step_is_announced_once_and_audited(db: Database, office: model.Office) -> None:
    appointment = booked(db, add_slot(db, hours=0.1))
    for _ in range(2):
        actions.arrive(db, appointment.reference, CLERK)
        actions.attend(db, appointment.reference, CLERK) if _ else None
    types = [row["type"] for row in announced(db) if row["topic"] == events.BOOKING]
    assert types == ["appointment.booked.v1", "appointment.arrived.v1", "appointment.attended.v1"]
    assert [row["action"] for row in db.audit.find()] == ["appointment.arrived", "appointment.attended"]


def test_after_an_absence_the_person_may_book_again(db: Database, office: model.Office) -> None:
    person = builders.a_person()
    first = booked(db, add_slot(db, hours=1), person=person)
    moved = {"$set": {"starts_at": clock.now() - timedelta(minutes=5)}}
    db.appointments.update_one({"reference": first.reference}, moved)
    assert actions.miss(db, first.reference, CLERK).status == "missed"
    assert booked(db, add_slot(db, hours=2), person=person)


def test_an_appointment_of_another_office_does_not_exist_for_a_clerk(db: Database, office: model.Office) -> None:
    appointment = booked(db, add_slot(db, hours=0.1))
    stranger = type(CLERK)("clerk-2", roles=("clerk",), offices=("izabal",))
    calls: list[Callable[[], Any]] = [
        lambda: actions.arrive(db, appointment.reference, stranger),
        lambda: actions.cancel(db, appointment.reference, "office", actor=stranger),
        lambda: actions.refer(db, appointment.reference, builders.a_referral_request(), a_key(), stranger),
    ]
    for call in calls:
        with pytest.raises(refusals.UnknownAppointment):
            call()
    assert db.audit.count_documents({"outcome": "refused"}) == 3


def test_a_referral_carries_the_consent_and_the_note_goes_sealed(db: Database, office: model.Office) -> None:
    appointment, id = referred(db, note="Teme volver a su pueblo")
    event = json.loads(announced(db, "referral.requested.v1")[0]["value"])
    assert event["referral_request_id"] == id
    consent = event["consent"]
    assert (consent["partners"], consent["given_by"], consent["recorded_by"]) == (["unhcr"], "person", "clerk-1")
    assert event["office"]["region"] == "Guatemala"
    sealed = json.loads(announced(db, "person.changed.v1")[-1]["value"])["sealed"]
    opened = mongo.settings(db).people_keys.open(sealed, appointment.person_id)
    assert opened["notes"] == {appointment.case_id: "Teme volver a su pueblo"}
    assert "Teme" not in repr(list(db.appointments.find()))


# --- what others say


def hear(db: Database, type: str, key: str, **data: Any) -> None:
    mongo.transactional(handlers.HANDLERS[type])(db, Event(type, key, data))


def test_what_becomes_of_a_referral_is_shown(db: Database, office: model.Office) -> None:
    appointment, _ = referred(db)
    case, person = appointment.case_id, appointment.person_id
    more = {"referral_id": "r1", "person_id": person}
    hear(db, "referral.opened.v1", case, **more, service="protection", priority="high", appointment_id=appointment.id)
    for type, status, extra in (
        ("referral.offered.v1", "offered", {"partner_id": "unhcr", "service": "protection"}),
        ("referral.declined.v1", "declined", {"partner_id": "unhcr", "reason": "capacity"}),
        ("referral.accepted.v1", "accepted", {"partner": {"id": "iom", "name": "IOM (sample)", "phone": "+502"}}),
        ("referral.completed.v1", "completed", {"partner_id": "iom", "outcome": "helped"}),
    ):
        hear(db, type, case, **more, **extra)
        shown = store.appointment(db, appointment.reference).referrals[0]
        assert (shown.status, shown.referral_id) == (status, "r1")
    assert shown.partner == {"id": "iom", "name": "IOM (sample)"}


def test_a_referral_nobody_asked_for_is_not_swallowed(db: Database, office: model.Office) -> None:
    with pytest.raises(LookupError):
        hear(db, "referral.opened.v1", "no such case", referral_id="r1", service="protection")


def test_a_contact_that_fails_is_shown_to_the_office(db: Database, office: model.Office) -> None:
    appointment = booked(db, add_slot(db))
    case, person = appointment.case_id, appointment.person_id
    hear(db, "message.failed.v1", case, message_id="m", person_id=person, channel="sms", reason="rejected")
    hear(db, "contact.opted_out.v1", person, person_id=person, channel="email")
    row = store.day(db, "guatemala", office.today(appointment.starts_at))[0]
    found = {one["channel"]: one["reason"] for one in row["appointment"].contact_problems}
    assert found == {"sms": "rejected", "email": "opted_out"}
