"""What the product is measured against over HTTP: bare Flask under the same gunicorn settings, and pymongo.

Its collections are beside booking's own, in the same database on the same server.
"""

import json
import os
import uuid
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import pymongo
from flask import Flask, Response, request
from pymongo.client_session import ClientSession
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

LISTED = {"office_id": 1, "pathway_id": 1, "starts_at": 1, "ends_at": 1, "timezone": 1, "free": 1}


class Bare:
    """Connects at the first request, in its own process."""

    @cached_property
    def client(self) -> pymongo.MongoClient:
        return pymongo.MongoClient(os.environ["BASELINE_MONGO_URI"], tz_aware=True)

    @cached_property
    def db(self) -> Any:
        return self.client.get_default_database()

    def durably(self, change: Any) -> Any:
        with self.client.start_session() as session:
            return session.with_transaction(change, ReadConcern("snapshot"), WriteConcern("majority"))

    def book(self, session: ClientSession, body: dict[str, Any]) -> None:
        """Three documents: a place taken, an appointment, an event."""
        place = {"_id": body["slot"] + "." + str(uuid.uuid4())}
        self.db.baseline_places.update_one(place, {"$set": {"state": "taken"}}, upsert=True, session=session)
        self._write(session, body)

    def race(self, session: ClientSession, body: dict[str, Any]) -> bool:
        """The same, when a place of the slot is free."""
        free = {"slot": body["slot"], "state": "free"}
        if self.db.baseline_places.find_one_and_update(free, {"$set": {"state": "taken"}}, session=session) is None:
            return False
        self._write(session, body)
        return True

    def _write(self, session: ClientSession, body: dict[str, Any]) -> None:
        now = datetime.now(UTC)
        appointment = {"_id": str(uuid.uuid4()), "slot": body["slot"], "person": body["person"], "at": now}
        event = {"_id": str(uuid.uuid4()), "type": "booked", "value": json.dumps(body), "at": now}
        self.db.baseline_appointments.insert_one(appointment, session=session)
        self.db.baseline_events.insert_one(event, session=session)


def create_app() -> Flask:
    app, bare = Flask(__name__), Bare()

    @app.get("/readyz")
    def ready() -> str:
        bare.client.admin.command("ping")
        return "ready"

    @app.post("/book")
    def book() -> tuple[dict[str, str], int]:
        body = request.get_json()
        bare.durably(lambda session: bare.book(session, body))
        return {"slot": body["slot"]}, 201

    @app.post("/race")
    def race() -> tuple[dict[str, str], int]:
        body = request.get_json()
        won = bare.durably(lambda session: bare.race(session, body))
        return {"slot": body["slot"]}, 201 if won else 409

    @app.get("/list")
    def listed() -> Response:
        wanted = {"office_id": request.args["office"], "pathway_id": request.args["pathway"]}
        rows = list(bare.db.slots.find(wanted, LISTED).limit(int(request.args["limit"])))
        return Response(json.dumps({"items": rows}, default=datetime.isoformat), content_type="application/json")

    return app
