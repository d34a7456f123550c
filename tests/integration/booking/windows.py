"""A request window of a service whose places are drawn, and people who ask in it."""

import secrets
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from services.booking import actions, model, places, store, timers, upkeep
from services.booking.model import draw
from shared import auth, clock, due, recent
from tests import builders
from tests.integration.booking.conftest import a_key, announced

PATHWAY = "orientation"
OFFICE = "guatemala"
FIRST, SECOND = "a" * 64, "b" * 64  # what the officers keep
OFFICERS = draw.Officers((draw.published.sha256(FIRST), draw.published.sha256(SECOND)))


def be_drawn(db: Database, verified: bool = False) -> None:
    """Heard of at once by who asks this database. `verified`: whoever asks shows that their contact is theirs."""
    upkeep.set_mode(db, PATHWAY, model.REQUEST_WINDOW)
    db.pathways.update_one({"_id": PATHWAY}, {"$set": {"verify_contact": verified}})
    recent.forget(db)


def plan(db: Database, capacity: tuple[int, ...] = (2,), id: str = "w-1", **changes: Any) -> model.Window:
    return actions.plan(db, *planned(db, capacity, id, **changes))


def planned(
    db: Database, capacity: tuple[int, ...] = (2,), id: str = "w-1", **changes: Any
) -> tuple[model.Window, datetime, datetime]:
    """Over new slots of so many places, three days ahead and later: the window, and from when until when they begin."""
    now = clock.now().replace(microsecond=0)
    begin = now + timedelta(days=3)
    for number, size in enumerate(capacity):
        start = begin + timedelta(hours=number)
        slot = {
            "_id": f"{OFFICE}.{PATHWAY}.{start:%Y%m%dT%H%M%SZ}",
            "office_id": OFFICE,
            "pathway_id": PATHWAY,
            "starts_at": start,
            "ends_at": start + timedelta(minutes=30),
            "timezone": builders.GUATEMALA,
            "capacity": size,
        }
        places.add(db, [slot])
    fields: dict[str, Any] = {
        "id": id,
        "pathway_id": PATHWAY,
        "offices": (OFFICE,),
        "opens_at": now - timedelta(hours=1),
        "closes_at": now + timedelta(minutes=1),
        "waitlist_until": begin + timedelta(hours=len(capacity)),
        "rule": draw.Rule(),
        "source": OFFICERS,
    }
    return model.Window(**{**fields, **changes}), begin, begin + timedelta(hours=len(capacity))


def an_open_one(db: Database, capacity: tuple[int, ...] = (2,), verified: bool = False, **changes: Any) -> model.Window:
    be_drawn(db, verified)
    window = plan(db, capacity, **changes)
    actions.open_window(db, window.id)
    return store.windows.get(db, window.id)


def asked(**changes: Any) -> model.Asked:
    wished = {"offices": (OFFICE,)} | {name: changes.pop(name) for name in WISH if name in changes}
    person = builders.a_person(name=f"Ana {secrets.token_hex(6)}")
    fields = {
        "pathway_id": PATHWAY,
        "wish": model.Wish(**wished),
        "language": "es",
        "channels": ("sms",),
        "person": person,
    }
    return model.Asked(**(fields | changes))


WISH = ("offices", "availability", "needs", "companions")


def ask(db: Database, **changes: Any) -> model.Request:
    return actions.ask(db, asked(**changes), a_key())[0]


def ask_many(db: Database, number: int) -> list[model.Request]:
    return [ask(db) for _ in range(number)]


def close(db: Database, id: str = "w-1") -> None:
    """As when nobody is alone in their class, or an officer of privacy has looked."""
    actions.close_window(db, id)
    if store.windows.get(db, id).state == "review":
        actions.release(db, id, PRIVACY)


PRIVACY = auth.Actor("privacy-1", roles=("privacy_officer",))


def seed(db: Database, id: str = "w-1") -> draw.Seed:
    return OFFICERS.revealed(FIRST, SECOND)


def drawn(db: Database, id: str = "w-1") -> None:
    close(db, id)
    actions.hold_draw(db, id, seed(db, id))
    actions.apply(db, id)


def again(db: Database, request: model.Request) -> model.Request:
    return store.requests.get(db, request.id)


def with_status(db: Database, status: str, window: str = "w-1") -> list[model.Request]:
    found = db.requests.find({"status": status, "window_id": window}).sort("waitlist", 1)
    return [store.requests.get(db, row["_id"]) for row in found]


def let_run_out(db: Database, request: model.Request) -> None:
    """Its time to confirm is over."""
    db.requests.update_one({"_id": request.id}, {"$set": {"confirm_by": clock.now() - timedelta(seconds=1)}})


def run_due(db: Database, *kinds: str) -> int:
    """Everything of these kinds that is due now, and what becomes due by it. How many."""
    done, lanes = 0, ("windows", "requests")
    while work := next((one for lane in lanes if (one := due.claim(db, lane, list(kinds or timers.TIMERS)))), None):
        due.run(db, work, timers.TIMERS[work.kind])
        done += 1
    return done


def told(db: Database) -> Counter[str]:
    """How often each kind of news was told, and that nobody was told the same twice."""
    found = [(row["key"], row["type"]) for row in announced(db) if row["topic"] == "booking"]
    assert len(set(found)) == len(found)
    return Counter(type for _, type in found)


def statuses(db: Database) -> Counter[str]:
    return Counter(row["status"] for row in db.requests.find({}, {"status": 1}))


def must_agree(db: Database) -> None:
    """Each place is with one at most, and each who has one has that place."""
    with_request = {row["_id"]: row["request_id"] for row in db.places.find({"request_id": {"$exists": True}})}
    offered = {place: row["_id"] for row in db.requests.find({"status": "allocated"}) for place in row["place_ids"]}
    assert with_request == offered
    taken = {row["_id"]: row["appointment_id"] for row in db.places.find({"state": "taken"})}
    booked = {place: row["_id"] for row in db.appointments.find({"live": True}) for place in row["place_ids"]}
    assert taken == booked
