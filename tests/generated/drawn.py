"""In booking: services whose places are drawn, with a window that was drawn already, one that is open, one whose rows
an officer of privacy looks at, one that waits for its seed, and one that is open to verified contacts only."""

import secrets
from datetime import timedelta
from typing import Any

from flask import Flask
from pymongo.database import Database

from services.booking import actions, model, places, upkeep
from services.booking.model import draw
from shared import clock
from tests import builders

PATHWAY, ANOTHER, VERIFIED = "temporary_work", "reintegration", "resettlement"
VALUES = ("a" * 64, "b" * 64)
OFFICERS = draw.Officers((draw.published.sha256(VALUES[0]), draw.published.sha256(VALUES[1])))


def a_wish(office: str = "quetzaltenango", **changes: Any) -> dict[str, Any]:
    """A body to ask for a place in the window that is open."""
    person = {"name": f"Ana {secrets.token_hex(5)}", "birth_date": "1990-05-17", "phone": builders.a_phone()}
    body = {"offices": [office], "pathway": PATHWAY, "language": "es", "channels": ["sms"], "person": person}
    return body | changes


def windows(db: Database, app: Flask) -> list[dict[str, Any]]:
    """Answers to who asked: those drawn and waitlisted first, then those whose window is open."""
    upkeep.set_mode(db, PATHWAY, model.REQUEST_WINDOW)
    db.pathways.update_one({"_id": PATHWAY}, {"$set": {"verify_contact": False}})
    _open(db, "drawn", "guatemala")
    asked = [_ask(app, "guatemala") for _ in range(4)]
    actions.close_window(db, "drawn")
    actions.hold_draw(db, "drawn", OFFICERS.revealed(*VALUES))
    actions.apply(db, "drawn")
    _reviewed(db, app)
    _committed(db, app)
    _open(db, "open", "quetzaltenango")
    db.pathways.update_one({"_id": VERIFIED}, {"$set": {"verify_contact": True}})
    _open(db, "verified", "guatemala", VERIFIED)
    return asked + [_ask(app, "quetzaltenango") for _ in range(2)]


def _reviewed(db: Database, app: Flask) -> None:
    _open(db, "review", "san_marcos")
    for changes in ({}, {}, {"availability": ["evening"]}):
        _ask(app, "san_marcos", **changes)
    actions.close_window(db, "review")


def _committed(db: Database, app: Flask) -> None:
    """Long enough ago that the seed may be told."""
    upkeep.set_mode(db, ANOTHER, model.REQUEST_WINDOW)
    _open(db, "committed", "izabal", ANOTHER)
    actions.close_window(db, "committed")
    earlier = {"$set": {"committed_at": clock.now() - draw.PAUSE - timedelta(minutes=1)}}
    db.windows.update_one({"_id": "committed"}, earlier)


def _open(db: Database, id: str, office: str, pathway: str = PATHWAY) -> None:
    now = clock.now().replace(microsecond=0)
    start = now + timedelta(days=3)
    times = {"starts_at": start, "ends_at": start + timedelta(minutes=30), "timezone": builders.GUATEMALA}
    slot = {"_id": f"{office}.{pathway}.1", "office_id": office, "pathway_id": pathway, "capacity": 2}
    places.add(db, [slot | times])
    until = start + timedelta(hours=1)
    window = model.Window(
        id, pathway, (office,), now, now + timedelta(hours=1), until, draw.Rule(), OFFICERS, confirm_hours=23
    )
    actions.plan(db, window, now, until)
    actions.open_window(db, id)


def _ask(app: Flask, office: str, **changes: Any) -> dict[str, Any]:
    headers = {"Idempotency-Key": secrets.token_hex(16)}
    answer = app.test_client().post("/api/v1/requests", json=a_wish(office, **changes), headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json
