"""The request window of the sample data: one is always open, or planned for when the earlier one is through."""

from datetime import datetime, timedelta

from pymongo.database import Database

from services.booking import actions, model, store
from services.booking.model import draw
from services.booking.model import window as states
from shared import clock, errors

PATHWAY = "resettlement"
ASKED_FOR = timedelta(days=5)
WAITLIST = timedelta(days=2)  # after the close; then the next window may open
TIMES = timedelta(days=7)  # in which the appointments lie
NEEDS = {"medical": 2, "minors": 2}


def plan(db: Database) -> model.Window | None:
    """May run again. None: there is one still to close, or the offices have no free places to be drawn."""
    now = clock.now().replace(second=0, microsecond=0)
    earlier = store.windows.of_pathway(db, PATHWAY)
    if store.pathway(db, PATHWAY).mode != model.REQUEST_WINDOW or any(one.closes_at > now for one in earlier):
        return None
    lasting = (one.waitlist_until for one in earlier if one.state != states.ENDED)
    window = _window(tuple(office.id for office in store.offices(db, PATHWAY)), max(lasting, default=now))
    begins = window.closes_at + states.SOONEST_START
    try:
        return actions.plan(db, window, begins, begins + TIMES)
    except errors.Invalid:  # somebody has closed the offices or booked it all: there is nothing to draw
        return None


def _window(offices: tuple[str, ...], opens_at: datetime) -> model.Window:
    opens_at = max(opens_at, clock.now().replace(second=0, microsecond=0))
    closes_at = opens_at + ASKED_FOR
    return model.Window(
        id=f"{PATHWAY}-{opens_at:%Y-%m-%d}",
        pathway_id=PATHWAY,
        offices=offices,
        opens_at=opens_at,
        closes_at=closes_at,
        waitlist_until=closes_at + WAITLIST,
        rule=draw.Rule(minimums=NEEDS),
        source=draw.Drand.not_before(closes_at + draw.PAUSE + states.MARGIN),
    )
