"""Many appointments cancelled at once by booking's own worker, and their events taken to Kafka."""

import secrets
import time
import uuid
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from services.booking import actions, model
from services.booking.actions import mass_cancellation
from shared import auth, clock, codes, mongo, web
from tests import builders
from tests.load import table
from tests.load.system import System
from tests.wait import wait_until

COUNT, SHORT = 30_000, 2_000
PLACES = 10  # of a slot
AT_ONCE = 1_000
OFFICE, PATHWAY = "guatemala", "orientation"
PACE = {"MASS_CANCELLATIONS_PER_SECOND": "100000"}  # as fast as it can, instead of leaving others their way


def cancelling(system: System, rounds: int, short: bool) -> list[table.Row]:
    """Appointments a second, from the approval until the last event is with the broker."""
    system.settings.update(PACE)
    system.start("booking set-up")
    count = SHORT if short else COUNT
    db = mongo.open(builders.some_booking_settings(system.settings["BOOKING_MONGO_URI"]))
    system.start("booking worker")
    found = [_cancelled(db, count) for _ in range(1 if short else rounds)]
    db.client.close()
    rate = table.Spread.of([one["rate"] for one in found])
    told = [
        f"{count:,}: slots withdrawn after {one['withdrawn']:.1f} s, all told after {one['told']:.1f} s"
        for one in found
    ]
    return [table.Row("cancelling and relaying", "/s", rate, wanted=">= 100", passed=rate.median >= 100, notes=told)]


def _cancelled(db: Database, count: int) -> dict[str, float]:
    begin = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=20)
    last = fill(db, count, begin)
    lead, second = (auth.Actor(name, roles=("supervisor",), offices=("*",)) for name in ("lead", "second"))
    proposal = model.Proposal(begin, last + timedelta(minutes=1), "office_closed")
    key = web.IdempotencyKey(secrets.token_hex(16), "")
    one, _ = actions.mass_cancellation.propose(db, OFFICE, proposal, key, lead)
    begun = time.monotonic()
    mass_cancellation.approve(db, OFFICE, one.id, second)

    def state() -> dict[str, Any]:
        return db.mass_cancellations.find_one({"_id": one.id}) or {}

    wait_until(lambda: state()["withdrawn_at"], 300, "the slots are withdrawn", every=0.1)
    withdrawn = time.monotonic() - begun
    wait_until(lambda: state()["state"] == "finished", 900, "all are cancelled", every=0.1)
    wait_until(lambda: not db.outbox.count_documents({"waiting": True}, limit=1), 300, "all are told", every=0.1)
    told = time.monotonic() - begun
    if state()["done"] != count:
        raise RuntimeError(f"{state()['done']} of {count} were cancelled")
    return {"withdrawn": withdrawn, "told": told, "rate": count / told}


def fill(db: Database, count: int, begin: datetime) -> datetime:
    """So many appointments with their slots, places and counters of their cases, as bookings leave them. The start of
    the last."""
    like = builders.an_appointment()
    zone, start = like.timezone, begin
    for done in range(0, count, AT_ONCE):
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in ("slots", "places", "appointments", "turns")}
        for number in range(done, min(done + AT_ONCE, count)):
            start = begin + timedelta(minutes=5 * (number // PLACES))
            _add(rows, like, number % PLACES + 1, start, zone)
        db.slots.insert_many(rows["slots"], ordered=False)
        db.places.insert_many(rows["places"], ordered=False)
        db.appointments.insert_many(rows["appointments"], ordered=False)
        db.outbox_sequences.insert_many(rows["turns"], ordered=False)
    return start


def _add(
    rows: dict[str, list[dict[str, Any]]], like: model.Appointment, place: int, start: datetime, zone: str
) -> None:
    slot_id = f"{OFFICE}.{PATHWAY}.{start:%Y%m%dT%H%M%SZ}"
    times = {"starts_at": start, "ends_at": start + timedelta(minutes=5), "timezone": zone}
    if place == 1:
        of_office = {"office_id": OFFICE, "pathway_id": PATHWAY, "capacity": PLACES, "free": 0}
        rows["slots"].append({"_id": slot_id, **of_office, **times})
    id, case, place_id = str(uuid.uuid4()), str(uuid.uuid4()), f"{slot_id}.{place:03}"
    rows["places"].append(
        {"_id": place_id, "slot_id": slot_id, "number": place, "state": "taken", "appointment_id": id, **times}
    )
    own = {"_id": id, "reference": codes.new_reference(), "case_id": case, "person_id": str(uuid.uuid4())}
    own |= {"slot_id": slot_id, "place_ids": [place_id], "live": True, "created_at": clock.now(), **times}
    own |= {"request": {"scope": id, "body": ""}, "fingerprints": [f"{id}.{kind}" for kind in "abc"]}
    values = {name: value for name, value in vars(like).items() if name != "id"}
    rows["appointments"].append({**values, **own})
    rows["turns"].append({"_id": f"booking:{case}", "last": 1, "at": clock.now()})
