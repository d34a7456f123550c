"""What belongs to the running application: its settings, its database, its messages."""

import os
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any

from flask import current_app, request
from pymongo.database import Database

from shared import messages, mongo
from shared.settings import Settings

NAME = "sendero"


class Service:
    """One per application. The database is opened at the first use in each process, so never before a fork."""

    def __init__(
        self,
        settings: Settings,
        catalogue: messages.Catalogue,
        after_sign_in: str = "/",
        asyncapi: dict[str, Any] | None = None,
    ) -> None:
        self.settings = settings
        self.catalogue = catalogue
        self.after_sign_in = after_sign_in
        self.asyncapi = asyncapi
        self._lock = threading.Lock()
        self._opened: tuple[int, Database] | None = None

    @property
    def db(self) -> Database:
        opened = self._opened
        if opened is None or opened[0] != os.getpid():
            with self._lock:
                opened = self._opened
                if opened is None or opened[0] != os.getpid():
                    opened = self._opened = (os.getpid(), mongo.open(self.settings))
        return opened[1]

    @property
    def draining(self) -> bool:
        """True once the file named by DRAIN_FILE exists: asked to finish and take nothing new."""
        return bool(self.settings.drain_file) and Path(self.settings.drain_file).exists()


def service() -> Service:
    return current_app.extensions[NAME]


def home(roles: Collection[str]) -> str:
    """Where the work of staff is: who only looks after the queues begins at the console."""
    page = "/operations" if set(roles) == {"operator"} else service().after_sign_in
    return request.script_root + page


def db() -> Database:
    return service().db


def settings() -> Any:
    """The Settings the application was made with (of the service's own class)."""
    return service().settings
