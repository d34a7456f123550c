"""Many appointments cancelled at once where places are drawn: what was only offered there is taken back, each once."""

import functools
import itertools
import json
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database

from services.booking import actions, model, refusals, store, waiting
from services.booking.actions import mass_cancellation as mass
from services.booking.actions.mass_cancellation import slices, withdrawing
from services.booking.model import draw
from shared import clock
from tests.integration.booking import between, cancelling, windows
from tests.integration.booking.anew import Anew
from tests.integration.booking.cancelling import SECOND, approved, work
from tests.integration.booking.conftest import announced

TAKEN_BACK = "request.offer_withdrawn.v1"


def offered(db: Database, capacity: tuple[int, ...] = (2,), people: int = 2) -> list[model.Request]:
    """Requests that were offered one of these places, each an hour later than the one before."""
    windows.an_open_one(db, capacity)
    windows.ask_many(db, people)
    windows.drawn(db)
    return windows.with_status(db, "allocated")


def of_slot(found: list[model.Request], first: bool) -> list[model.Request]:
    soonest = min(one.starts_at for one in found if one.starts_at)
    return [one for one in found if (one.starts_at == soonest) == first]


def range_of(found: list[model.Request]) -> dict[str, Any]:
    """Of the first of the slots, and of no other."""
    soonest = min(one.starts_at for one in found if one.starts_at)
    return {"first": soonest - timedelta(minutes=1), "days": 1 / 24}


def told(db: Database) -> list[dict[str, Any]]:
    return [json.loads(row["value"]) for row in announced(db, TAKEN_BACK)]


def how(db: Database, one: model.MassCancellation) -> model.MassCancellation:
    return store.mass_cancellations.get(db, "guatemala", one.id)


def to_the_end(db: Database, id: str) -> None:
    while mass.go_on(db, id) is not None:
        continue


def test_an_offer_there_is_taken_back_told_once_and_its_person_is_the_first_on_the_waitlist(
    db: Database, office: model.Office
) -> None:
    found = offered(db, (2, 2), 4)
    gone, stay = of_slot(found, first=True), of_slot(found, first=False)
    actions.confirm_request(db, gone[0].reference)
    one = approved(db, **range_of(found))
    assert how(db, one).total == 2
    work(db)
    cancelling.last_look(db)
    back = windows.again(db, gone[1])
    assert (back.status, back.waitlist, back.place_ids, back.starts_at) == ("waitlisted", 0, (), None)
    assert store.appointment(db, gone[0].reference).status == "cancelled"
    assert {windows.again(db, each).status for each in stay} == {"allocated"}
    (event,) = told(db)
    assert (event["reference"], event["status"], event["reason_code"]) == (
        back.reference,
        "waitlisted",
        "office_closed",
    )
    ended = how(db, one)
    assert (ended.state, ended.done, ended.taken_back, ended.left) == ("finished", 1, 1, 0)
    with pytest.raises(refusals.NotOffered):
        actions.confirm_request(db, back.reference)
    windows.must_agree(db)
    assert db.places.count_documents({}) == 2


def test_the_next_place_that_comes_free_is_theirs_before_anybody_who_waits(db: Database, office: model.Office) -> None:
    found = offered(db, (1, 1), 5)
    (mine,), (other,) = of_slot(found, first=True), of_slot(found, first=False)
    approved(db, **range_of(found))
    work(db)
    actions.withdraw_request(db, other.reference, "person")
    windows.run_due(db, "offer_places")
    again = windows.again(db, mine)
    assert (again.status, again.slot_id, again.offers) == ("allocated", other.slot_id, 2)
    actions.expire(db, mine.id, 1)
    assert windows.again(db, mine).status == "allocated", "the time of the offer that was taken back does not count"


def test_several_who_are_first_are_so_by_their_tickets_in_the_draw_whoever_asked_first(
    db: Database, office: model.Office
) -> None:
    found = offered(db, (4, 4), 8)
    gone, stay = of_slot(found, first=True), of_slot(found, first=False)
    approved(db, **range_of(found))
    work(db)
    assert [windows.again(db, one).waitlist for one in gone] == [0] * 4
    held = store.draws.get(db, "w-1")
    key = draw.published.digest(held["hash"], json.loads(held["seed"])["value"])
    lowest_first = sorted(gone, key=lambda one: draw.published.digest(key, "chance", one.entry_id))
    for next_one, other in zip(lowest_first, stay, strict=True):
        actions.withdraw_request(db, other.reference, "person")
        windows.run_due(db, "offer_places")
        assert windows.again(db, next_one).status == "allocated"
    windows.must_agree(db)


def test_after_the_end_of_the_waitlist_they_have_got_no_place_and_their_waiting_counts(
    db: Database, office: model.Office
) -> None:
    (mine,) = offered(db, (1,), 1)
    actions.end_waitlist(db, "w-1")
    approved(db, **range_of([mine]))
    work(db)
    assert windows.again(db, mine).status == "not_allocated"
    assert [event["status"] for event in told(db)] == ["not_allocated"]
    assert waiting.of(db, mine.pathway_id, [mine.adults]) == [(1,)]
    assert db.live_fingerprints.count_documents({}) == 0


def test_where_it_is_stopped_an_offer_stays_good(db: Database, office: model.Office) -> None:
    (mine,) = offered(db, (1,), 1)
    one = approved(db, **range_of([mine]))
    assert withdrawing.withdraw(db, how(db, one))
    actions.mass_cancellation.stop(db, "guatemala", one.id, SECOND)
    work(db)
    actions.confirm_request(db, mine.reference)
    assert store.appointment(db, mine.reference).status == "booked"
    windows.must_agree(db)


def test_who_proposes_sees_how_many_offers_it_concerns(db: Database, office: model.Office) -> None:
    found = offered(db, (3,), 3)
    actions.confirm_request(db, found[0].reference)
    (row,) = actions.mass_cancellation.preview(
        db, "guatemala", cancelling.a_proposal(**range_of(found)), cancelling.LEAD
    )
    assert (row["count"], row["soon"], row["offered"]) == (1, 0, 2)


def test_who_was_drawn_for_a_time_that_is_gone_by_now_is_the_first_on_the_waitlist(
    db: Database, office: model.Office
) -> None:
    windows.an_open_one(db, (2,))
    windows.ask_many(db, 2)
    windows.close(db)
    actions.hold_draw(db, "w-1", windows.seed(db))
    approved(db, days=5)
    work(db)
    actions.apply(db, "w-1")
    assert store.windows.get(db, "w-1").state == "applied"
    assert [one.waitlist for one in windows.with_status(db, "waitlisted")] == [0, 0]
    actions.offer_places(db, "w-1")
    windows.must_agree(db)


def test_killed_before_any_of_its_steps_and_run_again_nobody_is_told_twice_and_nobody_left_out(
    db: Database, office: model.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "AT_ONCE", 2)
    found = offered(db, (4,), 4)
    actions.confirm_request(db, found[0].reference)
    one = approved(db, **range_of(found))
    anew = Anew(db)
    for number in itertools.count(1):
        anew.begin()
        if not between.die(db, lambda own: to_the_end(own, one.id), number):
            break
        work(db)
        assert windows.statuses(db) == {"confirmed": 1, "waitlisted": 3}, f"before the command number {number}"
        assert len({event["reference"] for event in told(db)}) == len(told(db)) == 3
        assert [row["status"] for row in db.appointments.find()] == ["cancelled"]
        assert (how(db, one).done, how(db, one).taken_back) == (1, 3)
        assert not db.places.count_documents({})
        assert not db.slots.count_documents({})
    assert number > 30


def test_a_confirmation_at_any_moment_gives_a_cancelled_appointment_or_an_offer_taken_back_never_both(
    db: Database, office: model.Office
) -> None:
    (mine,) = offered(db, (1,), 1)
    one = approved(db, **range_of([mine]))
    anew, became = Anew(db), set()

    def confirm() -> None:
        try:
            actions.confirm_request(db, mine.reference)
        except (refusals.NotOffered, refusals.Changed):
            return

    for number in itertools.count(1):
        anew.begin()
        if not between.run(db, lambda own: to_the_end(own, one.id), number, confirm):
            break
        work(db)
        cancelling.last_look(db)
        now = windows.again(db, mine).status
        booked = [row["status"] for row in db.appointments.find()]
        assert (now, booked, len(told(db))) in (("confirmed", ["cancelled"], 0), ("waitlisted", [], 1)), number
        assert not db.places.count_documents({})
        became.add(now)
    assert became == {"confirmed", "waitlisted"}


def test_a_waitlist_that_ends_at_any_moment_leaves_nobody_on_it(db: Database, office: model.Office) -> None:
    (mine,) = offered(db, (1,), 1)
    one = approved(db, **range_of([mine]))
    anew = Anew(db)
    for number in itertools.count(1):
        anew.begin()
        end = functools.partial(actions.end_waitlist, db, "w-1")
        if not between.run(db, lambda own: to_the_end(own, one.id), number, end):
            break
        work(db)
        assert windows.again(db, mine).status == "not_allocated", f"before the command number {number}"
        assert store.windows.get(db, "w-1").state == "ended"


def test_a_time_that_is_over_is_not_taken_back(db: Database, office: model.Office) -> None:
    (mine,) = offered(db, (1,), 1)
    begun = {"starts_at": clock.now() - timedelta(minutes=1)}
    db.requests.update_one({"_id": mine.id}, {"$set": begun})
    one = approved(db, days=5)
    work(db)
    assert (windows.again(db, mine).status, how(db, one).taken_back) == ("allocated", 0)
