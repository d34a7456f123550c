"""How the queues of a service are doing, read from its database: for the console, the JSON route, and Prometheus."""

from collections.abc import Iterator, Sequence
from typing import Any

import kafka.errors
import pymongo
import pymongo.errors
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pymongo.database import Database

from shared import clock, consumer, due, inbox, outbox, telemetry

PARTS = ("consumer", "relay", "timers")
DEAD_SECONDS = 15


def health(db: Database) -> dict[str, Any]:
    return {
        "checked_at": clock.now(),
        "outbox": outbox.health(db),
        "consumers": consumer.health(db),
        "due": due.health(db),
        "dead_letters": inbox.health(db),
        **parts(db),
    }


def parts(db: Database) -> dict[str, Any]:
    """What the worker last said of itself: `worker` by part (`working`, `in_trouble`, `dead`), and by its word the
    `broker` (`up`, `down`, `unknown`). Shown; never counted as this process's own readiness."""
    beats = {row["_id"]: row for row in db.heartbeats.find({"_id": {"$in": PARTS}})}
    shown = {name: _part(beats.get(name)) for name in PARTS}
    talking = [shown[name] for name in ("consumer", "relay") if shown[name]["state"] != "dead"]
    down = any(_is_of_broker(part["failing"]) for part in talking)
    return {"worker": shown, "broker": "down" if down else "up" if talking else "unknown"}


def _part(beat: dict[str, Any] | None) -> dict[str, Any]:
    if beat is None:
        return {"state": "dead", "seen_at": None, "failing": None}
    silent = (clock.now() - beat["at"]).total_seconds() > DEAD_SECONDS
    state = "dead" if silent else "in_trouble" if beat.get("failing") else "working"
    return {"state": state, "seen_at": beat["at"], "failing": beat.get("failing")}


def _is_of_broker(failing: str | None) -> bool:
    return failing is not None and (failing == "Unreachable" or hasattr(kafka.errors, failing))


class Queues(Collector):
    """Read at each scrape."""

    def __init__(self, db: Database, service: str) -> None:
        self.db = db
        self.service = service

    def collect(self) -> Iterator[Metric]:
        try:
            with pymongo.timeout(2):
                found = health(self.db)
        except pymongo.errors.PyMongoError as error:
            telemetry.log.warning("no figures: the database does not answer", error=type(error).__name__)
            yield self._gauge("sendero_database_up", "Whether the service's own database answers", [([], 0)])
            return
        yield self._gauge("sendero_database_up", "Whether the service's own database answers", [([], 1)])
        yield from self._queues(found)
        yield from self._reading(found)

    def _queues(self, found: dict[str, Any]) -> Iterator[Metric]:
        outbox_, letters = found["outbox"], found["dead_letters"]
        yield self._gauge("sendero_outbox_waiting", "Events not yet sent", [([], outbox_["waiting"])])
        yield self._gauge(
            "sendero_outbox_oldest_age_seconds", "Of the oldest event not yet sent", [([], outbox_["oldest_age_s"])]
        )
        yield self._gauge(
            "sendero_dead_letters", "Events that failed and wait for somebody", [([], letters["dead_letters"])]
        )
        yield self._gauge(
            "sendero_parked_events", "Events that wait behind others of their case", [([], letters["parked"])]
        )
        states = [
            ([row["lane"], state], row[state])
            for row in found["due"]
            for state in ("waiting", "overdue", "running", "failed")
        ]
        yield self._gauge("sendero_due", "Due work", states, ["lane", "state"])
        ages = [([row["lane"]], row["oldest_age_s"]) for row in found["due"]]
        yield self._gauge("sendero_due_oldest_age_seconds", "Of the oldest overdue work", ages, ["lane"])

    def _reading(self, found: dict[str, Any]) -> Iterator[Metric]:
        labels = ["topic", "partition"]
        where = [([row["topic"], str(row["partition"])], row) for row in found["consumers"]]
        yield self._gauge(
            "sendero_consumer_lag", "Records not yet read", [(at, row["lag"]) for at, row in where], labels
        )
        ages = [(at, row["oldest_unread_age_s"]) for at, row in where]
        yield self._gauge("sendero_consumer_oldest_age_seconds", "Of the oldest unread record", ages, labels)
        stopped = int(any(row["state"] == "stopped" for row in found["consumers"]))
        yield self._gauge("sendero_consumer_stopped", "Stopped after ten failing cases in a row", [([], stopped)])
        alive = [([name], int(part["state"] != "dead")) for name, part in found["worker"].items()]
        yield self._gauge("sendero_worker_alive", "Whether a part of the worker gives signs", alive, ["part"])

    def _gauge(
        self, name: str, help_: str, rows: Sequence[tuple[list[str], float | None]], labels: list[str] | None = None
    ) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(name, help_, labels=["service", *(labels or [])])
        for values, value in rows:
            gauge.add_metric([self.service, *values], value or 0)
        return gauge


def registry(db: Database, service: str) -> CollectorRegistry:
    found = CollectorRegistry()
    found.register(Queues(db, service))
    return found
