"""Times of the office that are cancelled, all at once: one of those in charge proposes it, another approves."""

import secrets
from datetime import timedelta

from tests.proof.clients.hands import Hands, Script, begin
from tests.proof.clients.people import Case, batch
from tests.proof.office import FLOODED, OFFICE

OTHERS_COME = (8.0, 12.0)  # seconds
LOOKS = 90  # at how far it is, two seconds apart
OVER = ("finished", "stopped")


def closes_the_office(case: Case, hands: Hands) -> Script:
    hands = yield hands.chance.uniform(*OTHERS_COME)
    number = batch(case.number) or 0
    first, last = (begin(one) for one in hands.slots[FLOODED][2 * number : 2 * number + 2])
    proposal = {
        "from": first.isoformat(),
        "to": (last + timedelta(minutes=30)).isoformat(),
        "reason": "office_closed",
        "rebook": False,
        "pathway": FLOODED,
        "note": f"Llamó {case.name}",
    }
    path = f"/api/v1/staff/offices/{OFFICE}/cancellations"
    key = {"Idempotency-Key": secrets.token_hex(12)}
    proposed = hands.leads[0].post(case.number, "propose", path, proposal, **key)
    if proposed.status != 202:
        return
    hands = yield hands.chance.uniform(0, 2)
    job = f"{path}/{proposed.body['id']}"
    hands.leads[1].post(case.number, "approve", f"{job}/approval")
    for _ in range(LOOKS):
        hands = yield 2.0
        if (hands.leads[0].get(case.number, "look", job).body or {}).get("state") in OVER:
            return
