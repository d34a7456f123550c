"""Something that happens just before another's nth command to the database, so that a race is no matter of luck: also
its death."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandListener

from shared import mongo

LONGEST = 0.15  # seconds, after which the other goes on: what happens may itself have to wait for it
BEFORE_ALL = 30  # before its first command it holds nothing up


class Between(CommandListener):
    def __init__(self, number: int, begin: Callable[[], Future[Any]], longest: float) -> None:
        self.left = number
        self.begin = begin
        self.longest = longest
        self.begun: Future[Any] | None = None

    def started(self, event: Any) -> None:
        if event.command_name.startswith("sasl"):
            return
        self.left -= 1
        if self.left == 0:
            self.begun = self.begin()
            wait([self.begun], self.longest)

    def succeeded(self, event: Any) -> None:
        pass

    def failed(self, event: Any) -> None:
        pass


def run(
    db: Database,
    action: Callable[[Database], Any],
    number: int,
    happen: Callable[[], Any],
    longest: float = LONGEST,
) -> bool:
    """`action` by a client of its own, and `happen` before its nth command; False when it has not that many."""
    settings = mongo.settings(db)
    with ThreadPoolExecutor(1) as other:
        between = Between(number, lambda: other.submit(happen), BEFORE_ALL if number == 1 else longest)
        client: MongoClient = MongoClient(
            settings.mongo_uri, tz_aware=True, uuidRepresentation="standard", event_listeners=[between]
        )
        with client:
            action(mongo.ServiceDatabase(client, db.name, settings))
        if between.begun is None:
            return False
        between.begun.result()
        return True


class Killed(BaseException):
    """Nothing more comes of this process: whatever it tries ends the same."""


class Death(CommandListener):
    def __init__(self, number: int) -> None:
        self.left = number
        self.sessions: list[Any] = []

    def started(self, event: Any) -> None:
        if event.command_name.startswith("sasl"):
            return
        self.left -= 1
        if self.left <= 0:
            raise Killed
        self.sessions += [event.command["lsid"]] if "lsid" in event.command else []

    def succeeded(self, event: Any) -> None:
        pass

    def failed(self, event: Any) -> None:
        pass


def die(db: Database, action: Callable[[Database], Any], number: int) -> bool:
    """`action` by a process of its own, as it were, which dies before its nth command; False when it has not that
    many. What it had begun and not committed is undone, as the server does it for who does not come back."""
    settings, death = mongo.settings(db), Death(number)
    client: MongoClient = MongoClient(
        settings.mongo_uri, tz_aware=True, uuidRepresentation="standard", event_listeners=[death]
    )
    with client:
        try:
            action(mongo.ServiceDatabase(client, db.name, settings))
        except Killed:
            if death.sessions:  # an empty list would mean everybody's
                db.client.admin.command("killSessions", death.sessions)
            return True
        finally:
            death.left = 1_000_000
    return False
