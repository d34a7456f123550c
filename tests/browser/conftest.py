"""Booking's pages served in this process over a real database, for a real browser to walk them."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pymongo.database import Database
from werkzeug.serving import make_server

from services.booking import app as booking
from services.booking import commands, places, store
from services.booking.settings import Settings
from shared import auth, clock, mongo
from tests import builders
from tests.conftest import Mongo

ACCOUNTS = Path(__file__).parents[2] / "deploy" / "local" / "accounts.json"
OFFICE, PATHWAY = "guatemala", "orientation"


def local_day(moment: datetime, timezone: str) -> date:
    return moment.astimezone(ZoneInfo(timezone)).date()


@dataclass(frozen=True)
class Site:
    url: str
    db: Database

    def offer(self, *, hours: float, places_free: int = 1) -> str:
        """The id of a new slot that begins in so many hours."""
        starts_at = (clock.now() + timedelta(hours=hours)).replace(microsecond=0)
        office = store.office(self.db, OFFICE)
        id = f"{OFFICE}.{PATHWAY}.{starts_at:%Y%m%dT%H%M%SZ}"
        row = {
            "_id": id,
            "office_id": OFFICE,
            "pathway_id": PATHWAY,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=30),
            "timezone": office.timezone,
            "capacity": places_free,
        }
        assert places.add(self.db, [row])
        return id

    def times(self, slot_id: str) -> str:
        """The page that lists this slot."""
        slot = store.slot(self.db, slot_id)
        day = local_day(slot.starts_at, slot.timezone)
        return f"{self.url}/times?pathway={PATHWAY}&office={OFFICE}&from={day}"


@pytest.fixture(scope="session")
def site(mongo: Mongo) -> Iterator[Site]:
    settings = builders.some_booking_settings(mongo.uri("browser_walk"))
    db = _opened(settings)
    server = make_server("127.0.0.1", 0, booking.create_app(settings), threaded=True)
    thread = threading.Thread(target=server.serve_forever, name="booking's pages")
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", db)
    server.shutdown()
    thread.join()
    db.client.close()
    mongo.drop("browser_walk")


def _opened(settings: Settings) -> Database:
    db = mongo.open(settings)
    commands.prepare(db)
    commands.load_sample(db)
    auth.load_file(db, ACCOUNTS)
    return db
