"""The sample data has a request window that a new user can ask in."""

from datetime import timedelta

from pymongo.database import Database

from services.booking import commands, model, sample_window, store
from services.booking.model import window as states
from shared import clock
from tests.integration.booking import windows


def test_whoever_loads_the_sample_can_ask_for_a_place_at_once(db: Database) -> None:
    commands.load_sample(db)
    windows.run_due(db, "open_window")
    (window,) = store.windows.newest(db)
    assert (window.pathway_id, window.state) == (sample_window.PATHWAY, states.OPEN)
    offices = {"pathway_id": sample_window.PATHWAY, "wish": model.Wish(offices=window.offices, needs=("medical",))}
    assert windows.ask(db, **offices).status == "received"
    assert sum(slot.places for slot in store.draws.capacity(db, window.id)) > 100


def test_loaded_again_it_makes_no_second_one_and_the_next_when_the_first_is_through(db: Database) -> None:
    commands.load_sample(db)
    commands.load_sample(db)
    (first,) = store.windows.newest(db)
    closed = clock.now().replace(microsecond=0) - timedelta(hours=1)
    ends = closed + timedelta(days=2)
    times = {"opens_at": closed - timedelta(days=5), "closes_at": closed, "waitlist_until": ends}
    db.windows.update_one({"_id": first.id}, {"$set": times | {"state": "applied"}})
    db.places.update_many({"window_id": first.id}, {"$set": {"state": "free"}, "$unset": {"window_id": ""}})
    commands.load_sample(db)
    commands.load_sample(db)
    after = [one for one in store.windows.newest(db) if one.id != first.id]
    assert [one.opens_at for one in after] == [ends]
