"""People who book at a given time each: a race for few places, a rush for many, and a steady stream that is told by
mail and SMS."""

import itertools
import secrets
import time
from collections import Counter
from typing import Any

from deploy.local.settings import SERVICES
from services.booking import places
from tests.load import by_http, client, table
from tests.load.system import System
from tests.wait import wait_until

RACERS, RACE_PLACES = 200, 10
RUSH_SECONDS, RUSHERS, RUSH_PLACES = 60, 10_000, 1_000
STREAM_SECONDS, PER_SECOND = 60, 50
TOLD_WITHIN = 240  # seconds after the last booking: far beyond what is wanted


def race(system: System, rounds: int, short: bool) -> list[table.Row]:
    """Two hundred at the same moment, ten places in one slot; the time until the last one is answered."""
    system.start("booking web", "baseline")

    def bare(_: int) -> float:
        slot, db = f"race.{secrets.token_hex(4)}", system.database("booking")
        db.baseline_places.create_index("slot")
        db.baseline_places.insert_many([{"slot": slot, "state": "free"} for _ in range(RACE_PLACES)])
        return _raced(system, "baseline", "/race", slot)

    def product(_: int) -> float:
        run = secrets.token_hex(4)
        by_http.offer(system, run, 1, RACE_PLACES)
        seconds = _raced(system, "booking", "/api/v1/appointments", f"load.{run}.0")
        _must_not_be_oversold(system, run, RACE_PLACES)
        return seconds

    for warm in (bare, product):
        warm(0)
    return [table.compared("race", "s", rounds, bare, product, at_most=1.5)]


def _raced(system: System, program: str, path: str, slot: str) -> float:
    begun = time.monotonic()
    answers = client.send(_port(system, program), [(0, booking(system, program, path, slot)) for _ in range(RACERS)])
    _count(answers, {201: RACE_PLACES, 409: RACERS - RACE_PLACES})
    return time.monotonic() - begun


def rush(system: System, rounds: int, short: bool) -> list[table.Row]:
    """Ten thousand people within a minute, evenly, for a thousand places in a hundred slots."""
    part = 20 if short else 1
    people, offered, seconds = RUSHERS // part, RUSH_PLACES // part, RUSH_SECONDS / part
    system.start("booking web")
    run = secrets.token_hex(4)
    by_http.offer(system, run, offered // 10, 10)
    slots = [f"load.{run}.{secrets.randbelow(offered // 10)}" for _ in range(people)]
    requests = [booking(system, "booking", "/api/v1/appointments", slot) for slot in slots]
    client.send(_port(system, "booking"), [(n / 50, request) for n, request in enumerate(requests[:50])])
    memory = [system.memory("booking web")]
    answers = client.send(
        _port(system, "booking"), [(n * seconds / people, request) for n, request in enumerate(requests[50:])]
    )
    memory.append(system.memory("booking web"))
    _must_not_be_oversold(system, run, 10)
    statuses = Counter(answer.status for answer in answers)
    if set(statuses) - {201, 409}:
        raise client.Unanswered(f"answers were {statuses}")
    p50, p99 = _percentiles([answer.seconds for answer in answers], 50, 99)
    notes = [
        f"{people} people, {offered} places in {seconds:.0f} s: {dict(statuses)}, none oversold, all answered",
        f"p50 {p50 * 1000:.0f} ms; wanted: p99 under 2 s",
        f"memory of the web processes {memory[0]} MB before, {memory[1]} MB after",
    ]
    return [table.Row("rush p99", "s", table.Spread(p99, p99, p99), wanted="< 2", notes=notes)]


def telling(system: System, rounds: int, short: bool) -> list[table.Row]:
    """Fifty bookings a second for a minute, with everything running; from the appointment's writing until mail and SMS
    are handed over."""
    seconds = 6 if short else STREAM_SECONDS
    system.start("postbox", *(f"{service} {part}" for service in SERVICES for part in ("web", "worker")))
    run = secrets.token_hex(4)
    count = PER_SECOND * seconds
    by_http.offer(system, run, count // by_http.PLACES + 10, by_http.PLACES)
    requests = [
        booking(system, "booking", "/api/v1/appointments", f"load.{run}.{n // by_http.PLACES}") for n in range(count)
    ]
    answers = client.send(_port(system, "booking"), [(n / PER_SECOND, request) for n, request in enumerate(requests)])
    _count(answers, {201: count})
    messages = system.database("notifications").messages
    told = {"template": "appointment_booked", "sent_at": {"$ne": None}}
    try:
        wait_until(lambda: messages.count_documents(told) >= 2 * count, TOLD_WITHIN, "everybody is told", every=0.5)
    except AssertionError:
        missing = f"{messages.count_documents(told)} of {2 * count} messages were handed over"
        raise client.Unanswered(f"{missing} within {TOLD_WITHIN} s of the last booking") from None
    booked = {
        row["_id"]: row["created_at"] for row in system.database("booking").appointments.find({}, {"created_at": 1})
    }
    waited = [
        (row["sent_at"] - booked[row["appointment_id"]]).total_seconds()
        for row in messages.find(told, {"sent_at": 1, "appointment_id": 1})
    ]
    p50, p95, p99 = _percentiles(waited, 50, 95, 99)
    answered = _percentiles([answer.seconds for answer in answers], 99)[0]
    notes = [
        f"{count} bookings in {seconds} s, {len(waited)} messages: p50 {p50:.2f} s, p95 {p95:.2f} s, p99 {p99:.2f} s",
        f"bookings were answered within {answered:.2f} s (p99); wanted: p95 under 1 s, p99 under 2 s",
    ]
    return [table.Row("telling p95", "s", table.Spread(p95, p50, p99), wanted="< 1", notes=notes)]


# nobody's comes twice, and none is a dead number (they end in 000)
_phones = (n for n in itertools.count(secrets.randbelow(5_000_000)) if n % 1000)


def booking(system: System, program: str, path: str, slot: str) -> bytes:
    word = secrets.token_hex(6)
    body = {
        "slot": slot,
        "pathway": by_http.PATHWAY,
        "language": "es",
        "channels": ["email", "sms"],
        "person": {
            "name": f"Ana {word}",
            "birth_date": "1990-05-01",
            "phone": f"+5025{next(_phones):07d}",
            "email": f"{word}@example.test",
        },
    }
    return client.post(_port(system, program), path, body, Idempotency_Key=secrets.token_hex(12))


def _port(system: System, program: str) -> int:
    return int(system.settings[f"{program.upper()}_PORT"])


def _count(answers: list[client.Answer], wanted: dict[int, int]) -> None:
    statuses = Counter(answer.status for answer in answers)
    if statuses != wanted:
        raise client.Unanswered(f"answers were {dict(statuses)}, {wanted} were to be")


def _must_not_be_oversold(system: System, run: str, most: int) -> None:
    db = system.database("booking")
    slots: Any = {"$regex": f"^load\\.{run}\\."}
    taken = Counter(row["slot_id"] for row in db.appointments.find({"slot_id": slots}, {"slot_id": 1}))
    claimed = db.places.count_documents({"slot_id": slots, "state": places.TAKEN})
    if any(count > most for count in taken.values()) or claimed != sum(taken.values()):
        raise AssertionError(f"oversold: {taken.most_common(3)} of {most}, {claimed} places taken")


def _percentiles(values: list[float], *wanted: int) -> list[float]:
    ordered = sorted(values)
    return [ordered[min(len(ordered) * one // 100, len(ordered) - 1)] for one in wanted]
