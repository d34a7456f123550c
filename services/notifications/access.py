"""Who a person is: reference and code of their appointment."""

from typing import Any

from services.notifications.store import appointments
from shared import auth, codes, web


def enter(reference: str, code: str) -> tuple[dict[str, Any], int]:
    """Their appointment, and the number of the code they have. Raises auth.WrongCode, or SlowDown after several wrong
    tries."""
    db, reference = web.db(), codes.read_reference(reference[:100])
    known = appointments.with_reference(db, reference) or {}
    number = auth.check_code(db, reference, code, appointments.good_codes(known), web.network())
    auth.act_as(auth.Actor(known["person_id"], kind="person"))
    return known, number
