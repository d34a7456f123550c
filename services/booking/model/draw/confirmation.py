"""Until when an offer must be confirmed, and what becomes of somebody's waiting afterwards."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.booking import refusals

LONGEST = timedelta(hours=23)
SHORTEST = timedelta(hours=1)


def confirm_by(now: datetime, starts_at: datetime, longest: timedelta = LONGEST) -> datetime:
    """Half of the time that is left is for the answer, `longest` at most; the other half is to prepare and to travel.

    To the minute, as it is told. When less than an hour would be left to answer, nobody is offered it any more.
    """
    to_answer = min(longest, (starts_at - now) / 2)
    if to_answer < SHORTEST:
        raise refusals.TooNear()
    return (now + to_answer).replace(second=0, microsecond=0)


def carried_over(waited: int, drawn: bool, confirmed: bool) -> int:
    """How many windows without luck count in the next one.

    Confirmed: it begins anew. Drawn and not confirmed: as before, since a message may not have arrived, and nobody
    can save up by letting places go. Not drawn: one more, whether or not the waitlist came to them in time.
    """
    if confirmed:
        return 0
    return waited if drawn else waited + 1


def of_party(waited: Iterable[int]) -> int:
    """A party has waited as long as its newest adult, so that nobody is taken in for having waited."""
    return min(waited)
