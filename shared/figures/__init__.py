"""How the queues of a service are doing, read from its database: for the console, the JSON route, and Prometheus."""

from typing import Any

import kafka.errors
from prometheus_client import CollectorRegistry
from pymongo.database import Database

from shared import clock, consumer, due, heartbeats, inbox, kafka_security, outbox
from shared.figures import needs, prometheus, queues, samples

COLLECTIONS = samples.COLLECTIONS


def health(db: Database) -> dict[str, Any]:
    found = _counted(db) | {"checked_at": clock.now(), "dead_letters": inbox.health(db)}
    found |= {"gone": inbox.gone_health(db), **parts(db)}
    found["queues"] = queues.states(found, samples.latest(db, found["checked_at"]), found["checked_at"])
    by_name = {(row["kind"], row["name"]): row["state"] for row in found["queues"]}
    found["outbox"]["state"] = by_name["outbox", ""]
    for row in found["due"]:
        row["state"] = by_name["lane", row["lane"]]
    return found | {"needs": needs.of(found)}


def _counted(db: Database) -> dict[str, Any]:
    return {"outbox": outbox.health(db), "consumers": consumer.health(db), "due": due.health(db)}


def sample(db: Database) -> None:
    """Remembers how full the queues are, every 10 s; to be called often by the workers."""
    samples.add(db, _counted)


def parts(db: Database) -> dict[str, Any]:
    """What the workers last said of themselves: `worker` by part (`working`, `in_trouble`, `dead`), and by their word
    the `broker` (`up`, `down`, `unknown`). Shown; never counted as this process's own readiness."""
    shown = heartbeats.health(db)
    talking = [shown[name] for name in ("consumer", "relay") if shown[name]["state"] != "dead"]
    down = any(_is_of_broker(part["failing"]) for part in talking)
    return {"worker": shown, "broker": "down" if down else "up" if talking else "unknown"}


def summary(db: Database) -> dict[str, Any]:
    """The same for a probe, which anybody may ask: no names of processes."""
    found = parts(db)
    names = ("state", "seen_at", "failing")
    brief = {part: {name: row[name] for name in names} for part, row in found["worker"].items()}
    return found | {"worker": brief}


def _is_of_broker(failing: str | None) -> bool:
    if failing is None:
        return False
    return failing == "Unreachable" or hasattr(kafka.errors, failing) or hasattr(kafka_security, failing)


def registry(db: Database, service: str) -> CollectorRegistry:
    found = CollectorRegistry()
    found.register(prometheus.Queues(db, service, health))
    return found
