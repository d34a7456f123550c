"""Booking's pages served in this process over a real database, and a real browser to walk them."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pymongo.database import Database
from werkzeug.serving import make_server

from services.booking import app as booking
from services.booking import commands, places, store
from services.booking.settings import Settings
from shared import auth, clock, mongo
from tests import builders
from tests.conftest import Mongo

CHROMIUM = os.environ.get("CHROMIUM", shutil.which("chromium") or "")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ACCOUNTS = Path(__file__).parents[2] / "deploy" / "local" / "accounts.json"
PATIENCE = 20_000  # milliseconds, for a machine that is busy with other things
expect.set_options(timeout=PATIENCE)
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
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        missing = "Chromium is not installed (apt-get install chromium): the pages were NOT walked in a browser"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


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


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A page in a browser of its own: English on the narrowest phone, unless told otherwise."""
    contexts = []

    def make(language: str = "en", width: int = 320, scripts: bool = True) -> Page:
        size = {"width": width, "height": 720}
        context = browser.new_context(locale=language, viewport=size, java_script_enabled=scripts)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()
