"""A person's way in: reference and code. Wrong tries are slowed down, per reference and network and, more generously,
per network."""

from collections.abc import Sequence
from datetime import timedelta

from pymongo.database import Database

from shared import codes, errors, mongo
from shared.errors import N_
from shared.web import throttling

LONGEST = 100


class WrongCode(errors.Unauthorised):
    """The same answer for a reference that is unknown and a code that is wrong."""

    code = "wrong-code"
    title = N_("Reference or code is not right")
    detail = N_("We found nothing with this reference and this code. Please check both.")
    challenge = 'Basic realm="reference and code", charset="UTF-8"'


def check_code(db: Database, reference: str, code: str, numbers: Sequence[int], network: str) -> int:
    """The n of the code that was given. `reference` as codes.read_reference gives it, `numbers` those of its codes that
    are good: none for a reference that is unknown. Raises WrongCode, or SlowDown after several wrong tries."""
    mine, of_network = f"code|{reference[:40]}|{network}", f"code|{network}"
    throttling.throttle(db, mine)
    throttling.throttle(db, of_network)
    key, given = mongo.settings(db).access_key, code[:LONGEST]
    right = [number for number in numbers or [0] if codes.matches(key, reference, number, given)]
    if not numbers or not right:
        throttling.throttle_failed(db, mine)
        # whole neighbourhoods share one address: generous, and begun anew each hour
        throttling.throttle_failed(db, of_network, free=100, longest=30, window=timedelta(hours=1))
        raise WrongCode
    throttling.throttle_passed(db, mine)
    return right[0]
