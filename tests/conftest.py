"""Real parts for the tests: a mongod and a broker of their own, or those that TEST_MONGO_URI and
TEST_KAFKA_BOOTSTRAP_SERVERS name; the whole system; a browser."""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote_plus

import hypothesis
import pymongo
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from prometheus_client.metrics import MetricWrapperBase
from pymongo.uri_parser import parse_uri

from deploy import replica_set
from deploy.local import broker, mongod, processes
from shared import clock, telemetry
from tests import memory
from tests.ports import free_port
from tests.stack import EVERYTHING, Stack
from tests.wait import wait_until

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
# Each test has a database of its own, some hundred files, which the server would keep open for ten minutes after its
# last use: a fast run reached the limit of open files, which ends a mongod.
CLOSE_SOON = "file_manager=(close_idle_time=5,close_scan_interval=2,close_handle_minimum=250)"
PATIENCE = 60_000  # milliseconds, for a machine that is busy with other things
expect.set_options(timeout=PATIENCE)
os.environ.setdefault("AIOSMTPD_CONTROLLER_TIMEOUT", "60")  # seconds in which a mail server begins, a child's too
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")  # how fast it is, is measured in tests/load


class Mongo:
    """A server and its administrator; `uri(database)` is what a service would be given, with its own user."""

    def __init__(self, admin_uri: str):
        self.admin_uri = admin_uri
        self.admin: pymongo.MongoClient = pymongo.MongoClient(admin_uri, tz_aware=True, timeoutMS=60_000)
        self._password = secrets.token_urlsafe(12)
        self._users: set[str] = set()

    def uri(self, database: str) -> str:
        if database not in self._users:
            replica_set.ensure_user(self.admin_uri, database, database, self._password)
            self._users.add(database)
        parts = parse_uri(self.admin_uri)
        hosts = ",".join(f"{host}:{port}" for host, port in parts["nodelist"])
        query = self.admin_uri.partition("?")[2].replace("authSource=admin", "")
        return f"mongodb://{quote_plus(database)}:{self._password}@{hosts}/{database}?{query}".replace("?&", "?")

    def drop(self, database: str) -> None:
        self.admin.drop_database(database)
        if database in self._users:
            self.admin[database].command("dropUser", database)
            self._users.discard(database)


@pytest.fixture(scope="session")
def mongo() -> Iterator[Mongo]:
    given = os.environ.get("TEST_MONGO_URI")
    if given:
        server = Mongo(given)
        yield server
        server.admin.close()
        return
    with memory.folder() as folder, _mongod(folder) as server:
        yield server


@contextmanager
def _mongod(folder: Path) -> Iterator[Mongo]:
    port, password = free_port(), secrets.token_urlsafe(12)
    command = [*mongod.command(folder, port, 0.25), "--wiredTigerEngineConfigString", CLOSE_SOON]
    process = processes.start(command, folder / "log")
    try:
        replica_set.set_up(port, password)
        server = Mongo(replica_set.uri(port, replica_set.ADMIN, password))
        yield server
        server.admin.close()
    finally:
        processes.stop(process, 10)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address. Topics are the test's own: name them freshly."""
    given = os.environ.get("TEST_KAFKA_BOOTSTRAP_SERVERS")
    if given:
        yield given
        return
    port = free_port()
    process = start_broker(port, tmp_path_factory.mktemp("broker"))
    yield f"127.0.0.1:{port}"
    processes.stop(process, 5)


def start_broker(port: int, folder: Path) -> processes.Program:
    """A broker that answers; stop it with `processes.stop`. It begins with nothing, each time."""
    process = processes.start(broker.command(port), folder / "log")
    wait_until(lambda: broker.ready(f"127.0.0.1:{port}"), 60, "the broker answers")
    return process


@pytest.fixture
def database_uri(mongo: Mongo) -> Iterator[str]:
    """A fresh database with its own user; gone after the test."""
    name = f"test_{secrets.token_hex(6)}"
    yield mongo.uri(name)
    mongo.drop(name)


@pytest.fixture(autouse=True)
def no_figures_of_others() -> None:
    """A process counts from its start, and this one has run other tests before."""
    for figure in vars(telemetry).values():
        if isinstance(figure, MetricWrapperBase):
            figure.clear()


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands still: a delay of a second is not over before a slow machine has come to it."""
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)


OF_THE_WHOLE = ("e2e", "faults")
_whole: list[Stack] = []


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The whole system, running: started once for all tests that want it."""
    if not _whole:
        running = Stack(tmp_path_factory.mktemp("stack"))
        _whole.append(running)
        try:
            running.start(*(name for name in EVERYTHING if name not in running.running))
        except BaseException:
            _end_the_whole()
            raise
    return _whole[0]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A system that nobody asks anything is busy with a fifth of a core all the same: it ends when its tests are over,
    which are handed out in the order of their folders."""
    if item.path.parent.name not in OF_THE_WHOLE:
        _end_the_whole()


def pytest_sessionfinish() -> None:
    _end_the_whole()


def _end_the_whole() -> None:
    while _whole:
        _whole.pop().kill_all()


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
