"""An appointment changed to another time, by its person and by the office."""

import json

import pytest
from pymongo.database import Database

from services.booking import actions, events, model, refusals, store, upkeep
from shared import auth, clock
from tests.integration.booking.conftest import CLERK, add_slot, announced, business, close_intake, rule, states
from tests.integration.booking.slots import book, change, is_whole, of


@pytest.fixture
def first(db: Database, office: model.Office) -> str:
    return add_slot(db, capacity=2)


@pytest.fixture
def second(db: Database, office: model.Office) -> str:
    return add_slot(db, capacity=2, hours=26)


def test_the_appointment_is_at_the_new_time_and_it_is_announced(db: Database, first: str, second: str) -> None:
    before = book(db, first)
    after = change(db, before, second)
    assert store.appointment(db, before.reference) == after
    assert (after.slot_id, after.place_ids, after.status) == (second, (f"{second}.001",), "booked")
    assert (after.starts_at, after.changes) == (store.slot(db, second).starts_at, 1)
    assert [entry["status"] for entry in after.history] == ["booked", "rescheduled"]
    assert (states(db, first), states(db, second)) == (["free", "free"], ["free", "taken"])
    assert (of(db, first), of(db, second)) == ((2, 0, 2), (2, 0, 1))
    assert after.as_booked.starts_at == before.starts_at
    (told,) = announced(db, "appointment.rescheduled.v1")
    said = json.loads(told["value"])
    assert (told["topic"], told["key"], told["sequence"]) == (events.BOOKING, before.case_id, 2)
    assert said["previous_starts_at"] == clock.rfc3339(before.starts_at)
    assert (said["starts_at"], said["by"]) == (clock.rfc3339(after.starts_at), "person")


def test_the_same_again_is_the_same_answer_without_a_second_effect(db: Database, first: str, second: str) -> None:
    one = book(db, first)
    assert change(db, one, second) == change(db, one, second)
    assert len(announced(db, "appointment.rescheduled.v1")) == 1
    assert store.appointment(db, one.reference).changes == 1


def test_each_refusal_has_its_name_and_changes_nothing(db: Database, first: str, second: str) -> None:
    one = book(db, first)
    rule(db, change_notice_minutes=60, max_changes=3)
    full, past = add_slot(db, capacity=1, hours=4), add_slot(db, hours=-1)
    book(db, full)
    other, far = add_slot(db, pathway="protection"), add_slot(db, hours=24 * 20)
    before = business(db)
    for slot, refusal in (
        (first, refusals.SameTime),
        (full, refusals.SlotTaken),
        (past, refusals.SlotPast),
        (other, refusals.WrongPathway),
        (far, refusals.TooFarAhead),
        ("no.such.slot", refusals.SlotGone),
    ):
        with pytest.raises(refusal):
            change(db, one, slot)
    assert business(db) == before


def test_a_person_changes_it_so_often_at_most_and_not_too_late(db: Database, first: str, second: str) -> None:
    one, soon = book(db, first), book(db, add_slot(db, hours=0.5))
    rule(db, max_changes=2, change_notice_minutes=60)
    for slot in (second, first):
        change(db, one, slot)
    with pytest.raises(refusals.TooManyChanges):
        change(db, one, second)
    with pytest.raises(refusals.TooLate):
        change(db, soon, second)
    for stuck in (one, soon):
        moved = actions.reschedule(db, stuck.reference, second, "office", CLERK)
        assert (moved.slot_id, moved.changes) == (second, stuck.changes + 2 * (stuck == one))
    assert db.audit.count_documents({"action": "appointment.reschedule", "outcome": "allowed"}) == 2


def test_what_is_over_is_not_changed_any_more(db: Database, first: str, second: str) -> None:
    cancelled, arrived = book(db, first), book(db, first)
    actions.cancel(db, cancelled.reference, "person")
    actions.arrive(db, arrived.reference, CLERK)
    for one in (cancelled, arrived):
        for by in ("person", "office"):
            with pytest.raises(refusals.NotBooked):
                actions.reschedule(db, one.reference, second, by)
    assert states(db, second) == ["free", "free"]


def test_another_office_of_the_same_service_will_do(db: Database, first: str) -> None:
    office = db.offices.find_one({"_id": "guatemala"}) or {}
    db.offices.insert_one(office | {"_id": "peten", "timezone": "America/Tijuana"})
    slot = add_slot(db, hours=5)
    db.slots.update_one({"_id": slot}, {"$set": {"office_id": "peten", "timezone": "America/Tijuana"}})
    moved = change(db, book(db, first), slot)
    assert (moved.office_id, moved.timezone) == ("peten", "America/Tijuana")
    assert moved.as_booked.office_id == "guatemala"
    said = json.loads(announced(db, "appointment.rescheduled.v1")[0]["value"])
    assert (said["office"]["id"], said["timezone"]) == ("peten", "America/Tijuana")


def test_an_office_moves_only_its_own_and_also_while_its_intake_is_closed(
    db: Database, first: str, second: str
) -> None:
    one = book(db, first)
    stranger = auth.Actor("clerk-2", roles=("clerk",), offices=("izabal",))
    with pytest.raises(refusals.UnknownAppointment):
        actions.reschedule(db, one.reference, second, "office", stranger)
    assert db.audit.count_documents({"action": "appointment.reschedule", "outcome": "refused"}) == 1
    close_intake(db)
    rule(db, min_notice_minutes=0, max_changes=0)
    with pytest.raises(refusals.TooManyChanges):
        change(db, one, second)
    assert actions.reschedule(db, one.reference, second, "office").slot_id == second


def test_after_a_change_the_new_time_counts_for_all_that_follows(db: Database, first: str, second: str) -> None:
    one = book(db, first)
    change(db, one, second)
    with pytest.raises(refusals.NotYet):
        actions.arrive(db, one.reference, CLERK)
    actions.cancel(db, one.reference, "person")
    assert (states(db, first), states(db, second)) == (["free", "free"], ["free", "free"])
    assert is_whole(db, first)
    assert is_whole(db, second)
    assert upkeep.count_places(db) == 0
    assert [row["sequence"] for row in announced(db) if row["topic"] == events.BOOKING] == [1, 2, 3]
