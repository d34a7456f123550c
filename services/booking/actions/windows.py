"""A request window, step by step: planned, opened, closed, committed to, drawn, its outcome noted, ended.

Each step may be killed anywhere and be done again. What it publishes is made from what cannot change any more, under
names of its own, so that it is the same again; that it is done is one guarded change of the window's state, in the
transaction of what follows from it. The outcome is noted in slices: each moves the window's mark in the transaction of
its requests, so that none is noted, and nobody told, twice.
"""

from collections.abc import Callable
from datetime import datetime

from pymongo.database import Database

from services.booking import live, model, places, refusals, store, waiting
from services.booking.model import draw
from services.booking.model import requests as rules
from services.booking.model import window as states
from shared import audit, auth, clock, due, mongo
from shared.errors import N_

LANE = "windows"
OPEN, CLOSE, DRAW, APPLY, END = "open_window", "close_window", "draw_window", "apply_draw", "end_waitlist"
SLICE = 500
BESIDE = N_("The waitlist of an earlier window lasts longer than that.")

GoOn = Callable[[], bool]


def always() -> bool:
    return True


def plan(
    db: Database, window: model.Window, starts: datetime, ends: datetime, actor: auth.Actor | None = None
) -> model.Window:
    """Reserves what is free at its offices from `starts` until `ends`, publishes rule and capacity, and lets it open at
    its time. May run again after it was killed. Raises UnfitWindow, UnfitRule."""
    there = _planned_before(db, window)
    if there:
        return there
    _must_be_drawn(db, window)
    _must_stand_alone(db, window)
    slots = {slot.id: slot for slot in store.slots_between(db, window.pathway_id, window.offices, starts, ends)}
    reservable = places.reservable(db, list(slots), window.id)
    states.plan(window, [slots[id].starts_at for id in reservable], clock.now())
    window.rule.must_fit(_drawn(slots[id], number) for id, number in reservable.items())
    reserved = places.reserve(db, list(reservable), window.id)
    capacity = [_drawn(slots[id], number) for id, number in reserved.items()]
    store.draws.write(db, window.id, "rule", window.rule.publish())
    store.draws.write(db, window.id, "capacity", draw.capacity.publish(capacity))
    made = _plan(db, window, actor)
    if made is None:
        places.give_up(db, list(reservable), window.id)
        raise refusals.UnfitWindow(errors={"opens_at": BESIDE})
    return made


def _planned_before(db: Database, window: model.Window) -> model.Window | None:
    there = store.windows.find(db, window.id)
    if there and not there.is_planned_as(window):
        raise refusals.UnfitWindow(errors={"id": N_("There is another window of this name already.")})
    return there


def _must_be_drawn(db: Database, window: model.Window) -> None:
    if store.pathway(db, window.pathway_id).mode != model.REQUEST_WINDOW:
        raise refusals.UnfitWindow(errors={"pathway": N_("The places of this service are not drawn.")})
    offices = {office.id for office in store.offices(db, window.pathway_id)}
    if not window.offices or not set(window.offices) <= offices:
        raise refusals.UnfitWindow(errors={"offices": N_("One of these offices does not give this service.")})


def _must_stand_alone(db: Database, window: model.Window) -> None:
    if store.windows.beside(db, window.pathway_id, window.offices, window.opens_at):
        raise refusals.UnfitWindow(errors={"opens_at": BESIDE})


def _drawn(slot: model.Slot, places: int) -> draw.Slot:
    part = rules.part_of_day(slot.starts_at, slot.timezone)
    return draw.Slot(slot.id, slot.office_id, part, slot.starts_at, places)


@mongo.transactional
def _plan(db: Database, window: model.Window, actor: auth.Actor | None) -> model.Window | None:
    """Who plans for the same service at this moment writes the same row: the same form sent twice finds itself there,
    another window finds this one beside it (None)."""
    store.windows.take_turns(db, window.pathway_id)
    there = _planned_before(db, window)
    if there or store.windows.beside(db, window.pathway_id, window.offices, window.opens_at):
        return there
    store.windows.add(db, window)
    audit.record(db, actor, "window.plan", window.id)
    then(db, OPEN, window, window.opens_at)
    return window


def then(db: Database, kind: str, window: model.Window, at: datetime | None = None) -> None:
    due.add(db, kind, LANE, {"window": window.id}, due_at=at, id=f"{kind}.{window.id}")


def open_window(db: Database, id: str) -> None:
    """Whoever has an appointment of this pathway already, from before its places were drawn, cannot ask."""
    live.take_in(db, store.windows.get(db, id).pathway_id)
    _open(db, id)


@mongo.transactional
def _open(db: Database, id: str) -> None:
    window = store.windows.get(db, id)
    if window.state != states.PLANNED:
        return
    store.windows.save(db, window.becomes(states.OPEN))
    store.windows.open_gates(db, id)
    then(db, CLOSE, window, window.closes_at)


def close_window(db: Database, id: str, go_on: GoOn = always) -> bool:
    """Who asks from now on is refused; the entries are made ready, published, and committed to, or first looked at by
    an officer of privacy where one of them could be told by its classes. False when `go_on` said to stop before the
    end."""
    window = _shut(db, id)
    if window.state == states.REVIEW and window.released_by:
        publish(db, id, [one.entry() for one in store.requests.entered(db, id)])
    if window.state != states.CLOSING:
        return True
    if not note_waiting(db, window, go_on):
        return False
    entries = [one.entry() for one in store.requests.entered(db, id)]
    if draw.entry.alone(entries):
        _await_review(db, id)
    else:
        publish(db, id, entries)
    return True


@mongo.transactional
def _shut(db: Database, id: str) -> model.Window:
    window = store.windows.get(db, id)
    if window.state != states.OPEN:
        return window
    shut = window.becomes(states.CLOSING, closed_at=clock.now().replace(microsecond=0))
    store.windows.shut_gates(db, id)
    store.windows.save(db, shut)
    return shut


def note_waiting(db: Database, window: model.Window, go_on: GoOn = always) -> bool:
    """How long each entry has waited, as it is known at the close."""
    after = ""
    while slice := store.requests.without_waiting(db, window.id, after, SLICE):
        _note_waiting(db, window, slice)
        after = slice[-1].entry_id
        if not go_on():
            return False
    return True


@mongo.transactional
def _note_waiting(db: Database, window: model.Window, slice: list[model.Request]) -> None:
    each = waiting.of(db, window.pathway_id, [one.adults for one in slice])
    changed = [one.has_waited(waited or (0,)) for one, waited in zip(slice, each, strict=True)]
    store.requests.save(db, *changed)


@mongo.transactional
def _await_review(db: Database, id: str) -> None:
    window = store.windows.get(db, id)
    if window.state == states.CLOSING:
        store.windows.save(db, window.becomes(states.REVIEW))


def publish(db: Database, id: str, entries: list[draw.Entry]) -> None:
    """The list of entries, and the commitment to it. The list is made from what cannot change any more."""
    store.draws.write(db, id, "entries", draw.entry.publish(entries))
    _commit(db, id, entries, store.draws.capacity(db, id))


@mongo.transactional
def _commit(db: Database, id: str, entries: list[draw.Entry], capacity: list[draw.Slot]) -> None:
    window, now = store.windows.get(db, id), clock.now()
    if window.state not in (states.CLOSING, states.REVIEW) or window.closed_at is None:
        return
    source = window.seed_after(now)
    commitment = draw.commit(id, window.closed_at, entries, capacity, window.rule, source)
    counts = {"asked": len(entries), "places": sum(slot.places for slot in capacity)}
    store.draws.commit(db, commitment, window, counts)
    committed = window.becomes(states.COMMITTED, source=source, committed_at=now)
    store.windows.save(db, committed)
    then(db, DRAW, window, committed.seed_comes_at())


def alone(db: Database, id: str) -> list[draw.Entry]:
    """What would be published of entries that nobody else is like."""
    return list(draw.entry.alone(one.entry() for one in store.requests.entered(db, id)))


def look_at_alone(db: Database, id: str, actor: auth.Actor) -> list[draw.Entry]:
    """That they were looked at is noted first."""
    store.windows.get(db, id)
    audit.record(db, actor, "draw.alone", id)
    return alone(db, id)


def release(db: Database, id: str, actor: auth.Actor) -> model.Window:
    """An officer of privacy lets the list be published as it is; if that is killed, it is done when it falls due."""
    _release(db, id, actor)
    close_window(db, id)
    return store.windows.get(db, id)


@mongo.transactional
def _release(db: Database, id: str, actor: auth.Actor) -> None:
    window = store.windows.get(db, id)
    if window.released_by:
        return
    if window.state != states.REVIEW:
        raise refusals.WrongState()
    audit.record(db, actor, "draw.release", id)
    store.windows.save(db, window.changed(released_by=actor.id))
    due.add(db, CLOSE, LANE, {"window": id}, id=f"{CLOSE}.{id}.released")
