"""Places that were offered to requests, taken back with the many appointments of a mass cancellation.

Whoever confirms at that moment has written the request first, and has an appointment, which is cancelled with the
others; or finds no offer any more. An offer that is taken back is told once, since the same transaction changes what it
was. Who had it comes first on the waitlist, as long as that lasts; afterwards they have got no place, and it counts.
"""

from collections.abc import Sequence

from pymongo.database import Database

from services.booking import events, live, model, offers, places, store, waiting
from services.booking.actions import requests
from services.booking.model import requests as rules
from services.booking.model import window as states
from shared import clock, outbox

LASTS = (states.DRAWN, states.APPLIED)


def take_back(db: Database, job: model.MassCancellation, found: Sequence[model.Request]) -> None:
    """In the transaction of the job's slice. Each window is written too: its waitlist does not end meanwhile."""
    windows = {id: store.windows.get(db, id) for id in dict.fromkeys(one.window_id for one in found)}
    now = clock.now()
    changed = [one.taken_back(now, job.id, windows[one.window_id].state in LASTS) for one in found]
    for window in windows.values():
        store.windows.save(db, window.changed())
    places.take_back_all(db, {place: one.id for one in found for place in one.place_ids})
    store.requests.save(db, *changed)
    waiting.carry_over(db, *changed)
    live.let_go(db, *(one.case_id for one in changed if one.status == rules.NOT_ALLOCATED))
    office = offers.office(db, job.office_id)
    said = [
        events.request_offer_withdrawn(after, windows[one.window_id], office, one.starts_at, job.reason)
        for one, after in zip(found, changed, strict=True)
    ]
    outbox.add_all(db, [(events.BOOKING, event) for event in said])
    for window in windows.values():
        if window.state == states.APPLIED:
            requests.offer_soon(db, window.id, f"{job.id}.{found[0].id}.{found[0].offers}")
