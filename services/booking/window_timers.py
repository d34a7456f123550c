"""What falls due of request windows: their steps, and the offers that come of them. Each may be done again."""

import time
from collections.abc import Callable
from datetime import timedelta

from pymongo.database import Database

from services.booking import actions, drand, store
from services.booking.model import draw
from services.booking.model import window as states
from shared import due, mongo

TURN_SECONDS = 20  # well under the lease; what is left is done in the next run
ASK_AGAIN = timedelta(seconds=30)  # of drand


def open_window(db: Database, work: due.Work) -> None:
    actions.open_window(db, work.data["window"])


def close_window(db: Database, work: due.Work) -> None:
    if not actions.close_window(db, work.data["window"], _for_a_turn()):
        raise due.Later("more to do", after=timedelta(0))


def draw_window(db: Database, work: due.Work) -> None:
    """Officers, and whoever enters a round by hand, bring this about again when they have told."""
    window = store.windows.get(db, work.data["window"])
    if window.state != states.COMMITTED:
        return
    seed = window.seed()
    if seed is None and isinstance(window.source, draw.Drand):
        urls = mongo.settings(db).drand_urls
        if not urls:
            return
        try:
            seed = drand.fetch(urls, window.source)
        except drand.NotThere:
            raise due.Unavailable("seed not there", after=ASK_AGAIN) from None
    if seed:
        actions.hold_draw(db, window.id, seed)


def apply_draw(db: Database, work: due.Work) -> None:
    if not actions.apply(db, work.data["window"], _for_a_turn()):
        raise due.Later("more to do", after=timedelta(0))


def offer_places(db: Database, work: due.Work) -> None:
    actions.offer_places(db, work.data["window"])


def end_waitlist(db: Database, work: due.Work) -> None:
    actions.end_waitlist(db, work.data["window"])


def remind_request(db: Database, work: due.Work) -> None:
    actions.remind(db, work.data["request"], work.data["offer"])


def expire_request(db: Database, work: due.Work) -> None:
    actions.expire(db, work.data["request"], work.data["offer"])


def _for_a_turn() -> Callable[[], bool]:
    until = time.monotonic() + TURN_SECONDS
    return lambda: time.monotonic() < until


TIMERS: dict[str, Callable[[Database, due.Work], None]] = {
    "open_window": open_window,
    "close_window": close_window,
    "draw_window": draw_window,
    "apply_draw": apply_draw,
    "offer_places": offer_places,
    "end_waitlist": end_waitlist,
    "remind_request": remind_request,
    "expire_request": expire_request,
}
