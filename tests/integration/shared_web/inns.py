"""Services that run and ask each other: real applications, each with its own database, on a port of its own."""

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask
from flask.testing import FlaskClient
from pymongo.database import Database
from werkzeug.serving import BaseWSGIServer, make_server

from shared import auth, commands, heartbeats, inbox, mongo, operations, web
from shared.settings import Settings

API = "/api/v1/operations"
EN = {"Accept-Language": "en"}
CASE = "3f2d8c1a-6b7e-4c0f-8f5d-2a1b9c8d7e02"
REFERENCE = "SND-7K3M-Q2XA"
PASSWORD = "sendero-demo"
SHARED_KEY = "k" * 40


@dataclass
class Inn:
    """A service that runs."""

    name: str
    db: Database
    app: flask.Flask
    port: int
    client: FlaskClient
    api_key: dict[str, str]
    server: BaseWSGIServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> Any:
        """As a script of its operator."""
        return self.client.get(f"{API}{path}", headers=self.api_key | EN)

    def open(self) -> None:
        self.server = make_server("127.0.0.1", self.port, self.app, threaded=True)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def leave(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def works(self) -> None:
        """Its worker gives signs, for longer than a slow machine is at a test."""
        heartbeats.Beats(self.db).write(dict.fromkeys(heartbeats.PARTS))
        self.db.heartbeats.update_many({}, [{"$set": {"at": {"$add": ["$$NOW", 600_000]}}}])


def start(told: Settings, port: int, folder: Path, case_of: Any = None) -> Inn:
    db = mongo.open(told)
    mongo.create(db, commands.COLLECTIONS)
    accounts = folder / f"{told.service}.json"
    operator = {"email": "operator@sendero.test", "name": "Sample operator", "password": PASSWORD}
    accounts.write_text(json.dumps({"accounts": [operator | {"roles": ["operator"], "offices": []}]}))
    auth.load_file(db, accounts)
    api, console = operations.blueprints(inbox.Reading({}), case_of)
    app = web.create_app(told, __name__, apis=[api], pages=[console], after_sign_in="/operations")
    key = {"Authorization": f"Bearer {auth.give_key(db, 'operator@sendero.test')}"}
    inn = Inn(told.service, db, app, port, app.test_client(), key)
    inn.open()
    return inn
