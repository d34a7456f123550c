"""A window from its plan to the end of its waitlist: each step once, whatever befalls it."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from services.booking import actions, app, model, places, refusals, store
from services.booking.model import draw
from shared import auth, clock, mongo
from tests.integration.booking import between, dying, windows

VERIFY = Path(__file__).parents[3] / "deploy" / "examples" / "verify_draw.py"
FILES = ("rule.json", "capacity.jsonl", "entries.jsonl", "commitment.json", "seed.json", "result.jsonl")
OTHER = auth.Actor("officer-2", roles=("privacy_officer",))


@pytest.fixture
def window(db: Database, office: model.Office) -> model.Window:
    return windows.an_open_one(db, (2, 1))


def test_a_window_is_held_by_itself_from_opening_to_the_last_offer(db: Database, office: model.Office) -> None:
    windows.be_drawn(db)
    windows.plan(db, (2, 1))
    windows.run_due(db, "open_window")
    windows.ask_many(db, 5)
    db.due.update_many({"kind": "close_window"}, {"$set": {"due_at": clock.now()}})
    windows.run_due(db)
    assert store.windows.get(db, "w-1").state == "committed"
    db.windows.update_one({}, {"$set": {"committed_at": clock.now() - draw.PAUSE}})
    actions.tell_seed(db, "w-1", windows.FIRST, windows.PRIVACY)
    actions.tell_seed(db, "w-1", windows.SECOND, OTHER)
    windows.run_due(db)
    assert store.windows.get(db, "w-1").state == "applied"
    assert windows.statuses(db) == {"allocated": 3, "waitlisted": 2}
    assert windows.told(db) == {"request.received.v1": 5, "request.allocated.v1": 3, "request.waitlisted.v1": 2}
    windows.must_agree(db)


def test_what_is_published_lets_a_stranger_hold_the_draw_again(
    db: Database, window: model.Window, tmp_path: Path
) -> None:
    mine = windows.ask_many(db, 8)
    windows.drawn(db)
    client = app.create_app(mongo.settings(db)).test_client()
    shown = client.get("/api/v1/draws/w-1").json
    for file in FILES:
        answer = client.get(f"/api/v1/draws/w-1/{file.partition('.')[0]}")
        assert (answer.status_code, file in answer.headers["Content-Disposition"]) == (200, True)
        (tmp_path / file).write_bytes(answer.data)
    ran = subprocess.run(
        [sys.executable, str(VERIFY), str(tmp_path), "--hash", shown["hash"]], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.endswith("RIGHT  the published result is what these entries, this rule and this seed give\n")
    published = "".join((tmp_path / file).read_text() for file in FILES)
    assert not any(one.reference in published or one.id in published for one in mine)
    result = {row["id"]: row for row in map(json.loads, (tmp_path / "result.jsonl").read_text().splitlines())}
    for one in mine:
        now, row = windows.again(db, one), result[one.entry_id]
        assert (now.slot_id, now.waitlist) == (row.get("slot"), row.get("waitlist"))


def test_nothing_is_published_before_its_time(db: Database, window: model.Window) -> None:
    windows.ask_many(db, 2)
    client = app.create_app(mongo.settings(db)).test_client()

    def there() -> list[str]:
        return [file for file in answers_of(client) if answers_of(client)[file] == 200]

    assert there() == client.get("/api/v1/draws/w-1").json["files"] == ["rule", "capacity"]
    assert client.get("/api/v1/draws").json["items"][0]["hash"] is None
    windows.close(db)
    assert there() == client.get("/api/v1/draws/w-1").json["files"] == ["rule", "capacity", "entries", "commitment"]
    actions.hold_draw(db, "w-1", windows.seed(db))
    assert there() == client.get("/api/v1/draws/w-1").json["files"] == [one.partition(".")[0] for one in FILES]
    assert client.get("/api/v1/draws/w-9").status_code == 404


def answers_of(client: Any) -> dict[str, int]:
    names = [file.partition(".")[0] for file in FILES]
    return {name: client.get(f"/api/v1/draws/w-1/{name}").status_code for name in names}


# --- every step killed, and two of them at once

STEPS: list[Callable[[Database], Any]] = [
    lambda db: actions.close_window(db, "w-1"),
    lambda db: actions.hold_draw(db, "w-1", windows.seed(db)),
    lambda db: actions.apply(db, "w-1"),
    lambda db: actions.offer_places(db, "w-1"),
]


def test_a_step_killed_anywhere_and_run_again_gives_the_same_and_tells_nobody_twice(
    db: Database, office: model.Office
) -> None:
    windows.an_open_one(db, (2, 1))
    windows.ask_many(db, 6)
    for step in STEPS:
        number = 1
        while dying.run(db, step, number):
            number += 1
        step(db)
    assert windows.statuses(db) == {"allocated": 3, "waitlisted": 3}
    assert windows.told(db) == {"request.received.v1": 6, "request.allocated.v1": 3, "request.waitlisted.v1": 3}
    windows.must_agree(db)
    assert db.due.count_documents({"kind": {"$in": ["expire_request", "remind_request"]}}) == 6


@pytest.mark.parametrize("number", [1, 2, 4, 6, 9, 13, 18, 25])
def test_a_step_that_runs_twice_at_once_is_done_once(db: Database, office: model.Office, number: int) -> None:
    windows.an_open_one(db, (2, 1))
    windows.ask_many(db, 6)
    for step in STEPS:
        between.run(db, quiet(step), number, lambda step=step: quiet(step)(db), longest=0.5)
        step(db)
    assert windows.statuses(db) == {"allocated": 3, "waitlisted": 3}
    assert windows.told(db) == {"request.received.v1": 6, "request.allocated.v1": 3, "request.waitlisted.v1": 3}
    windows.must_agree(db)


def quiet(step: Callable[[Database], Any]) -> Callable[[Database], None]:
    """A run that another was ahead of ends with Changed, and its row of work is tried again."""

    def run(db: Database) -> None:
        try:
            step(db)
        except refusals.Changed:
            return

    return run


def test_two_windows_close_at_once(db: Database, office: model.Office) -> None:
    db.offices.insert_one(db.offices.find_one({"_id": "guatemala"}) | {"_id": "xela"})
    windows.an_open_one(db, (1,))
    later = clock.now().replace(microsecond=0) + timedelta(days=4)
    slot = db.slots.find_one({})
    places.add(db, [{**slot, "_id": "xela.1", "office_id": "xela", "starts_at": later, "capacity": 2}])
    other = model.Window(
        "w-2",
        windows.PATHWAY,
        ("xela",),
        clock.now() - timedelta(hours=1),
        clock.now() + timedelta(minutes=1),
        later,
        draw.Rule(),
        windows.OFFICERS,
    )
    actions.plan(db, other, later, later + timedelta(hours=1))
    actions.open_window(db, "w-2")
    here, there = windows.ask_many(db, 3), [windows.ask(db, offices=("xela",)) for _ in range(3)]
    between.run(db, lambda db: windows.drawn(db, "w-1"), 7, lambda: windows.drawn(db, "w-2"), longest=5)
    assert {one.window_id for one in here} == {"w-1"}
    assert {one.window_id for one in there} == {"w-2"}
    assert Counter(windows.again(db, one).status for one in here) == {"allocated": 1, "waitlisted": 2}
    assert Counter(windows.again(db, one).status for one in there) == {"allocated": 2, "waitlisted": 1}
    windows.must_agree(db)


def test_who_withdraws_while_the_outcome_is_noted_has_no_place_and_the_next_has_it(
    db: Database, office: model.Office
) -> None:
    number = 0
    windows.be_drawn(db)
    while True:
        number += 1
        id = f"w-{number}"
        for name in ("requests", "windows", "window_gates", "slots", "places", "due", "live_fingerprints", "outbox"):
            db[name].delete_many({})
        windows.plan(db, (1,), id=id)
        actions.open_window(db, id)
        mine, other = windows.ask_many(db, 2)
        windows.close(db, id)
        actions.hold_draw(db, id, windows.seed(db, id))

        def withdraw(mine: model.Request = mine) -> None:
            actions.withdraw_request(db, mine.reference, "person")

        happened = between.run(db, lambda db, id=id: actions.apply(db, id), number, withdraw)
        if not happened:
            break
        actions.offer_places(db, id)
        assert windows.again(db, mine).status == "withdrawn"
        assert windows.again(db, other).status == "allocated"
        windows.must_agree(db)
    assert number > 5
