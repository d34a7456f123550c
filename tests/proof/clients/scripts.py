"""What each person does, step by step. A script yields how many seconds it wants to wait before it goes on, and gets
the hands of whichever thread takes it up again."""

import base64
import random
import re
import secrets
from collections.abc import Generator, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.proof.clients.asking import Asker, Request
from tests.proof.clients.people import Case, group
from tests.proof.clients.staff import Account

LOOKS = 10  # at the list of referrals
PATIENCE = 25  # looks into their mailbox, two seconds apart: then they go home, before the run takes them for stuck
ROUNDS = 12  # slots that somebody tries, one after the other, until there is a place
TAKEN = ("slot-taken", "slot-past", "slot-gone")
OFFICE, ZONE = "guatemala", ZoneInfo("America/Guatemala")


@dataclass
class Hands:
    """What a thread of the crowd does things with."""

    asker: Asker
    clerk: Account
    clerk_of_referrals: Account
    booking: str
    slots: dict[str, list[str]]
    reached: Set[str]
    gone_home: set[Case]
    chance: random.Random


Script = Generator[float, Hands, None]


def of(case: Case) -> Script:
    hands = yield 0
    booked = yield from _books(case, hands)
    if booked is None:
        return
    if case.kind == "cancels":
        hands = yield hands.chance.uniform(0, 8)
        _cancels(case, hands, booked)
    elif case.kind == "is_referred":
        hands = yield hands.chance.uniform(0, 5)
        _attends(case, hands, booked)
        hands = yield hands.chance.uniform(0, 2)
        _is_referred(case, hands, booked)
        if case.withdraws:
            yield from _withdraws(case, booked)
    yield from _hears(case, hands)


def _books(case: Case, hands: Hands) -> Generator[float, Hands, dict[str, Any] | None]:
    """One slot after the other until there is a place; the answer, or None."""
    wanted = [hands.slots["scarce"][group(case.number)]] if _has_scarce(case, hands) else []
    for _ in range(ROUNDS):
        slot = wanted.pop() if wanted else _looks_for_a_slot(case, hands)
        if slot is None:
            hands = yield 1.0
            continue
        key = secrets.token_hex(12)
        request = _booking(case, hands, slot, key, "book")
        answer = hands.asker.ask(request)
        if answer.status == 201:
            if case.repeats:
                hands = yield hands.chance.uniform(0, 3)
                hands.asker.ask(_booking(case, hands, slot, key, "book_again"))
            return answer.body | {"slot": slot}
        if not answer.is_problem(*TAKEN):
            return None
    return None


def _has_scarce(case: Case, hands: Hands) -> bool:
    return case.kind == "wants_scarce" and group(case.number) < len(hands.slots["scarce"])


def _booking(case: Case, hands: Hands, slot: str, key: str, what: str) -> Request:
    hangs_up = hands.chance.uniform(0.01, 0.06) if case.impatient and what == "book" else None
    return Request(
        case.number,
        what,
        "POST",
        f"{hands.booking}/api/v1/appointments",
        body=case.request(slot),
        headers={"Idempotency-Key": key},
        first_try_seconds=hangs_up,
    )


def _looks_for_a_slot(case: Case, hands: Hands) -> str | None:
    """Asks for the times of one day and takes one; who comes soon knows when."""
    if case.kind == "is_referred":
        return _soon(hands)
    day = _begin(hands.chance.choice(hands.slots["far"])).astimezone(ZONE).date()
    query = f"pathway=orientation&from={day}&to={day}&limit=20"
    answer = hands.asker.ask(
        Request(case.number, "slots", "GET", f"{hands.booking}/api/v1/offices/{OFFICE}/slots?{query}")
    )
    free = [one["id"] for one in (answer.body or {}).get("items", []) if one["id"] not in hands.slots["scarce"]]
    return hands.chance.choice(free) if free else None


def _soon(hands: Hands) -> str | None:
    """One that does not begin before its messages have been sent, if there is such a one."""
    now = datetime.now(UTC)
    to_come = sorted((one for one in hands.slots["soon"] if _begin(one) > now), key=_begin)
    later = [one for one in to_come if _begin(one) > now + timedelta(minutes=40)]
    return hands.chance.choice(later or to_come[-1:] or [None])


def _begin(slot: str) -> datetime:
    return datetime.strptime(slot.rpartition(".")[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _cancels(case: Case, hands: Hands, booked: dict[str, Any]) -> None:
    secret = base64.b64encode(f"{booked['reference']}:{booked['code']}".encode()).decode()
    url = f"{hands.booking}/api/v1/appointments/{booked['reference']}/cancellation"
    headers = {"Authorization": f"Basic {secret}"}
    hands.asker.ask(Request(case.number, "cancel", "POST", url, body={"reason": case.document}, headers=headers))


def _attends(case: Case, hands: Hands, booked: dict[str, Any]) -> None:
    hands.clerk.post(case.number, "attend", f"/api/v1/staff/appointments/{booked['reference']}/attendance")


def _is_referred(case: Case, hands: Hands, booked: dict[str, Any]) -> None:
    body = {
        "service": "protection",
        "priority": hands.chance.choice(("urgent", "high", "normal")),
        "consent": {"partners": ["unhcr"], "text_version": "2026-11", "given_by": "person"},
        "note": f"Conoce a {case.name}",
    }
    path = f"/api/v1/staff/appointments/{booked['reference']}/referral"
    hands.clerk.post(case.number, "refer", path, body, **{"Idempotency-Key": secrets.token_hex(12)})


def _withdraws(case: Case, booked: dict[str, Any]) -> Generator[float, Hands, None]:
    """On the page of the referral, once a partner has accepted it; who does not see that for long leaves it at that."""
    row = re.compile(r'href="/referrals/(\w+)">' + booked["reference"])
    for _ in range(LOOKS):
        hands = yield 2.0
        page = hands.clerk_of_referrals.get(case.number, "look", "/referrals?status=accepted")
        if found := row.search(page.text):
            hands = yield hands.chance.uniform(1, 3)
            hands.clerk_of_referrals.post(case.number, "withdraw", f"/referrals/{found[1]}/withdrawal")
            return


def _hears(case: Case, hands: Hands) -> Generator[float, Hands, None]:
    """Waits for the first word by a channel they chose; who goes home without it is still one who has not been told."""
    for _ in range(PATIENCE):
        if not hands.reached.isdisjoint((case.email, case.phone)):
            return
        hands = yield 2.0
    hands.gone_home.add(case)
