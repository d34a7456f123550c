"""Backups without end: a snapshot now and then, the changes all the time."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta

from pymongo.database import Database
from pymongo.errors import PyMongoError

from shared import clock, mongo
from shared.backup import files, keeping, snapshot
from shared.backup.changes import Copier, Interrupted
from shared.backup.settings import Told
from shared.telemetry import BACKUP_COPIED, BACKUP_SNAPSHOT, log

SECONDS = 5.0


class Follower:
    """`failing`: why it does not go on at this moment, None for well."""

    def __init__(self, db: Database, told: Told, say: Callable[[str], None]) -> None:
        self.db = db
        self.told = told
        self.say = say
        self.service = mongo.settings(db).service
        self.failing: str | None = None
        self._copier: Copier | None = None
        self._held = ExitStack()

    def run(self, stop: threading.Event, every: float = SECONDS) -> None:
        """Until it is told to stop. The database may go and come back. Raises OSError, Broken, InUse and what the
        database refuses."""
        try:
            while not stop.is_set():
                try:
                    self.turn()
                    self.failing = None
                except PyMongoError as error:
                    if not mongo.is_transient(error):
                        raise
                    self.failing = type(error).__name__
                    log.warning("the backup waits for the database", error=self.failing)
                    self._drop()
                stop.wait(every)
        finally:
            self._drop()

    def turn(self) -> None:
        """One step: what has changed; and a snapshot when it is time, during which changes are copied as well."""
        if self._copier is None:
            self._go_on()
        copier = self._copier
        try:
            if copier is None or self._is_time(copier):
                self._begin(copier)
            else:
                copier.step()
        except Interrupted as why:
            self.say(f"a new snapshot is taken: {why}")
            self._begin(None)
        if self._copier:
            BACKUP_COPIED.labels(self.service).set(self._copier.until.timestamp())
            BACKUP_SNAPSHOT.labels(self.service).set(self._copier.at.time)

    def _is_time(self, copier: Copier) -> bool:
        return clock.now() - copier.at.as_datetime() >= timedelta(hours=self.told.hours)

    def _go_on(self) -> None:
        """Behind the newest backup that is there, if it is whole so far."""
        found = keeping.there(self.told, self.service)
        if not found:
            return
        try:
            self._follow(found[-1])
        except (Interrupted, files.Broken) as why:
            self.say(f"{found[-1].name} is not gone on with: {why}")
            self._drop()

    def _begin(self, before: Copier | None) -> None:
        taken = snapshot.take(self.db, self.told, self.say, before.step if before else lambda: None)
        self._drop()
        self._follow(taken)
        self.say(f"{taken.name} is taken; its changes follow")
        keeping.prune(self.told, self.service)

    def _follow(self, backup: files.Backup) -> None:
        self._held.enter_context(files.held(backup.folder))
        self._copier = Copier(self.db, backup)

    def _drop(self) -> None:
        copier, self._copier = self._copier, None
        self._held.close()
        if copier:
            copier.close()
