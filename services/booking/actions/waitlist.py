"""Offers after the draw: reminded of, run out, and made to the next on the waitlist, as long as it lasts."""

from pymongo.database import Database

from services.booking import events, live, model, offers, places, refusals, store
from services.booking.actions import drawing, requests
from services.booking.model import draw, moving
from services.booking.model import window as states
from shared import clock, mongo, outbox

TOGETHER = 250


def remind(db: Database, request_id: str, offer: int) -> None:
    try:
        _remind(db, request_id, offer)
    except refusals.WrongState:  # confirmed, withdrawn, over, or reminded already
        return


@mongo.transactional
def _remind(db: Database, request_id: str, offer: int) -> None:
    request = store.requests.get(db, request_id)
    reminded = request.reminded_of(offer, clock.now())
    store.requests.save(db, reminded)
    window, office = store.windows.get(db, request.window_id), store.office(db, request.office_id or "")
    pathway = offers.pathway(db, request.pathway_id)
    outbox.add(db, events.BOOKING, events.request_reminded(reminded, window, office, pathway))


def expire(db: Database, request_id: str, offer: int) -> None:
    """What was not confirmed in time is the waitlist's; who confirms at this moment is first or too late."""
    try:
        _expire(db, request_id, offer)
    except refusals.WrongState:  # confirmed or withdrawn, or expired already
        return


@mongo.transactional
def _expire(db: Database, request_id: str, offer: int) -> None:
    request = store.requests.get(db, request_id)
    expired = request.expire(offer, clock.now())
    window = store.windows.get(db, request.window_id)
    requests.give_back(db, request)
    store.requests.save(db, expired)
    live.let_go(db, request.case_id)
    outbox.add(db, events.BOOKING, events.request_expired(expired, window, requests.zone(db, expired)))


def offer_places(db: Database, window_id: str) -> int:
    """Offers every place of the window that is with nobody to whom it suits next, one by one; how many offers. A place
    whose time has come too near for anybody to answer is the office's."""
    made = 0
    while store.windows.get(db, window_id).state == states.APPLIED:
        slots = store.draws.capacity(db, window_id)
        free = places.unpromised(db, window_id, (slot.id for slot in slots))
        now = [_offer_one(db, window_id, slot) for slot in slots if slot.id in free]
        made += sum(now)
        if not any(now):
            return made
    if store.windows.get(db, window_id).state == states.ENDED:
        places.give_up(db, (slot.id for slot in store.draws.capacity(db, window_id)), window_id)
    return made


@mongo.transactional
def _offer_one(db: Database, window_id: str, slot: draw.Slot) -> bool:
    """One offer of this slot; False when there is nobody, or nothing left. Written in this transaction: the places,
    the request and its version. So two who offer at once offer two places to two people."""
    window, now = store.windows.get(db, window_id), clock.now()
    free = places.unpromised(db, window_id, [slot.id]).get(slot.id, [])
    if window.state != states.APPLIED or not free:
        return False
    chosen = _next(db, window, slot, len(free))
    if chosen is None:
        return False
    mine = tuple(free[: chosen.places])
    try:
        offered = chosen.offered(now, store.slot(db, slot.id), mine, window.longest)
    except refusals.TooNear:
        places.give_up(db, [slot.id], window_id)
        return False
    places.promise(db, dict.fromkeys(mine, chosen.id))
    store.requests.save(db, offered)
    outbox.add(db, events.BOOKING, drawing.allocated(db, offered, window))
    drawing.deadlines(db, offered)
    return True


def _next(db: Database, window: model.Window, slot: draw.Slot, free: int) -> model.Request | None:
    """The rule decides, between the first whom it suits and the first of them who states a need that lacks places."""
    given = store.requests.given(db, window.id) if window.rule.minimums else {}
    lacking = [need for need, least in window.rule.minimums.items() if given.get(need, 0) < least]
    first = store.requests.next_in_line(db, slot.choices, window.id, free)
    needy = store.requests.next_in_line(db, slot.choices, window.id, free, lacking) if lacking else None
    line = {one.entry_id: one for one in (first, needy) if one}
    entry = draw.waitlist.next_for(slot, free, (one.entry() for one in line.values()), lacking)
    return line[entry.id] if entry else None


def end_waitlist(db: Database, window_id: str) -> None:
    """The waitlist is over: who is still on it is told, and their waiting carries over; what is left is the
    office's."""
    while not _ended(db, window_id):
        _end(db, window_id, store.requests.waitlisted(db, window_id, TOGETHER))
    places.give_up(db, (slot.id for slot in store.draws.capacity(db, window_id)), window_id)


@mongo.transactional
def _end(db: Database, window_id: str, slice: list[model.Request]) -> None:
    window, now = store.windows.get(db, window_id), clock.now()
    ended = [one.ends_without(now) for one in slice]
    store.requests.save(db, *ended)
    live.let_go(db, *(one.case_id for one in ended))
    said = [(events.BOOKING, events.request_not_allocated(one, window, requests.zone(db, one))) for one in ended]
    outbox.add_all(db, said)


@mongo.transactional
def _ended(db: Database, window_id: str) -> bool:
    """False while somebody is on it; whoever comes back to it writes the window too (taking_back.py)."""
    window = store.windows.get(db, window_id)
    if store.requests.waitlisted(db, window_id, 1):
        return False
    if window.state == states.APPLIED:
        store.windows.save(db, window.becomes(states.ENDED))
    return True


def release(db: Database, appointment: model.Appointment, pathway: model.Pathway) -> int:
    """In the transaction of what an appointment became: places that a window gave are its waitlist's again, while that
    lasts; others rest, longer where somebody comes before others (rebooking.py). What was kept for it is the next
    one's. How many are free at once."""
    if appointment.kept:
        places.let_go(db, appointment.kept.place_ids, appointment.holder)
    back = _taken_back(db, appointment) if pathway.mode == model.REQUEST_WINDOW else set()
    left = [place for place in appointment.place_ids if place not in back]
    return places.release(db, left, appointment.id, _rest(db, appointment, pathway))


def _rest(db: Database, appointment: model.Appointment, pathway: model.Pathway) -> tuple[int, int]:
    now = clock.now()
    in_time = appointment.starts_at > now + moving.SOONEST
    first = in_time and store.rebooking.somebody_waits(db, appointment.office_id, pathway.id, now)
    return places.KEPT_MINUTES if first else pathway.rest_minutes


def _taken_back(db: Database, appointment: model.Appointment) -> set[str]:
    request = store.requests.find(db, appointment.reference)
    if request is None or store.windows.get(db, request.window_id).state != states.APPLIED:
        return set()
    back = places.back_to_window(db, appointment.place_ids, appointment.id, request.window_id)
    if back:
        requests.offer_soon(db, request.window_id, f"{appointment.id}.{appointment.version}")
    return back
