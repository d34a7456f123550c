"""The office of a proof: what it gives beside the sample data, who leads it, and what nobody can do over HTTP: plan a
request window, and let time pass that a run has not got."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pymongo.database import Database
from pymongo.errors import PyMongoError

from services.booking import actions, model, places
from services.booking.model import draw
from shared import auth, clock, mongo
from tests import builders
from tests.wait import wait_until

OFFICE, ZONE = "guatemala", "America/Guatemala"
ORIENTATION, FAMILIES, FLOODED = "orientation", "families", "flooded"
WINDOWS = "drawn_"
HOLD_MINUTES = 0.25  # so that some holds run out while somebody still wants to book with them
ACCOUNTS = Path(__file__).with_name("accounts.json")
NEED, LEAST = "medical", 2  # so many places of a window are kept for who states it
A_LITTLE_MORE = timedelta(seconds=1)
DATABASE_AWAY = 120.0  # seconds for which what is done here is tried again


@dataclass(frozen=True)
class Wanted:
    """Slots of one kind: each begins so long after now, and has so many places."""

    pathway: str
    after: Sequence[timedelta]
    capacity: int


def drawn(number: int) -> str:
    """The pathway of a window: each has its own, since a waitlist lasts beyond the run."""
    return f"{WINDOWS}{number}"


class Office:
    """`slots`: by kind, in their order. `window_seconds`: from the opening of a window to its close.

    `closes_early`: a window is closed as soon as as many have asked as are to. `skips`: the ten minutes between list
    and seed are passed over in the datastore; a run that is long enough waits for them. The hour or more that somebody
    has to answer is passed over in any run, for those who let it lapse.
    """

    def __init__(
        self, database: Callable[[], Database], window_seconds: float, skips: bool, closes_early: bool = False
    ) -> None:
        self._opened = database
        self.window_seconds, self.skips, self.closes_early = window_seconds, skips, closes_early
        self.look_again = 2.0 if skips else 8.0  # seconds after which somebody looks again at how a request stands
        self.slots: dict[str, list[str]] = {}

    def open(self, wanted: Mapping[str, Wanted], path: Path) -> None:
        """Before anybody comes. `path`: what there was to be given, for the checker."""
        db = self._database()
        auth.load_file(db, ACCOUNTS)
        own = sorted({one.pathway for one in wanted.values()} - {ORIENTATION})
        for name in own:
            db.pathways.insert_one({"_id": name, "order": 50, **_rules(name)})
        db.pathways.update_one({"_id": ORIENTATION}, {"$set": {"hold_minutes": HOLD_MINUTES}})
        db.offices.update_one({"_id": OFFICE}, {"$addToSet": {"pathways": {"$each": own}}})
        now, capacity = clock.now().replace(second=7, microsecond=0), {}
        for name, kind in wanted.items():
            rows = [_slot(kind, now + after) for after in kind.after]
            places.add(db, rows)
            self.slots[name] = [row["_id"] for row in rows]
            capacity |= {row["_id"]: row["capacity"] for row in rows}
        path.parent.mkdir(parents=True, exist_ok=True)
        per_person, windows = [one for one in own if one != FLOODED], [one for one in own if one.startswith(WINDOWS)]
        path.write_text(json.dumps({"capacity": capacity, "place_per_person": per_person, "windows": windows}))

    def remarks(self) -> list[str]:
        """What is to be known of a run that used it."""
        lapsing = "Whoever let an offer of a place lapse had no time to answer it: its end was brought forward."
        skipped = "The ten minutes between the list of a draw and its seed were passed over: the run is shorter."
        return [lapsing, *([skipped] if self.skips else [])]

    def plan_window(self, number: int) -> None:
        """It opens at once. Done again after a failure it is the same window."""
        now = clock.now().replace(microsecond=0)
        starts = [_begin(one) for one in self.slots[drawn(number)]]
        window = model.Window(
            id=drawn(number),
            pathway_id=drawn(number),
            offices=(OFFICE,),
            opens_at=now,
            closes_at=now + timedelta(seconds=self.window_seconds),
            waitlist_until=min(starts),
            rule=draw.Rule(50, 50, {NEED: LEAST}),
            source=draw.Officers((_sha256(self.secret(number, 0)), _sha256(self.secret(number, 1)))),
        )
        last = max(starts) + A_LITTLE_MORE
        self._insist(f"{drawn(number)} is planned", lambda db: actions.plan(db, window, min(starts), last))

    def close_early(self, number: int, askers: int) -> None:
        """When as many have asked, its close falls due."""

        def close(db: Database) -> None:
            if db.requests.count_documents({"window_id": drawn(number)}) >= askers:
                end = {"_id": f"close_window.{drawn(number)}", "state": "waiting"}
                db.due.update_one(end, {"$set": {"due_at": clock.now()}})

        self._insist("the window closes", close)

    def secret(self, number: int, officer: int) -> str:
        """What an officer keeps until the seed is to be told."""
        return _sha256(f"officer {officer} of window {number}")

    def let_pause_pass(self, number: int) -> None:
        """As if list and hash had been published ten minutes ago. The product still refuses a seed before that."""
        before = clock.now() - draw.PAUSE - A_LITTLE_MORE
        window = {"_id": drawn(number), "state": "committed", "committed_at": {"$gt": before}}
        self._insist("the pause is over", lambda db: db.windows.update_one(window, {"$set": {"committed_at": before}}))

    def let_lapse(self, reference: str) -> None:
        """As if the time to confirm an offer were over: its end falls due."""
        self._insist(f"{reference} lapses", lambda db: self._lapse(db, reference))

    def _lapse(self, db: Database, reference: str) -> None:
        now = clock.now()
        offered = {"reference": reference, "status": "allocated"}
        row = db.requests.find_one_and_update(offered, {"$set": {"confirm_by": now - A_LITTLE_MORE}})
        if row:
            end = {"_id": f"expire_request.{row['_id']}.{row['offers']}", "state": "waiting"}
            db.due.update_one(end, {"$set": {"due_at": now}})

    def _database(self) -> Database:
        """With settings, as an action wants it; nothing that is done here seals anything, so no key must be the
        product's."""
        opened = self._opened()
        return mongo.ServiceDatabase(opened.client, opened.name, builders.some_booking_settings(""))

    def _insist(self, what: str, write: Callable[[Database], Any]) -> None:
        """However long the database is away."""

        def done() -> bool:
            try:
                write(self._database())
            except PyMongoError:
                return False
            return True

        wait_until(done, DATABASE_AWAY, what, every=0.5)


def _rules(pathway: str) -> dict[str, Any]:
    """Who comes in a family has a place each; a place given back where people are cancelled is free at once."""
    text = dict.fromkeys(("es", "en"), pathway)
    rules: dict[str, Any] = {"name": text, "description": text, "bring": text, "mode": "first_come"}
    if pathway == FLOODED:
        return rules | {"rest_minutes_least": 0, "rest_minutes_most": 0}
    if pathway == FAMILIES:
        return rules | {"place_per": "person"}
    return rules | {"place_per": "person", "mode": "request_window", "verify_contact": False}


def _slot(kind: Wanted, begin: datetime) -> dict[str, Any]:
    return {
        "_id": f"{OFFICE}.{kind.pathway}.{begin:%Y%m%dT%H%M%SZ}",
        "office_id": OFFICE,
        "pathway_id": kind.pathway,
        "starts_at": begin,
        "ends_at": begin + timedelta(minutes=30),
        "timezone": ZONE,
        "capacity": kind.capacity,
    }


def _begin(slot: str) -> datetime:
    return datetime.strptime(f"{slot.rpartition('.')[2]}+0000", "%Y%m%dT%H%M%SZ%z")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()
