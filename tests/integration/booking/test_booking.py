"""Booking on a real mongod: one place, one appointment, one announcement, or none of them."""

import json
from collections import Counter
from typing import Any

import pytest
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from services.booking import actions, events, model, people, places, refusals, store
from shared import auth, codes, web
from shared import events as shared_events
from shared import mongo as databases
from tests import builders
from tests.conftest import Mongo
from tests.integration.booking.conftest import a_key, add_slot, announced, close_intake, race, run_out, states


def book(
    db: Database, slot: str, key: web.IdempotencyKey | None = None, **changes: Any
) -> tuple[model.Appointment, bool]:
    return actions.book(db, builders.a_booking_request(slot_id=slot, **changes), key or a_key())


@pytest.fixture
def slot(db: Database, office: model.Office) -> str:
    return add_slot(db)


def test_a_booking_takes_a_place_and_announces_it(db: Database, slot: str) -> None:
    appointment, replayed = book(db, slot)
    assert not replayed
    assert states(db, slot) == ["free", "free", "taken"]
    assert store.slot(db, slot).free == 2
    assert store.appointment(db, appointment.reference) == appointment
    assert [row["type"] for row in announced(db)] == ["appointment.booked.v1", "person.changed.v1"]
    assert [row["key"] for row in announced(db)] == [appointment.case_id, appointment.person_id]


def test_nothing_personal_lies_in_clear(db: Database, slot: str) -> None:
    person = builders.a_person(name="Ixchel Tzunux", document="DPI 9988 77665 0101")
    appointment, _ = book(db, slot, person=person, companions=(model.Companion("Balam Tzunux", person.birth_date),))
    actions.cancel(db, appointment.reference, "person", reason="Tzunux is ill")
    everything = "".join(repr(list(db[name].find())) for name in db.list_collection_names())
    for secret in ("Ixchel", "Tzunux", "99887", "9988 7", person.phone, person.email):
        assert str(secret) not in everything


def test_the_person_is_announced_sealed_and_bound_to_their_id(db: Database, slot: str) -> None:
    request = builders.a_booking_request(slot_id=slot)
    appointment, _ = actions.book(db, request, a_key())
    data = json.loads(announced(db, "person.changed.v1")[0]["value"])
    opened = databases.settings(db).people_keys.open(data["sealed"], appointment.person_id)
    assert opened == people.content(request)
    assert opened["name"] == request.person.name
    assert opened["notes"] == {}


def test_the_same_request_again_has_the_same_answer_and_no_second_effect(db: Database, slot: str) -> None:
    key, request = a_key(), builders.a_booking_request(slot_id=slot)
    first, _ = actions.book(db, request, key)
    again, replayed = actions.book(db, request, key)
    assert replayed
    assert again == first
    assert actions.code(db, again) == actions.code(db, first)
    assert states(db, slot).count("taken") == 1
    assert len(announced(db, "appointment.booked.v1")) == 1


def test_a_repeat_after_the_cancellation_books_nothing(db: Database, slot: str) -> None:
    key, request = a_key(), builders.a_booking_request(slot_id=slot)
    first, _ = actions.book(db, request, key)
    actions.cancel(db, first.reference, "person")
    again, replayed = actions.book(db, request, key)
    assert (again.reference, replayed) == (first.reference, True)
    assert states(db, slot) == ["free"] * 3


def test_the_same_key_for_something_else_is_refused(db: Database, slot: str) -> None:
    book(db, slot, a_key("one-scope"))
    with pytest.raises(web.KeyReused):
        book(db, slot, a_key("one-scope", "another body"))
    assert states(db, slot).count("taken") == 1


def test_a_full_slot_says_so_and_changes_nothing(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=1)
    book(db, slot)
    before = (db.appointments.count_documents({}), db.people.count_documents({}), db.outbox.count_documents({}))
    with pytest.raises(refusals.SlotTaken):
        book(db, slot)
    assert before == (
        db.appointments.count_documents({}),
        db.people.count_documents({}),
        db.outbox.count_documents({}),
    )


def test_each_wrong_slot_has_its_own_refusal_and_holds_no_place(db: Database, slot: str) -> None:
    past = add_slot(db, hours=-1)
    with pytest.raises(refusals.SlotPast):
        book(db, past)
    with pytest.raises(refusals.SlotGone):
        book(db, "guatemala.orientation.20000101T000000Z")
    with pytest.raises(refusals.WrongPathway):
        book(db, slot, pathway_id="protection")
    with pytest.raises(refusals.WrongOffice):
        book(db, slot, office_id="izabal")
    close_intake(db)
    with pytest.raises(refusals.IntakeClosed):
        book(db, slot)
    assert states(db, slot) == ["free"] * 3


def test_one_live_appointment_per_person_and_pathway(db: Database, slot: str) -> None:
    person = builders.a_person()
    book(db, slot, person=person)
    for same in (
        builders.a_person(name="Other", phone=person.phone),
        builders.a_person(name="Another", email=str(person.email).upper()),
        builders.a_person(name=person.name.upper()),
    ):
        with pytest.raises(refusals.NotPossible):
            book(db, slot, person=same)
    assert states(db, slot) == ["free", "free", "taken"]
    other = add_slot(db, pathway="protection")
    assert book(db, other, pathway_id="protection", person=person)


def test_whoever_is_asked_for_again_is_told_once_and_the_asker_learns_nothing(db: Database, slot: str) -> None:
    person = builders.a_person()
    first, _ = book(db, slot, person=person)
    for _ in range(3):
        with pytest.raises(refusals.NotPossible) as refused:
            book(db, slot, person=person)
        assert refused.value.params == {}
    told = announced(db, "appointment.requested_again.v1")
    assert [row["key"] for row in told] == [first.case_id]
    assert store.appointment(db, first.reference).status == "booked"


def test_after_a_cancellation_the_person_may_book_again(db: Database, slot: str) -> None:
    person = builders.a_person()
    first, _ = book(db, slot, person=person)
    actions.cancel(db, first.reference, "person")
    assert book(db, slot, person=person)


def test_a_place_that_was_cancelled_can_be_booked_again(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=1)
    first, _ = book(db, slot)
    assert store.slot(db, slot).free == 0
    actions.cancel(db, first.reference, "person")
    assert store.slot(db, slot).free == 1
    again, _ = book(db, slot)
    assert again.place_id == first.place_id


def test_a_crash_between_claim_and_booking_is_made_good_by_the_repeat(db: Database, office: model.Office) -> None:
    slot, key = add_slot(db, capacity=1), a_key()
    held = places.claim(db, slot, key.scope)  # and here the process died
    with pytest.raises(refusals.SlotTaken):
        book(db, slot)
    appointment, replayed = book(db, slot, key)
    assert (appointment.place_id, replayed) == (held, False)


def test_a_claim_that_nobody_came_back_for_runs_out(db: Database, office: model.Office) -> None:
    slot, key = add_slot(db, capacity=1), a_key()
    place = places.claim(db, slot, key.scope)
    run_out(db, place)
    appointment, _ = book(db, slot)
    assert appointment.place_id == place
    with pytest.raises(refusals.SlotTaken):
        book(db, slot, key)


def test_a_claim_that_ran_out_cannot_be_confirmed(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=1)
    place = places.claim(db, slot, "late")
    run_out(db, place)
    with pytest.raises(places.HoldLost):
        places.confirm(db, (place, "late", "appointment"))
    places.claim(db, slot, "next")
    with pytest.raises(places.HoldLost):
        places.confirm(db, (place, "late", "appointment"))
    places.give_back(db, place, "late")
    assert states(db, slot) == ["held"]


def test_a_failing_transaction_gives_the_place_back(mongo: Mongo, db: Database, slot: str) -> None:
    never = {"never": {"$exists": True}}  # so the database refuses the person
    admin = mongo.admin[db.name]
    admin.command("collMod", "people", validator=never)
    try:
        with pytest.raises(BulkWriteError):
            book(db, slot)
    finally:
        admin.command("collMod", "people", validator={})
    assert states(db, slot) == ["free"] * 3
    assert db.appointments.count_documents({}) == db.outbox.count_documents({}) == 0


def test_the_code_is_derived_and_opens_the_appointment(db: Database, slot: str) -> None:
    appointment, _ = book(db, slot)
    code = actions.code(db, appointment)
    assert code not in repr(db.appointments.find_one())
    typed = f"{code[:4]}-{code[4:]}".lower()
    assert actions.identify(db, appointment.reference.lower(), typed, "net").id == appointment.id


@pytest.mark.usefixtures("still")
def test_wrong_codes_are_slowed_and_unknown_references_look_the_same(db: Database, slot: str) -> None:
    appointment, _ = book(db, slot)
    for reference in (appointment.reference, codes.new_reference()):
        for _ in range(5):
            with pytest.raises(auth.WrongCode):
                actions.identify(db, reference, "00000000", "bad network")
        with pytest.raises(web.throttling.SlowDown):
            actions.identify(db, reference, "00000000", "bad network")
    owner = actions.identify(db, appointment.reference, actions.code(db, appointment), "own network")
    assert owner.id == appointment.id


# --- races


def test_two_hundred_at_once_for_ten_places(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=10)
    found = race(200, lambda _: book(db, slot)[0].place_id)
    assert Counter(one if isinstance(one, type) else "booked" for one in found) == {
        "booked": 10,
        refusals.SlotTaken: 190,
    }
    booked = [one for one in found if isinstance(one, str)]
    assert len(set(booked)) == 10
    assert states(db, slot) == ["taken"] * 10
    assert db.appointments.count_documents({}) == len(announced(db, "appointment.booked.v1")) == 10
    assert store.slot(db, slot).free == 0


@pytest.mark.parametrize("capacity", [1, 3, 10])
def test_one_request_from_eight_threads_books_once_and_all_hear_the_same(
    db: Database, office: model.Office, capacity: int
) -> None:
    slot, key, request = add_slot(db, capacity=capacity), a_key(), builders.a_booking_request()
    request = builders.a_booking_request(slot_id=slot, person=request.person)
    found = race(8, lambda _: actions.book(db, request, key))
    assert len({appointment.reference for appointment, _ in found}) == 1
    assert [replayed for _, replayed in found].count(False) == 1
    assert states(db, slot).count("taken") == 1
    assert "held" not in states(db, slot)
    assert len(announced(db)) == 2


def test_one_person_from_eight_threads_books_once(db: Database, office: model.Office) -> None:
    slot, person = add_slot(db, capacity=10), builders.a_person()
    found = race(8, lambda _: book(db, slot, person=person)[0].reference)
    assert len([one for one in found if isinstance(one, str)]) == 1
    assert set(states(db, slot)) == {"free", "taken"}
    assert db.appointments.count_documents({"live": True}) == 1


def test_who_books_at_the_same_moment_as_somebody_refused_is_booked(db: Database, office: model.Office) -> None:
    slot, twice = add_slot(db, capacity=20), builders.a_person()

    def one(number: int) -> str:
        same = {"person": twice} if number < 4 else {}
        return book(db, slot, **same)[0].reference

    found = race(12, one)
    assert len({reference for reference in found if isinstance(reference, str)}) == 9
    assert all(isinstance(reference, str) for reference in found[4:])
    assert states(db, slot).count("taken") == 9
    assert "held" not in states(db, slot)
    assert store.slot(db, slot).free == 11


def test_each_booking_of_one_go_has_its_own_cause(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=20)

    def one(number: int) -> str:
        shared_events.correlate(f"request-{number}")
        return book(db, slot)[0].case_id

    cases = race(12, one)
    caused = {row["key"]: dict(row["headers"])["ce_causationid"].decode() for row in announced(db)}
    assert {case: caused[case] for case in cases} == {case: f"request-{n}" for n, case in enumerate(cases)}


def test_one_key_for_two_slots_at_once_books_one(db: Database, office: model.Office) -> None:
    slots = [add_slot(db, hours=hours) for hours in (1, 2)]
    found = race(2, lambda number: book(db, slots[number], a_key("same-scope", str(number)))[0].slot_id)
    assert web.KeyReused in found
    assert sum(states(db, slot).count("taken") for slot in slots) == 1
    assert sum(states(db, slot).count("held") for slot in slots) == 0


def test_cancelling_and_booking_race_without_overselling(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=2)
    mine = [book(db, slot)[0].reference for _ in range(2)]

    def one(number: int) -> Any:
        if number < 2:
            return actions.cancel(db, mine[number], "person").status
        return book(db, slot)[0].place_id

    found = race(20, one)
    assert found[:2] == ["cancelled", "cancelled"]
    booked = [one for one in found[2:] if isinstance(one, str)]
    assert len(booked) <= 2
    assert states(db, slot).count("taken") == len(booked) == db.appointments.count_documents({"live": True})


def test_every_event_of_a_case_has_its_number(db: Database, slot: str) -> None:
    appointment, _ = book(db, slot)
    actions.cancel(db, appointment.reference, "person")
    rows = [row for row in announced(db) if row["topic"] == events.BOOKING]
    assert [(row["type"], row["sequence"]) for row in rows] == [
        ("appointment.booked.v1", 1),
        ("appointment.cancelled.v1", 2),
    ]
