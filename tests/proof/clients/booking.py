"""How somebody comes to a time: looks for one, holds it or not, books it; and changes it to another."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.proof.clients.asking import Answer, Request
from tests.proof.clients.hands import ZONE, Booking, Hands, Script, begin
from tests.proof.clients.people import Case, batch, group
from tests.proof.office import FAMILIES, FLOODED, HOLD_MINUTES, OFFICE, ORIENTATION

ROUNDS = 12  # slots that somebody tries, one after the other, until there is a place
TAKEN = ("slot-taken", "slot-past", "slot-gone", "hold-expired")
HOLDS = ("holds", "lets_run_out")
TOO_LATE = (1.0, 3.0)  # seconds after a hold has run out
PATHWAYS = {"family": FAMILIES, "is_flooded": FLOODED}
KINDS_OF_SLOT = {"family": "families", "is_flooded": "spared"}


def books(case: Case, hands: Hands) -> Booking:
    """One slot after the other until there is a place; the answer, or None."""
    wanted = _wants(case, hands)
    for number in range(ROUNDS):
        slot = wanted.pop() if wanted else _looks_for_a_slot(case, hands)
        if slot is None:
            hands = yield 1.0
            continue
        time: dict[str, Any] = {"slot": slot}
        if case.kind in HOLDS and number == 0 and (hold := _holds(case, hands, slot)):
            time = {"hold": hold}
            hands = yield (hands.chance.uniform(0, 4) if case.kind == "holds" else _too_late(hands))
        key = secrets.token_hex(12)
        answer = hands.asker.ask(_booking(case, hands, time, key, "book"))
        if answer.status == 201:
            if case.repeats:
                hands = yield hands.chance.uniform(0, 3)
                hands.asker.ask(_booking(case, hands, time, key, "book_again"))
            return answer.body | {"slot": slot}
        if not answer.is_problem(*TAKEN):
            return None
    return None


def _wants(case: Case, hands: Hands) -> list[str]:
    """The slot, the last one first, that somebody has come for."""
    if case.kind == "wants_scarce" and group(case.number) < len(hands.slots["scarce"]):
        return [hands.slots["scarce"][group(case.number)]]
    number = batch(case.number)
    if number is None or case.number % 3 == 2:  # and some of these choose a time that nobody cancels
        return []
    return hands.chance.sample(hands.slots[FLOODED][2 * number : 2 * number + 2], 2)


def _holds(case: Case, hands: Hands, slot: str) -> str | None:
    """The hold; None when there can be none of this time."""
    answer = hands.asker.ask(
        Request(
            case.number,
            "hold",
            "POST",
            f"{hands.booking}/api/v1/holds",
            body={"slot": slot, "party_size": 1},
            headers={"Idempotency-Key": secrets.token_hex(12)},
            first_try_seconds=hands.hangs_up(case),
        )
    )
    return answer.body["id"] if answer.status == 201 else None


def _too_late(hands: Hands) -> float:
    return 60 * HOLD_MINUTES + hands.chance.uniform(*TOO_LATE)


def _booking(case: Case, hands: Hands, time: dict[str, Any], key: str, what: str) -> Request:
    return Request(
        case.number,
        what,
        "POST",
        f"{hands.booking}/api/v1/appointments",
        body=case.request(PATHWAYS.get(case.kind, ORIENTATION), time),
        headers={"Idempotency-Key": key},
        first_try_seconds=hands.hangs_up(case) if what == "book" else None,
    )


def _looks_for_a_slot(case: Case, hands: Hands) -> str | None:
    """Asks for the times of one day and takes one; who comes soon knows when."""
    if case.kind == "is_referred":
        return _soon(hands)
    pathway, kind = PATHWAYS.get(case.kind, ORIENTATION), KINDS_OF_SLOT.get(case.kind, "far")
    day = begin(hands.chance.choice(hands.slots[kind])).astimezone(ZONE).date()
    query = f"pathway={pathway}&from={day}&to={day}&limit=20&party_size={1 + len(case.companions)}"
    answer = hands.asker.ask(
        Request(case.number, "slots", "GET", f"{hands.booking}/api/v1/offices/{OFFICE}/slots?{query}")
    )
    others = {*hands.slots["scarce"], *hands.slots[FLOODED]}
    free = [one["id"] for one in (answer.body or {}).get("items", []) if one["id"] not in others]
    return hands.chance.choice(free) if free else None


def _soon(hands: Hands) -> str | None:
    """One that does not begin before its messages have been sent, if there is such a one."""
    now = datetime.now(UTC)
    to_come = sorted((one for one in hands.slots["soon"] if begin(one) > now), key=begin)
    later = [one for one in to_come if begin(one) > now + timedelta(minutes=40)]
    return hands.chance.choice(later or to_come[-1:] or [None])


def changes(case: Case, hands: Hands, booked: dict[str, Any]) -> Script:
    """To another time, once; asks again where nobody answers, and for another one where somebody was faster."""
    for _ in range(ROUNDS):
        slot = _looks_for_a_slot(case, hands)
        if slot is None or slot == booked["slot"]:
            hands = yield 1.0
            continue
        if not _change(case, hands, booked, slot).is_problem(*TAKEN):
            return


def _change(case: Case, hands: Hands, booked: dict[str, Any], slot: str) -> Answer:
    path = f"appointments/{booked['reference']}/rescheduling"
    return hands.own(case, "change", "POST", path, booked, {"slot": slot})
