"""Something that happens just before another's nth command to the database, so that a race is no matter of luck."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandListener

from shared import mongo

LONGEST = 0.15  # seconds, after which the other goes on: what happens may itself have to wait for it


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
        between = Between(number, lambda: other.submit(happen), longest)
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
    """No error that anybody could take for one of theirs."""


class Killing(Between):
    def started(self, event: Any) -> None:
        if event.command_name.startswith(("sasl", "endSessions")):
            return
        self.left -= 1
        if self.left == 0:
            raise Killed


def kill(db: Database, action: Callable[[Database], Any], number: int) -> bool:
    """`action` by a client of its own, which ends before its nth command; False when it has not that many."""
    settings = mongo.settings(db)
    killing = Killing(number, Future, 0)
    client: MongoClient = MongoClient(
        settings.mongo_uri, tz_aware=True, uuidRepresentation="standard", event_listeners=[killing]
    )
    with client:
        try:
            action(mongo.ServiceDatabase(client, db.name, settings))
        except Killed:
            return True
    return False
