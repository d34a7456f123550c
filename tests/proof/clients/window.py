"""A request window: those who ask for a place in it and what they do about what is drawn for them; and, with the first
of them, those who run it."""

import secrets
from datetime import UTC, datetime
from typing import Any

from tests.proof.clients.asking import Request
from tests.proof.clients.hands import Booking, Hands, Script
from tests.proof.clients.people import Case, askers, is_first, window
from tests.proof.office import OFFICE, drawn

TRIES = 40  # to ask, until the window is open
LOOKS = 400  # at how it stands
WAITS = 20  # looks of somebody on the waitlist, until they go home
DRAWN = ("applied", "ended")


def takes_part(case: Case, hands: Hands) -> Script:
    number = window(case.number) or 0
    if is_first(case.number):
        hands.office.plan_window(number)
    asked = yield from _asks(case, hands, drawn(number))
    if is_first(case.number):
        yield from _is_drawn(case, number)
    if asked:
        yield from _sees_it_through(case, asked)


def _asks(case: Case, hands: Hands, pathway: str) -> Booking:
    """Again while it is not open yet; who comes when it is closed gets none."""
    what_suits = {"offices": [OFFICE], "availability": list(case.availability), "needs": list(case.needs)}
    key = secrets.token_hex(12)
    for _ in range(TRIES):
        hands = yield hands.chance.uniform(0.5, 1.5)
        answer = hands.asker.ask(
            Request(
                case.number,
                "ask",
                "POST",
                f"{hands.booking}/api/v1/requests",
                body=case.request(pathway, what_suits),
                headers={"Idempotency-Key": key},
                first_try_seconds=hands.hangs_up(case),
            )
        )
        if answer.status == 201:
            return answer.body
        if not answer.is_problem("no-window"):
            return None
    return None


def _is_drawn(case: Case, number: int) -> Script:
    """The office's part: rows that are alone are looked at and released, each officer tells what they committed to."""
    path = f"/api/v1/staff/draws/{drawn(number)}"
    told = False
    hands = yield 0
    for _ in range(LOOKS):
        hands = yield hands.office.look_again
        url = f"{hands.booking}/api/v1/draws/{drawn(number)}"
        shown = hands.asker.ask(Request(case.number, "draw", "GET", url)).body or {}
        if shown.get("state") in DRAWN:
            return
        if shown.get("state") == "open" and hands.office.closes_early:
            hands.office.close_early(number, askers(number))
        elif shown.get("state") == "review":
            hands.officers[0].get(case.number, "look", f"{path}/alone")
            hands.officers[0].post(case.number, "release", f"{path}/release")
        elif shown.get("state") == "committed" and not told:
            told = _tell(case, hands, number, path, shown["seed_comes_at"])


def _tell(case: Case, hands: Hands, number: int, path: str, comes_at: str) -> bool:
    """False while it is too early."""
    if hands.office.skips:
        hands.office.let_pause_pass(number)
    elif datetime.now(UTC) < datetime.fromisoformat(comes_at):
        return False
    for officer, account in enumerate(hands.officers):
        value = {"value": hands.office.secret(number, officer)}
        account.post(case.number, f"seed_{officer + 1}", f"{path}/seed", value)
    return True


def _sees_it_through(case: Case, asked: dict[str, Any]) -> Script:
    waits = 0
    hands = yield 0
    for _ in range(LOOKS):
        hands = yield hands.office.look_again
        shown = hands.own(case, "see", "GET", f"requests/{asked['reference']}", asked).body or {}
        if shown.get("status") == "allocated":
            yield from _decides(case, hands, asked)
            return
        waits += shown.get("status") == "waitlisted"
        if shown.get("status") not in ("received", "waitlisted") or waits > WAITS:
            return


def _decides(case: Case, hands: Hands, asked: dict[str, Any]) -> Script:
    """About a place that was drawn for them, or that came to them on the waitlist."""
    hands = yield hands.chance.uniform(0, 4)
    reference = asked["reference"]
    if case.outcome == "lapses":
        hands.office.let_lapse(reference)
    elif case.outcome == "gives_up":
        hands.own(case, "give_up", "POST", f"requests/{reference}/withdrawal", asked)
    else:
        hands.own(case, "confirm", "POST", f"requests/{reference}/confirmation", asked)
        if case.outcome == "confirms_and_cancels":
            hands = yield hands.chance.uniform(0, 6)
            hands.own(
                case, "cancel", "POST", f"appointments/{reference}/cancellation", asked, {"reason": case.document}
            )
