"""The figures in Prometheus' format, read at each scrape."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pymongo
import pymongo.errors
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pymongo.database import Database

from shared import telemetry

STATES = ("idle", "working", "slow", "stopped", "dead")
INSTANCE_STATES = ("working", "in_trouble", "dead")

Rows = Sequence[tuple[list[str], float | None]]


class Queues(Collector):
    def __init__(self, db: Database, service: str, health: Callable[[Database], dict[str, Any]]) -> None:
        self.db = db
        self.service = service
        self.health = health

    def collect(self) -> Iterator[Metric]:
        try:
            with pymongo.timeout(2):
                found = self.health(self.db)
        except pymongo.errors.PyMongoError as error:
            telemetry.log.warning("no figures: the database does not answer", error=type(error).__name__)
            yield self._gauge("sendero_database_up", "Whether the service's own database answers", [([], 0)])
            return
        yield self._gauge("sendero_database_up", "Whether the service's own database answers", [([], 1)])
        yield from self._outbox_and_events(found)
        yield from self._due(found)
        yield from self._reading(found)
        yield from self._states(found)
        yield from self._workers(found)

    def _outbox_and_events(self, found: dict[str, Any]) -> Iterator[Metric]:
        outbox, letters, gone = found["outbox"], found["dead_letters"], found["gone"]
        for name, help_, value in (
            ("sendero_outbox_waiting", "Events not yet sent", outbox["waiting"]),
            ("sendero_outbox_oldest_age_seconds", "Of the oldest event not yet sent", outbox["oldest_age_s"]),
            ("sendero_dead_letters", "Events that failed and wait for somebody", letters["dead_letters"]),
            ("sendero_dead_letters_oldest_age_seconds", "Of the oldest of them", letters["oldest_age_s"]),
            ("sendero_parked_events", "Events that wait behind others of their case", letters["parked"]),
            ("sendero_events_gone", "Gaps that nobody can fill, not yet noted by anybody", gone["events_gone"]),
            ("sendero_needs_somebody", "Matters that wait for somebody, as the console tells", len(found["needs"])),
        ):
            yield self._gauge(name, help_, [([], value)])

    def _due(self, found: dict[str, Any]) -> Iterator[Metric]:
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
        lags = [(at, row["lag"]) for at, row in where]
        yield self._gauge("sendero_consumer_lag", "Records not yet read", lags, labels)
        ages = [(at, row["oldest_unread_age_s"]) for at, row in where]
        yield self._gauge("sendero_consumer_oldest_age_seconds", "Of the oldest unread record", ages, labels)
        stopped = int(any(row["state"] == "stopped" for row in found["consumers"]))
        yield self._gauge("sendero_consumer_stopped", "Stopped after ten failing cases in a row", [([], stopped)])

    def _states(self, found: dict[str, Any]) -> Iterator[Metric]:
        labels = ["queue", "name"]
        named = [([row["kind"], row["name"]], row) for row in found["queues"]]
        states = [([*at, state], int(row["state"] == state)) for at, row in named for state in STATES]
        yield self._gauge("sendero_queue_state", "1 for the state that a queue is in", states, [*labels, "state"])
        waiting = [(at, row["waiting"]) for at, row in named]
        yield self._gauge("sendero_queue_waiting", "What could be done now", waiting, labels)
        rates = [(at, row["per_second"]) for at, row in named if row["per_second"] is not None]
        yield self._gauge("sendero_queue_growth_per_second", "Over two minutes; negative: it shrinks", rates, labels)
        empty = [(at, row["empty_in_s"]) for at, row in named if row["empty_in_s"] is not None]
        yield self._gauge("sendero_queue_empty_in_seconds", "As long as it shrinks like that", empty, labels)

    def _workers(self, found: dict[str, Any]) -> Iterator[Metric]:
        parts = found["worker"].items()
        alive = [([name], int(part["state"] != "dead")) for name, part in parts]
        yield self._gauge("sendero_worker_alive", "Whether a part of the worker gives signs", alive, ["part"])
        troubles = [(name, part["failing"] if part["state"] == "in_trouble" else "") for name, part in parts]
        failing = [([name, why], int(why != "")) for name, why in troubles]
        yield self._gauge("sendero_part_failing", "1 while a part is in trouble", failing, ["part", "why"])
        missing = [([name], part["missing"]) for name, part in parts]
        help_ = "Processes that vanished, and nobody began in their place"
        yield self._gauge("sendero_worker_missing", help_, missing, ["part"])
        instances = [
            ([name, state], sum(one["state"] == state for one in part["instances"]))
            for name, part in parts
            for state in INSTANCE_STATES
        ]
        yield self._gauge("sendero_worker_instances", "Processes of a part, by state", instances, ["part", "state"])
        silent = [([name, one["instance"]], one["silent_s"]) for name, part in parts for one in part["instances"]]
        help_ = "Since the last sign of a process"
        yield self._gauge("sendero_worker_silent_seconds", help_, silent, ["part", "instance"])

    def _gauge(self, name: str, help_: str, rows: Rows, labels: list[str] | None = None) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(name, help_, labels=["service", *(labels or [])])
        for values, value in rows:
            gauge.add_metric([self.service, *values], value or 0)
        return gauge
