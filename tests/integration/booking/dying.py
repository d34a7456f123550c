"""A process that is killed just before its nth command to the database: nothing of an open transaction is left."""

from collections.abc import Callable
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandListener

from shared import mongo

COUNTED = {"find", "getMore", "aggregate", "insert", "update", "delete", "findAndModify"}


class Killed(BaseException):
    """No error, so nobody catches it."""


class Dying(CommandListener):
    def __init__(self, number: int) -> None:
        self.left = number

    def started(self, event: Any) -> None:
        if event.command_name in COUNTED:
            self.left -= 1
            if self.left <= 0:
                raise Killed

    def succeeded(self, event: Any) -> None:
        pass

    def failed(self, event: Any) -> None:
        pass


def run(db: Database, action: Callable[[Database], Any], number: int) -> bool:
    """False when it was through before its nth command."""
    settings = mongo.settings(db)
    listeners = [Dying(number)]
    client: MongoClient = MongoClient(
        settings.mongo_uri, tz_aware=True, uuidRepresentation="standard", event_listeners=listeners
    )
    with client:
        try:
            action(mongo.ServiceDatabase(client, db.name, settings))
        except Killed:
            return True
    return False
