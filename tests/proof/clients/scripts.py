"""What each person does, step by step. A script yields how many seconds it wants to wait before it goes on, and gets
the hands of whichever thread takes it up again."""

import re
import secrets
from typing import Any

from tests.proof.clients import booking, flood, window
from tests.proof.clients.hands import Hands, Script
from tests.proof.clients.people import Case, is_first

LOOKS = 10  # at the list of referrals
PATIENCE = 25  # looks into their mailbox, two seconds apart: then they go home, before the run takes them for stuck


def of(case: Case) -> Script:
    hands = yield 0
    if case.kind == "asks":
        yield from window.takes_part(case, hands)
        hands = yield 0
        yield from _hears(case, hands)
        return
    booked = yield from booking.books(case, hands)
    hands = yield 0
    if case.kind == "is_flooded" and is_first(case.number):
        yield from flood.closes_the_office(case, hands)
    if booked is None:
        return
    yield from _goes_on(case, booked)
    hands = yield 0
    yield from _hears(case, hands)


def _goes_on(case: Case, booked: dict[str, Any]) -> Script:
    """With what they have booked."""
    hands = yield 0
    if case.kind == "cancels":
        hands = yield hands.chance.uniform(0, 8)
        _cancels(case, hands, booked)
    elif case.kind == "changes":
        hands = yield hands.chance.uniform(0, 8)
        yield from booking.changes(case, hands, booked)
    elif case.kind == "is_referred":
        hands = yield hands.chance.uniform(0, 5)
        _attends(case, hands, booked)
        hands = yield hands.chance.uniform(0, 2)
        _is_referred(case, hands, booked)
        if case.withdraws:
            yield from _withdraws(case, booked)


def _cancels(case: Case, hands: Hands, booked: dict[str, Any]) -> None:
    path = f"appointments/{booked['reference']}/cancellation"
    hands.own(case, "cancel", "POST", path, booked, {"reason": case.document})


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


def _withdraws(case: Case, booked: dict[str, Any]) -> Script:
    """On the page of the referral, once a partner has accepted it; who does not see that for long leaves it at that."""
    row = re.compile(r'href="/referrals/(\w+)">' + booked["reference"])
    for _ in range(LOOKS):
        hands = yield 2.0
        page = hands.clerk_of_referrals.get(case.number, "look", "/referrals?status=accepted")
        if found := row.search(page.text):
            hands = yield hands.chance.uniform(1, 3)
            hands.clerk_of_referrals.post(case.number, "withdraw", f"/referrals/{found[1]}/withdrawal")
            return


def _hears(case: Case, hands: Hands) -> Script:
    """Waits for the first word by a channel they chose; who goes home without it is still one who has not been told."""
    for _ in range(PATIENCE):
        if not hands.reached.isdisjoint((case.email, case.phone)):
            return
        hands = yield 2.0
    hands.gone_home.add(case)
