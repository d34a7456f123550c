"""Many appointments cancelled at once while people book, hold and cancel; and killed before each of its steps."""

import functools
import itertools
import threading
from collections import Counter

import pytest
from pymongo.database import Database

from services.booking import actions, capacity, model, places, store
from services.booking.actions import mass_cancellation as mass
from services.booking.actions.mass_cancellation import slices
from shared import mongo
from tests import builders
from tests.integration.booking import between
from tests.integration.booking.anew import Anew
from tests.integration.booking.cancelling import approved, last_look, work
from tests.integration.booking.conftest import add_slot, announced, race
from tests.integration.booking.slots import book, is_whole


def to_the_end(db: Database, id: str) -> None:
    while mass.go_on(db, id) is not None:
        continue


def told(db: Database) -> Counter[str]:
    """How often each case was told that its appointment is cancelled."""
    return Counter(row["key"] for row in announced(db, "appointment.cancelled.v1"))


def is_through(db: Database) -> bool:
    """Nobody is left, everybody was told once, no place is with anybody."""
    rows = list(db.appointments.find())
    return (
        {row["status"] for row in rows} == {"cancelled"}
        and told(db) == Counter(row["case_id"] for row in rows)
        and not db.slots.count_documents({})
        and not db.places.count_documents({})
    )


def test_killed_before_any_of_its_steps_and_run_again_nobody_is_told_twice_and_nobody_left_out(
    db: Database, office: model.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "AT_ONCE", 2)
    slots = [add_slot(db, capacity=2, hours=2 + each) for each in range(2)]
    for slot in (*slots, slots[0]):
        book(db, slot)
    one = approved(db)
    anew = Anew(db)
    for number in itertools.count(1):
        anew.begin()
        if not between.die(db, lambda own: to_the_end(own, one.id), number):
            break
        work(db)
        assert is_through(db), f"before the command number {number}"
        assert store.mass_cancellations.get(db, "guatemala", one.id).done == 3
    assert number > 40


def meanwhile(db: Database, slot: str, mine: model.Appointment, held: str) -> None:
    """All that others can do there."""
    race(1, lambda _: book(db, slot))
    confirmed(db, held)
    actions.cancel(db, mine.reference, "person")
    capacity.change(db, slot, 5)
    race(1, lambda _: book(db, slot))


def confirmed(db: Database, held: str) -> None:
    try:
        taken(db, held)
    except places.HoldLost:
        return


@mongo.transactional
def taken(db: Database, held: str) -> None:
    """As a booking does it."""
    places.confirm(db, (held, "at work", held))
    slot_id = held.rpartition(".")[0]
    starts_at = (db.slots.find_one({"_id": slot_id}) or {})["starts_at"]
    ids = {"id": held, "reference": held, "fingerprints": (held,), "request": {"scope": held, "body": ""}}
    store.add(db, builders.an_appointment(slot_id=slot_id, place_ids=(held,), starts_at=starts_at, case_id=held, **ids))


def test_whatever_happens_before_each_of_its_steps_nobody_keeps_an_appointment_there(
    db: Database, office: model.Office
) -> None:
    slot = add_slot(db, capacity=4)
    mine, held = book(db, slot), places.claim(db, slot, "at work")
    one, happen = approved(db), functools.partial(meanwhile, db, slot, mine, held)
    anew = Anew(db)
    for number in itertools.count(1):
        anew.begin()
        places.claim(db, slot, "at work")  # the same, for as long again
        if not between.run(db, lambda own: to_the_end(own, one.id), number, happen):
            break
        work(db)
        last_look(db)
        live = db.appointments.count_documents({"live": True})
        assert (live, is_whole(db, slot)) == (0, True), f"before the command number {number}"
        assert told(db) == Counter(row["case_id"] for row in db.appointments.find())
    assert number > 20


def test_while_many_book_as_fast_as_they_can_nobody_slips_in(db: Database, office: model.Office) -> None:
    slots = [add_slot(db, capacity=12, hours=3 + number) for number in range(4)]
    for slot in slots:
        book(db, slot)
    one, over = approved(db), threading.Event()

    def each(who: int) -> None:
        if who == 0:
            to_the_end(db, one.id)
            over.set()
        for slot in itertools.cycle(slots):
            if over.is_set():
                return
            (mine,) = race(1, lambda _, slot=slot: book(db, slot))
            if who == 1 and isinstance(mine, model.Appointment):
                race(1, lambda _, mine=mine: actions.cancel(db, mine.reference, "person"))

    race(6, each)
    last_look(db)  # finds whoever had claimed a place before it was withdrawn and was slower than all of it
    assert is_through(db)
    assert store.mass_cancellations.get(db, "guatemala", one.id).state == "finished"
    assert len(told(db)) >= 4


def test_two_workers_at_once_cancel_nobody_twice(
    db: Database, office: model.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "AT_ONCE", 3)
    for number in range(4):
        slot = add_slot(db, capacity=5, hours=2 + number)
        for _ in range(5):
            book(db, slot)
    one = approved(db)
    race(3, lambda _: to_the_end(db, one.id))
    work(db)
    assert is_through(db)
    assert store.mass_cancellations.get(db, "guatemala", one.id).done == 20
