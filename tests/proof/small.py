"""The whole system without containers and faults, with a small crowd gone through it: what the checker is tested on."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from pymongo.database import Database

from services.booking import places
from shared import clock
from tests.proof import operator
from tests.proof.clients import Crowd
from tests.stack import EVERYTHING, Stack

GIVEN = {"PARTNER_AUTO": "accept", "RATE_LIMIT": "1000000/minute", "BOOKINGS_PER_CONTACT": "1000"}
OFFICE, PATHWAY, ZONE = "guatemala", "orientation", "America/Guatemala"


class SmallSystem:
    """As tests/proof/system.py, of the parts of `make run`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stack = Stack(folder, GIVEN)
        self.settings = self.stack.settings
        self.logs = folder / "logs"
        self.kafka = self.settings["KAFKA_BOOTSTRAP_SERVERS"]
        self.slots: dict[str, list[str]] = {}
        self._databases: dict[str, Database] = {}

    def __enter__(self) -> "SmallSystem":
        self.stack.__enter__()
        try:
            self.stack.start(*(name for name in EVERYTHING if name not in self.stack.running))
            self._make_slots()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        for db in self._databases.values():
            db.client.close()
        self.stack.__exit__()

    def url(self, program: str, path: str = "") -> str:
        return self.stack.url(program, path)

    def workers(self) -> list[str]:
        services = ("BOOKING", "REFERRALS", "NOTIFICATIONS")
        return [f"http://127.0.0.1:{self.settings[f'{service}_WORKER_PORT']}" for service in services]

    def database(self, service: str) -> Database:
        if service not in self._databases:
            self._databases[service] = self.stack.database(service)
        return self._databases[service]

    def crowd_comes(self, cases: int, seed: int) -> None:
        """All of them, until everything is at rest again."""
        crowd = Crowd(self, cases, seed)
        crowd.start()
        try:
            crowd.allow(cases)
            if not crowd.wait(120):
                raise AssertionError(f"only {crowd.progress()} cases came to an end")
            stuck = operator.wait_until_empty(self, 60)
            if stuck:
                raise AssertionError(f"without any fault this is stuck: {stuck}")
        finally:
            crowd.close()

    def _make_slots(self) -> None:
        now = clock.now().replace(second=7, microsecond=0)
        wanted = {
            "soon": ([timedelta(minutes=minutes) for minutes in (60, 75, 90)], 20),
            "far": ([timedelta(days=day) for day in (3, 4, 5)], 20),
            "scarce": ([timedelta(days=6)], 2),
        }
        for name, (distances, capacity) in wanted.items():
            rows: list[dict[str, Any]] = [
                {
                    "_id": f"{OFFICE}.{PATHWAY}.{now + distance:%Y%m%dT%H%M%SZ}",
                    "office_id": OFFICE,
                    "pathway_id": PATHWAY,
                    "starts_at": now + distance,
                    "ends_at": now + distance + timedelta(minutes=30),
                    "timezone": ZONE,
                    "capacity": capacity,
                }
                for distance in distances
            ]
            places.add(self.database("booking"), rows)
            self.slots[name] = [row["_id"] for row in rows]
