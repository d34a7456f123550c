"""The whole system without containers and faults, with a small crowd gone through it: what the checker is tested on."""

from datetime import timedelta
from pathlib import Path

from pymongo.database import Database

from tests.proof import operator
from tests.proof.clients import Crowd
from tests.proof.office import FAMILIES, FLOODED, ORIENTATION, Office, Wanted, drawn
from tests.proof.system import flooded
from tests.stack import EVERYTHING, Stack

GIVEN = {"PARTNER_AUTO": "accept", "RATE_LIMIT": "1000000/minute", "BOOKINGS_PER_CONTACT": "1000"}
WINDOW_SECONDS = 120.0  # at most


class SmallSystem:
    """As tests/proof/system.py, of the parts of `make run`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stack = Stack(folder, GIVEN)
        self.settings = self.stack.settings
        self.logs = folder / "logs"
        self.kafka = self.settings["KAFKA_BOOTSTRAP_SERVERS"]
        self.office = Office(lambda: self.database("booking"), WINDOW_SECONDS, skips=True, closes_early=True)
        self._databases: dict[str, Database] = {}

    def __enter__(self) -> "SmallSystem":
        self.stack.__enter__()
        try:
            self.stack.start(*(name for name in EVERYTHING if name not in self.stack.running))
            self.office.open(_slots(), self.folder / "clients" / "office.json")
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
            if not crowd.wait(300):
                raise AssertionError(f"only {crowd.progress()} cases came to an end")
            stuck = operator.wait_until_empty(self, 240)
            if stuck:
                raise AssertionError(f"without any fault this is stuck: {stuck}")
        finally:
            crowd.close()


def _slots() -> dict[str, Wanted]:
    far = [timedelta(days=day) for day in (3, 4, 5)]
    return {
        "soon": Wanted(ORIENTATION, [timedelta(minutes=minutes) for minutes in (60, 75, 90)], 20),
        "far": Wanted(ORIENTATION, far, 20),
        "scarce": Wanted(ORIENTATION, [timedelta(days=6)], 2),
        "families": Wanted(FAMILIES, far, 5),
        FLOODED: Wanted(FLOODED, flooded(1), 3),
        "spared": Wanted(FLOODED, far, 5),
        drawn(0): Wanted(drawn(0), [timedelta(days=4, hours=hours) for hours in (0, 1, 6)], 2),
    }
