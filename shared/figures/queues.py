"""The queues of a service, each with its state, its trend and the time until it is empty: pure, from what was counted.

Three kinds: the outbox (worked off by the relay), each topic that is read (by the consumer), each lane of due work
(by the timers). What counts as waiting is what could be done now: a reminder for next week waits for nobody.

    dead      nobody works it off: no process of its part gave a sign for 15 s
    idle      nothing waits
    working   what waits is younger than half a minute
    slow      older, but it moves: with the time until it is empty, if it shrinks
    stopped   older, and for half a minute nothing left it; or reading was stopped by dead letters

Whether it moves and where it tends is read off samples, which the workers write every 10 s.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from shared import mongo

SLOW_SECONDS = 30
STILL = timedelta(seconds=30)
TREND = timedelta(seconds=120)
SHORTEST_TREND = timedelta(seconds=8)
PART_OF = {"outbox": "relay", "topic": "consumer", "lane": "timers"}

UNKNOWN = {"trend": None, "per_second": None, "empty_in_s": None}

Sample = Mapping[str, Any]
Past = tuple[datetime, Mapping[str, Any]]


def counted(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is in each queue now: `waiting`, `oldest_age_s`, and what tells that it moves: `done` (a number that grows
    as things leave it) and `busy` (something of it is being done)."""
    return [_outbox(found["outbox"]), *_topics(found["consumers"]), *(_lane(row) for row in found["due"])]


def _outbox(row: Mapping[str, Any]) -> dict[str, Any]:
    return _queue("outbox", "", row["waiting"], row["oldest_age_s"], done=row["sent"])


def _lane(row: Mapping[str, Any]) -> dict[str, Any]:
    return _queue("lane", row["lane"], row["overdue"], row["oldest_age_s"], busy=row["running"] > 0)


def _topics(partitions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for topic in sorted({row["topic"] for row in partitions}):
        rows = [row for row in partitions if row["topic"] == topic]
        ages = [row["oldest_unread_age_s"] for row in rows if row["oldest_unread_age_s"] is not None]
        silent = [row["at"] for row in rows if row["state"] == "dead"]
        found.append(
            _queue("topic", topic, sum(row["lag"] for row in rows), max(ages, default=None))
            | {
                "done": sum(row["position"] for row in rows),
                "known_at": min(silent, default=None),
                "halted": next((row["why"] for row in rows if row["state"] == "stopped"), None),
            }
        )
    return found


def _queue(kind: str, name: str, waiting: int, age: float | None, **more: Any) -> dict[str, Any]:
    known = {"done": None, "busy": False, "known_at": None, "halted": None}
    return {"kind": kind, "name": name, "waiting": waiting, "oldest_age_s": age} | known | more


def states(found: Mapping[str, Any], samples: Sequence[Sample], now: datetime) -> list[dict[str, Any]]:
    """Each queue as it is shown. `samples`, oldest first: `at` and the `queues` as they were counted then."""
    return [_state(queue, found["worker"][PART_OF[queue["kind"]]], samples, now) for queue in counted(found)]


def _state(queue: dict[str, Any], part: Mapping[str, Any], samples: Sequence[Sample], now: datetime) -> dict[str, Any]:
    before = [(one["at"], old) for one in samples for old in one["queues"] if _same(old, queue)]
    moves = _moves(queue, before, now)
    state = _named(queue, part["state"] == "dead", moves)
    known = state != "dead" and queue["known_at"] is None
    return {
        "kind": queue["kind"],
        "name": queue["name"],
        "state": state,
        "waiting": queue["waiting"],
        "at_least_since": queue["known_at"],
        "oldest_age_s": queue["oldest_age_s"],
        **(_trend(queue, before, now, moves) if known else UNKNOWN),
        "why": queue["halted"] or (part["failing"] if state in ("stopped", "dead") else None),
    }


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return (one["kind"], one["name"]) == (other["kind"], other["name"])


def _named(queue: Mapping[str, Any], is_dead: bool, moves: bool | None) -> str:
    if is_dead:
        return "dead"
    if queue["halted"] or queue["known_at"]:
        return "stopped"  # by dead letters; or the consumer lives, but has no word of the log: no broker
    if not queue["waiting"]:
        return "idle"
    if (queue["oldest_age_s"] or 0) <= SLOW_SECONDS:
        return "working"
    return "stopped" if moves is False else "slow"


def _moves(queue: Mapping[str, Any], before: Sequence[Past], now: datetime) -> bool | None:
    """Whether anything left it in the last half minute; None when it was not watched for so long."""
    past = next(((at, one) for at, one in reversed(before) if at <= now - STILL), None)
    if past is None:
        return None
    then, old = past
    return (
        queue["busy"]
        or queue["waiting"] < old["waiting"]
        or (queue["done"] or 0) > (old["done"] or 0)
        or _is_younger(queue["oldest_age_s"], old["oldest_age_s"], now - then)
    )


def _is_younger(age: float | None, old_age: float | None, span: timedelta) -> bool:
    """Whether the oldest of now is another than the oldest of then, which would have aged by the span."""
    return age is not None and old_age is not None and age < old_age + span.total_seconds() - 2


def _trend(queue: Mapping[str, Any], before: Sequence[Past], now: datetime, moves: bool | None) -> dict[str, Any]:
    """`trend`: `growing`, `steady` or `shrinking`, by how many a second, and the time until it is empty if it goes on
    like that; all None when it was not watched long enough."""
    past = next(((at, one) for at, one in before if at >= now - TREND), None)
    if past is None or now - past[0] < SHORTEST_TREND:
        return UNKNOWN
    seconds, old = (now - past[0]).total_seconds(), past[1]
    if queue["waiting"] >= mongo.MOST_COUNTED:
        return _trend_of_ages(queue["oldest_age_s"] or 0, old["oldest_age_s"] or 0, seconds)
    change = queue["waiting"] - old["waiting"]
    noise = 0 if moves is False else max(1, old["waiting"] * 0.02)
    trend = "growing" if change > noise else "shrinking" if change < -noise else "steady"
    empty = queue["waiting"] * seconds / -change if trend == "shrinking" else None
    return {"trend": trend, "per_second": change / seconds, "empty_in_s": empty}


def _trend_of_ages(age: float, old_age: float, seconds: float) -> dict[str, Any]:
    """For a queue too long to be counted: it shrinks when its oldest is younger than the oldest of then."""
    change = age - old_age
    trend = "growing" if change > 2 else "shrinking" if change < -2 else "steady"
    return UNKNOWN | {"trend": trend, "empty_in_s": age * seconds / -change if trend == "shrinking" else None}
