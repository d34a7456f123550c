"""Who a person is: reference and code of their appointment. Wrong tries are slowed down, per reference and network."""

from typing import Any

from services.notifications.store import appointments
from shared import auth, codes, errors, web
from shared.errors import N_


class WrongCode(errors.Unauthorised):
    """The same answer for a reference that is unknown and a code that is wrong."""

    code = "wrong-code"
    title = N_("Reference or code is not right")
    detail = N_("We found no appointment with this reference and this code. Please check both.")
    challenge = 'Basic realm="reference and code", charset="UTF-8"'


def enter(reference: str, code: str) -> dict[str, Any]:
    """Their appointment. Raises WrongCode, or SlowDown after several wrong tries."""
    db, reference = web.db(), codes.read_reference(reference[:100])
    scope = f"code|{reference}|{web.network()}"
    web.throttle(db, scope)
    known = appointments.with_reference(db, reference)
    number = known.get("code_number") if known else None
    right = codes.matches(web.settings().access_key, reference, number or 0, code[:100])
    if known is None or number is None or not right:
        web.throttle_failed(db, scope)
        raise WrongCode
    web.throttle_passed(db, scope)
    auth.act_as(auth.Actor(known["person_id"], kind="person"))
    return known
