"""Many appointments cancelled at once: by two people, each once, each told, nobody left out."""

import json
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database

from services.booking import actions, model, places, refusals, renewal, store, upkeep
from services.booking.actions import mass_cancellation as mass
from services.booking.actions.mass_cancellation import slices
from services.booking.model import mass_cancellation as rules
from shared import clock, due
from tests.integration.booking import cancelling
from tests.integration.booking.calendars import a_rule, bring, slots_on
from tests.integration.booking.cancelling import LEAD, SECOND, approved, proposed, work
from tests.integration.booking.conftest import CLERK, a_key, add_slot, announced, business, states
from tests.integration.booking.slots import book


def status(db: Database, one: model.Appointment) -> str:
    return store.appointment(db, one.reference).status


def cancelled(db: Database) -> list[dict[str, Any]]:
    return [json.loads(row["value"]) for row in announced(db, "appointment.cancelled.v1")]


def how(db: Database, one: model.MassCancellation) -> model.MassCancellation:
    return store.mass_cancellations.get(db, "guatemala", one.id)


def test_everybody_of_the_range_is_cancelled_and_told_once_and_the_slots_are_gone(
    db: Database, office: model.Office
) -> None:
    slots = [add_slot(db, capacity=3, hours=2 + number) for number in range(3)]
    mine = [book(db, slot) for slot in slots for _ in range(2)]
    after = book(db, add_slot(db, hours=72))
    one = approved(db)
    work(db)
    assert {status(db, each) for each in mine} == {"cancelled"}
    assert status(db, after) == "booked"
    assert [states(db, slot) for slot in slots] == [[], [], []]
    assert db.slots.count_documents({}) == 1
    told = cancelled(db)
    assert sorted(row["reference"] for row in told) == sorted(each.reference for each in mine)
    assert {(row["by"], row["reason_code"], row["rebook"]) for row in told} == {("office", "office_closed", False)}
    ended = how(db, one)
    assert (ended.state, ended.total, ended.done, ended.left, ended.failed) == ("finished", 6, 6, 0, ())
    entry = store.appointment(db, mine[0].reference).history[-1]
    assert (entry["by"], entry["reason_code"], entry["mass_cancellation"]) == ("office", "office_closed", one.id)


def test_who_comes_soonest_is_told_first(db: Database, office: model.Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "AT_ONCE", 2)
    late, soon, middle = (book(db, add_slot(db, hours=hours)) for hours in (30, 3, 12))
    approved(db)
    work(db)
    at = {json.loads(row["value"])["reference"]: row["at"] for row in announced(db, "appointment.cancelled.v1")}
    assert at[soon.reference] <= at[middle.reference] <= at[late.reference]
    assert at[soon.reference] < at[late.reference]


def test_only_of_the_pathway_that_was_named(db: Database, office: model.Office) -> None:
    db.offices.update_one({"_id": "guatemala"}, {"$set": {"pathways": ["orientation", "protection"]}})
    mine, other = book(db, add_slot(db)), add_slot(db, pathway="protection")
    approved(db, pathway_id="orientation", reason="programme_ended")
    work(db)
    assert status(db, mine) == "cancelled"
    assert states(db, other) == ["free"] * 3
    with pytest.raises(refusals.NotOfThisOffice):
        proposed(db, pathway_id="resettlement")


def test_nothing_happens_before_a_second_person_approves(db: Database, office: model.Office) -> None:
    mine = book(db, add_slot(db))
    before = business(db)
    one = proposed(db)
    day = office.today(mine.starts_at).isoformat()
    assert mass.whom(db, one) == [{"pathway_id": "orientation", "day": day, "count": 1, "soon": 1, "offered": 0}]
    with pytest.raises(refusals.OwnProposal):
        mass.approve(db, "guatemala", one.id, LEAD)
    assert business(db) == before
    refused = db.audit.find_one({"action": "mass_cancellation.approve"})
    assert (refused["outcome"], refused["actor"]["id"]) == ("refused", LEAD.id)
    mass.approve(db, "guatemala", one.id, SECOND)
    with pytest.raises(refusals.DecidedAlready):
        mass.approve(db, "guatemala", one.id, CLERK)
    assert db.due.count_documents({"kind": mass.KIND}) == 1


def test_what_somebody_objects_to_does_not_happen(db: Database, office: model.Office) -> None:
    one = proposed(db)
    assert mass.object_to(db, "guatemala", one.id, SECOND).state == "objected"
    with pytest.raises(refusals.DecidedAlready):
        mass.approve(db, "guatemala", one.id, SECOND)
    assert db.due.count_documents({"kind": mass.KIND}) == 0


def test_the_same_proposal_twice_is_one(db: Database, office: model.Office) -> None:
    key = a_key()
    first, again = (mass.propose(db, "guatemala", cancelling.a_proposal(note="Inundación"), key, LEAD) for _ in "12")
    assert (first[0].id, again) == (again[0].id, (first[0], True))
    assert "Inundación" not in repr(list(db.mass_cancellations.find()))
    assert mass.see(db, "guatemala", first[0].id, SECOND)["note"] == "Inundación"


@pytest.mark.parametrize("hours", [(5, 3), (-9, -1), (0, 24 * 400)])
def test_a_range_must_be_to_come_and_no_longer_than_a_year(
    db: Database, office: model.Office, hours: tuple[int, int]
) -> None:
    first, last = (clock.now() + timedelta(hours=one) for one in hours)
    with pytest.raises(refusals.UnfitRange):
        mass.propose(db, "guatemala", cancelling.a_proposal(first=first, last=last), a_key(), LEAD)


def test_who_is_there_already_and_what_has_begun_is_let_be(db: Database, office: model.Office) -> None:
    begun = book(db, slot := add_slot(db, hours=1))
    there = book(db, add_slot(db, hours=0.5))
    actions.arrive(db, there.reference, CLERK)
    db.appointments.update_one({"_id": begun.id}, {"$set": {"starts_at": clock.now() - timedelta(minutes=5)}})
    db.slots.update_one({"_id": slot}, {"$set": {"starts_at": clock.now() - timedelta(minutes=5)}})
    approved(db, first=clock.now() - timedelta(hours=1))
    work(db)
    assert (status(db, begun), status(db, there)) == ("booked", "arrived")
    assert cancelled(db) == []


def test_a_renewal_makes_no_slot_anew_and_the_office_says_why(db: Database, office: model.Office) -> None:
    bring(db)
    tomorrow = office.today(clock.now()) + timedelta(days=1)
    mine = book(db, slots_on(db, tomorrow)[0])
    approved(db, first=tomorrow, last=tomorrow)
    work(db)
    assert status(db, mine) == "cancelled"
    assert slots_on(db, tomorrow) == []
    assert upkeep.renew_slots(db) == renewal.Renewal()
    (closed,) = store.office(db, "guatemala").calendar.closed_days(tomorrow, 1)
    assert closed.reason["en"] == "The office is closed"


def test_an_extra_day_of_the_range_goes(db: Database, office: model.Office) -> None:
    tomorrow = office.today(clock.now()) + timedelta(days=1)
    extra = {name: value for name, value in a_rule().items() if name != "days"} | {"date": tomorrow.isoformat()}
    never = a_rule(valid_until="2020-01-01")
    bring(db, never, exceptions={"extra_days": [extra]})
    assert slots_on(db, tomorrow)
    approved(db, first=tomorrow, last=tomorrow)
    work(db)
    assert slots_on(db, tomorrow) == []
    assert upkeep.renew_slots(db).new == 0


def test_part_of_a_day_closes_those_hours_only(db: Database, office: model.Office) -> None:
    bring(db)
    tomorrow = office.today(clock.now()) + timedelta(days=1)
    slots = slots_on(db, tomorrow)
    rows = {row["_id"]: row["starts_at"] for row in db.slots.find()}
    approved(db, first=rows[slots[2]], last=rows[slots[4]], reason="staff_absent")
    work(db)
    assert slots_on(db, tomorrow) == [*slots[:2], *slots[4:]]
    assert upkeep.renew_slots(db).new == 0


def test_a_stopped_one_cancels_nobody_more(db: Database, office: model.Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "AT_ONCE", 1)
    mine = [book(db, add_slot(db, hours=2 + number)) for number in range(3)]
    one = approved(db)
    assert mass.go_on(db, one.id) is not None
    stopped = mass.stop(db, "guatemala", one.id, LEAD)
    assert mass.go_on(db, one.id) is None
    work(db)
    assert [status(db, each) for each in mine] == ["cancelled", "booked", "booked"]
    assert (stopped.state, how(db, one).left) == ("stopped", 2)
    with pytest.raises(refusals.NotRunning):
        mass.stop(db, "guatemala", one.id, LEAD)


def test_one_whose_place_is_not_theirs_is_left_to_a_person_and_holds_up_nobody(
    db: Database, office: model.Office
) -> None:
    slot = add_slot(db)
    broken, mine = book(db, slot), book(db, slot)
    db.places.update_one({"_id": broken.place_id}, {"$set": {"appointment_id": "nobody"}})
    one = approved(db)
    work(db)
    assert (status(db, broken), status(db, mine)) == ("booked", "cancelled")
    assert (how(db, one).state, how(db, one).failed) == ("finished", (broken.reference,))


def test_where_a_slot_has_been_raised_again_its_places_are_free_again(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=3)
    mine = [book(db, slot) for _ in range(3)]
    taken = places.taken_by(db, {each.place_id: each.id for each in mine[:2]})
    assert places.release_all(db, taken) == [slot, slot]
    assert states(db, slot) == ["free", "free", "taken"]


def test_a_booking_into_a_slot_that_a_late_renewal_made_is_found_by_the_last_look(
    db: Database, office: model.Office
) -> None:
    one = approved(db)
    work(db)
    mine = book(db, slot := add_slot(db))
    assert how(db, one).state == rules.FINISHED
    cancelling.last_look(db)
    assert (status(db, mine), states(db, slot)) == ("cancelled", [])
    assert (how(db, one).state, how(db, one).done) == ("finished", 1)


def test_the_last_look_lets_an_office_be_that_was_opened_again(db: Database, office: model.Office) -> None:
    approved(db)
    work(db)
    bring(db)
    mine = book(db, add_slot(db, hours=3.3))
    cancelling.last_look(db)
    assert status(db, mine) == "booked"
    assert db.due.count_documents({"lane": mass.LANE, "state": {"$ne": "done"}}) == 0


def test_it_goes_at_a_pace(db: Database, office: model.Office) -> None:
    one = approved(db)
    book(db, add_slot(db))
    wait = mass.go_on(db, one.id)
    assert wait is not None
    assert wait <= 1 / 150
    work(db)
    ended = due.failed(db)[0]
    assert ended == []
