"""A request as its person comes back to it, with reference and code."""

from typing import Any

from pymongo.database import Database

from services.booking import model, people, store
from services.booking.actions import lost_code
from services.booking.model import requests as rules
from shared import auth, codes, mongo


def identify_request(db: Database, reference: str, code: str, network: str) -> model.Request:
    """The request of whoever knows its reference and code; once it is an appointment, the code is that one's. Raises
    auth.WrongCode, or SlowDown after several wrong tries."""
    reference = codes.read_reference(reference)
    request = store.requests.find(db, reference)
    booked = store.find(db, reference) if request and request.status == rules.CONFIRMED else None
    known = booked or request
    number = auth.check_code(db, reference, code, known.good_codes if known else (), network)
    if request is None or known is None:  # the check has refused it
        raise auth.WrongCode
    if number == known.oldest_code:
        return request
    if booked:
        lost_code.note_use(db, reference, number)
        return request
    return lost_code.note_use_of_request(db, reference, number)


def request_code(db: Database, request: model.Request) -> str:
    """The code it was answered with at first, also when the request is repeated later and by then another one holds."""
    return codes.code(mongo.settings(db).access_key, request.reference, model.FIRST_CODE)


def who_comes(db: Database, request: model.Request) -> dict[str, Any]:
    """With whom, and what the office prepares for them, for the person's own page."""
    known = people.get(db, request.person_id) or {}
    return {name: known.get(name) for name in ("companions", "needs", "interpreter")}
