"""What needs a person now, most urgent first: pure, from a service's figures.

Only what does not mend itself. A queue that shrinks, a process that another has replaced, an event that is tried
again: none of these is here. One cause is told once: while a part is dead or the broker away, the queues that stand
still for it are not told as well.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

NOW, SOON = "now", "soon"
ORDER = (
    "worker_dead",
    "reading_stopped",
    "broker_down",
    "queue_stopped",
    "dead_letters",
    "clock_off",
    "part_in_trouble",
    "queue_slow",
    "work_failed",
    "events_gone",
    "worker_missing",
)
URGENT = {"worker_dead", "reading_stopped", "broker_down", "queue_stopped"}

Need = dict[str, Any]


def of(found: Mapping[str, Any]) -> list[Need]:
    """Each with its `code`, `urgency` (`now`, `soon`), `since`, the `path` in the service's console where it is
    settled, and what it is about: `part` or `queue` with `name`, and a number `n`."""
    told = [*_of_workers(found), *_of_reading(found), *_of_queues(found), *_of_events(found)]
    return sorted(told, key=lambda need: rank(need["code"], need["urgency"]))


def rank(code: str, urgency: str) -> tuple[bool, int]:
    """For sorting; a code of another release comes last among those as urgent."""
    return urgency != NOW, ORDER.index(code) if code in ORDER else len(ORDER)


def _need(code: str, path: str, since: datetime | None = None, n: int | None = None, **about: str) -> Need:
    known: Need = {"part": None, "queue": None, "name": None}
    urgency = NOW if code in URGENT else SOON
    return known | {"code": code, "urgency": urgency, "since": since, "path": path, "n": n} | about


def _of_workers(found: Mapping[str, Any]) -> Iterator[Need]:
    for name, part in found["worker"].items():
        if part["state"] == "dead":
            yield _need("worker_dead", "/service#workers", part["seen_at"], part=name)
        elif part["missing"]:
            gone = [one["seen_at"] for one in part["instances"] if one["state"] == "dead" and not one["replaced"]]
            yield _need("worker_missing", "/service#workers", min(gone), part["missing"], part=name)
        if part["state"] == "in_trouble" and part["failing"] == "ClockOff":
            yield _need("clock_off", "/service#workers", part=name)
        elif part["state"] == "in_trouble" and found["broker"] != "down":
            yield _need("part_in_trouble", "/service#workers", part=name)


def _of_reading(found: Mapping[str, Any]) -> Iterator[Need]:
    if any(row["state"] == "stopped" for row in found["consumers"]):
        yield _need("reading_stopped", "/service#reading", _since(found, _oldest(found, "topic")))
    if found["broker"] == "down":
        yield _need("broker_down", "/service#workers", _since(found, _oldest(found, "outbox")))


def _of_queues(found: Mapping[str, Any]) -> Iterator[Need]:
    reading_stopped = any(row["state"] == "stopped" for row in found["consumers"])
    for row in found["queues"]:
        explained = row["kind"] != "lane" and found["broker"] == "down"
        if explained or (row["kind"] == "topic" and reading_stopped):
            continue
        about = {"queue": row["kind"], "name": row["name"]}
        if row["state"] == "stopped":
            yield _need("queue_stopped", "/service#queues", _since(found, row["oldest_age_s"]), row["waiting"], **about)
        elif row["state"] == "slow" and row["trend"] in ("growing", "steady"):
            yield _need("queue_slow", "/service#queues", _since(found, row["oldest_age_s"]), row["waiting"], **about)


def _of_events(found: Mapping[str, Any]) -> Iterator[Need]:
    letters, gone = found["dead_letters"], found["gone"]
    if letters["dead_letters"]:
        since = _since(found, letters["oldest_age_s"])
        yield _need("dead_letters", "/dead-letters", since, letters["dead_letters"])
    if gone["events_gone"]:
        yield _need("events_gone", "/gone", _since(found, gone["oldest_age_s"]), gone["events_gone"])
    failed = sum(row["failed"] for row in found["due"])
    if failed:
        yield _need("work_failed", "/service#failed", None, failed)


def _oldest(found: Mapping[str, Any], kind: str) -> float | None:
    ages = [row["oldest_age_s"] for row in found["queues"] if row["kind"] == kind and row["oldest_age_s"] is not None]
    return max(ages, default=None)


def _since(found: Mapping[str, Any], age: float | None) -> datetime | None:
    return found["checked_at"] - timedelta(seconds=age) if age is not None else None
