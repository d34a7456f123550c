"""What a draw needs of people: a look at rows that are alone, the seed; and plans that are refused."""

from datetime import timedelta

import pytest
from pymongo.database import Database

from services.booking import actions, model, refusals, store
from services.booking.model import draw
from shared import auth, clock, codes
from tests.integration.booking import dying, windows

OTHER = auth.Actor("officer-2", roles=("privacy_officer",))


@pytest.fixture
def window(db: Database, office: model.Office) -> model.Window:
    return windows.an_open_one(db, (2, 1))


def test_rows_alone_in_their_class_are_looked_at_before_anything_is_published(
    db: Database, window: model.Window
) -> None:
    windows.ask_many(db, 3)
    odd = windows.ask(db, availability=("evening",))
    actions.close_window(db, "w-1")
    assert store.windows.get(db, "w-1").state == "review"
    assert store.draws.find(db, "w-1") is None
    assert [one.id for one in actions.look_at_alone(db, "w-1", windows.PRIVACY)] == [odd.entry_id]
    released = actions.release(db, "w-1", windows.PRIVACY)
    assert (released.state, released.released_by) == ("committed", windows.PRIVACY.id)
    assert actions.release(db, "w-1", windows.PRIVACY).state == "committed"
    assert db.audit.count_documents({"action": {"$in": ["draw.alone", "draw.release"]}}) == 2


def test_a_release_that_was_killed_is_done_when_it_falls_due(db: Database, window: model.Window) -> None:
    windows.ask(db)
    actions.close_window(db, "w-1")
    number = 1
    while store.windows.get(db, "w-1").released_by is None:
        dying.run(db, lambda db: actions.release(db, "w-1", windows.PRIVACY), number)
        number += 1
    assert store.windows.get(db, "w-1").state == "review"
    windows.run_due(db, "close_window")
    assert store.windows.get(db, "w-1").state == "committed"


def test_the_seed_is_told_by_two_people_and_not_before_the_pause_is_over(db: Database, window: model.Window) -> None:
    windows.ask_many(db, 2)
    windows.close(db)
    with pytest.raises(refusals.NotYet):
        actions.tell_seed(db, "w-1", windows.FIRST, windows.PRIVACY)
    db.windows.update_one({}, {"$set": {"committed_at": clock.now() - draw.PAUSE}})
    with pytest.raises(refusals.UnfitSeed):
        actions.tell_seed(db, "w-1", "c" * 64, windows.PRIVACY)
    actions.tell_seed(db, "w-1", windows.SECOND, windows.PRIVACY)
    for value in (windows.FIRST, windows.SECOND):
        with pytest.raises(refusals.UnfitSeed):
            actions.tell_seed(db, "w-1", value, windows.PRIVACY)
    with pytest.raises(refusals.UnfitSeed):
        actions.tell_seed(db, "w-1", windows.SECOND, OTHER)
    actions.tell_seed(db, "w-1", windows.FIRST, OTHER)
    windows.run_due(db, "draw_window")
    assert store.windows.get(db, "w-1").state == "drawn"


def test_a_round_of_drand_is_entered_by_two_who_read_the_same(db: Database, office: model.Office) -> None:
    windows.an_open_one(db, source=draw.Drand.not_before(clock.now() + draw.PAUSE))
    windows.ask_many(db, 2)
    windows.close(db)
    late = clock.now() - timedelta(hours=2)
    db.windows.update_one({}, {"$set": {"source": draw.Drand.not_before(late).row()}})
    db.draws.update_one({}, {"$set": {"source": draw.Drand.not_before(late).row()}})
    actions.tell_seed(db, "w-1", "d" * 64, windows.PRIVACY)
    with pytest.raises(refusals.UnfitSeed):
        actions.tell_seed(db, "w-1", "e" * 64, OTHER)
    actions.tell_seed(db, "w-1", "d" * 64, OTHER)
    windows.run_due(db, "draw_window")
    assert store.windows.get(db, "w-1").state == "drawn"


def test_a_list_that_is_out_late_gets_a_round_that_nobody_knows_yet(db: Database, office: model.Office) -> None:
    windows.an_open_one(db, source=draw.Drand.not_before(clock.now() - timedelta(hours=1)))
    windows.ask_many(db, 2)
    windows.close(db)
    source = store.windows.get(db, "w-1").source
    assert isinstance(source, draw.Drand)
    assert source.comes_at >= clock.now() + draw.PAUSE - timedelta(seconds=30)
    assert store.draws.get(db, "w-1")["source"] == source.row()


def test_a_window_that_could_not_be_held_is_refused(db: Database, office: model.Office) -> None:
    with pytest.raises(refusals.UnfitWindow):
        windows.plan(db)
    windows.be_drawn(db)
    with pytest.raises(refusals.UnfitWindow):
        windows.plan(db, closes_at=clock.now() + timedelta(days=2))
    with pytest.raises(refusals.UnfitRule):
        windows.plan(db, rule=draw.Rule(minimums={"medical": 9}))
    assert db.places.count_documents({"state": "reserved"}) == 0
    windows.plan(db)
    with pytest.raises(refusals.UnfitWindow):
        windows.plan(db, id="w-2")


def test_a_plan_killed_anywhere_and_made_again_is_the_same(db: Database, office: model.Office) -> None:
    windows.be_drawn(db)
    window, begin, end = windows.planned(db, (2, 1))
    number = 1
    while dying.run(db, lambda db: actions.plan(db, window, begin, end), number):
        number += 1
    actions.plan(db, window, begin, end)
    assert [one.places for one in store.draws.capacity(db, "w-1")] == [2, 1]
    assert db.window_gates.count_documents({}) == store.windows.GATES
    assert db.due.count_documents({"kind": "open_window"}) == 1


def test_codes_are_those_of_the_request(db: Database, window: model.Window) -> None:
    mine = windows.ask(db)
    code = actions.request_code(db, mine)
    assert actions.identify_request(db, mine.reference.lower(), code, "net") == mine
    with pytest.raises(auth.WrongCode):
        actions.identify_request(db, mine.reference, "00000000", "net")
    with pytest.raises(auth.WrongCode):
        actions.identify_request(db, codes.new_reference(), code, "net")
