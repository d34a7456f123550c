"""A full request window closed, drawn, and its outcome noted for everybody, in this process as booking's worker does
it."""

import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from services.booking import actions, model, places, store, upkeep
from services.booking.model import draw
from shared import auth, clock, codes, mongo
from tests import builders
from tests.load import table
from tests.load.system import System

ASKED, PLACES = 100_000, 10_000
SHORT = 20  # times fewer
OF_A_SLOT, AT_ONCE = 10, 2_000
OFFICE, PATHWAY, WINDOW = "guatemala", "orientation", "window"
PARTS = ((), ("morning",), ("afternoon",), ("morning", "afternoon"))
SECRETS = ("a" * 64, "b" * 64)
OFFICERS = draw.Officers((draw.published.sha256(SECRETS[0]), draw.published.sha256(SECRETS[1])))


def drawing(system: System, rounds: int, short: bool) -> list[table.Row]:
    """Seconds from the close until everybody's outcome is noted with its event."""
    system.start("booking set-up")
    asked, capacity = (ASKED // SHORT, PLACES // SHORT) if short else (ASKED, PLACES)
    db = mongo.open(builders.some_booking_settings(system.settings["BOOKING_MONGO_URI"]))
    fill(db, asked, capacity)
    took = {
        "closed": _seconds(lambda: _close(db)),
        "drawn": _seconds(lambda: actions.hold_draw(db, WINDOW, OFFICERS.revealed(*SECRETS))),
        "noted": _seconds(lambda: actions.apply(db, WINDOW)),
    }
    given = db.requests.count_documents({"status": "allocated"})
    db.client.close()
    if not given:
        raise RuntimeError("nobody was drawn")
    steps = ", ".join(f"{name} in {seconds:.1f} s" for name, seconds in took.items())
    note = f"{asked:,} requests for {capacity:,} places: {steps}; {given:,} offered"
    drawn = table.Spread.of([took["drawn"]])
    return [table.Row("drawing", " s", drawn, wanted="<= 10 s", passed=drawn.median <= 10, notes=[note])]


def _seconds(step: Callable[[], object]) -> float:
    begun = time.monotonic()
    step()
    return time.monotonic() - begun


def _close(db: Database) -> None:
    actions.close_window(db, WINDOW)
    if store.windows.get(db, WINDOW).state == "review":
        actions.release(db, WINDOW, auth.Actor("privacy", roles=("privacy_officer",)))


def fill(db: Database, asked: int, capacity: int) -> None:
    """A window over so many new places, and so many requests in it."""
    upkeep.set_mode(db, PATHWAY, model.REQUEST_WINDOW)
    now = clock.now().replace(microsecond=0)
    begin = now + timedelta(days=30)
    slots = [_slot(begin + timedelta(minutes=5 * number)) for number in range(capacity // OF_A_SLOT)]
    for done in range(0, len(slots), 100):
        places.add(db, slots[done : done + 100])
    end = slots[-1]["ends_at"]
    window = model.Window(
        id=WINDOW,
        pathway_id=PATHWAY,
        offices=(OFFICE,),
        opens_at=now - timedelta(hours=1),
        closes_at=now + timedelta(minutes=1),
        waitlist_until=end,
        rule=draw.Rule(),
        source=OFFICERS,
    )
    actions.plan(db, window, begin, end)
    actions.open_window(db, WINDOW)
    for done in range(0, asked, AT_ONCE):
        rows = [_request(number) for number in range(done, min(done + AT_ONCE, asked))]
        db.requests.insert_many(rows, ordered=False)


def _slot(start: datetime) -> dict[str, Any]:
    return {
        "_id": f"{OFFICE}.{PATHWAY}.{start:%Y%m%dT%H%M%SZ}",
        "office_id": OFFICE,
        "pathway_id": PATHWAY,
        "starts_at": start,
        "ends_at": start + timedelta(minutes=5),
        "timezone": builders.GUATEMALA,
        "capacity": OF_A_SLOT,
    }


def _request(number: int) -> dict[str, Any]:
    """As who asked has left it: one in four comes with others, each suits another part of the day."""
    id, party = str(uuid.uuid4()), 1 + (number % 4 == 0) * (number % 3)
    one = model.Request(
        id=id,
        reference=codes.new_reference(),
        entry_id=str(uuid.uuid4()),
        case_id=str(uuid.uuid4()),
        person_id=str(uuid.uuid4()),
        window_id=WINDOW,
        pathway_id=PATHWAY,
        offices=(OFFICE,),
        availability=PARTS[number % len(PARTS)],
        needs=(),
        party_size=party,
        places=party,
        language="es",
        channels=("sms",),
        request={"scope": id, "body": ""},
        fingerprints=(f"{id}.phone",),
        adults=((f"{id}.document", f"{id}.name"),),
    )
    row = {name: value for name, value in vars(one).items() if name != "id"}
    return {"_id": id, **row, "choices": one.choices, "created_at": clock.now()}
