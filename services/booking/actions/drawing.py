"""The draw of a window: its seed, the draw itself, and what it gives noted for each request, in slices."""

import dataclasses
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from pymongo.database import Database

from services.booking import events, model, offers, places, refusals, store, waiting
from services.booking.actions import figures, requests, windows
from services.booking.model import draw
from services.booking.model import requests as rules
from services.booking.model import window as states
from shared import audit, auth, clock, due, mongo, outbox
from shared.events import Event

TOGETHER = 250  # requests in one transaction
EXPIRE, REMIND = "expire_request", "remind_request"
LANE = "requests"

Row = dict[str, Any]


@mongo.transactional
def tell_seed(db: Database, id: str, value: str, actor: auth.Actor) -> model.Window:
    """A round of drand as two people read it, each for themselves; or what an officer committed to. When both have
    told, the draw is held."""
    told = store.windows.get(db, id).tell(clock.now(), actor.id, value)
    store.windows.save(db, told)
    audit.record(db, actor, "draw.seed", id)
    if told.seed():
        due.add(db, windows.DRAW, windows.LANE, {"window": id}, id=f"{windows.DRAW}.{id}.told")
    return told


def hold_draw(db: Database, id: str, seed: draw.Seed) -> None:
    """Of exactly what was committed to, as it is published. Held once; held again it gives the same."""
    if store.windows.get(db, id).state != states.COMMITTED:
        return
    found = store.draws.get(db, id)
    entries, capacity = store.draws.entries(db, id), store.draws.capacity(db, id)
    rule = store.windows.get(db, id).rule
    outcomes = draw.hold(store.draws.commitment(found), entries, capacity, rule, seed)
    result = draw.allocation.publish(outcomes)
    store.draws.write(db, id, "result", result)
    _held(db, id, seed.publish(), draw.published.sha256(result), figures.of_draw(db, id))


@mongo.transactional
def _held(db: Database, id: str, seed: str, result: str, counted: dict[str, Any]) -> None:
    window = store.windows.get(db, id)
    if window.state != states.COMMITTED:
        return
    store.draws.note_result(db, id, seed, result, counted)
    store.windows.save(db, window.becomes(states.DRAWN))
    windows.then(db, windows.APPLY, window)


def apply(db: Database, id: str, go_on: windows.GoOn = windows.always) -> bool:
    """Notes what the draw gave, slice by slice, from where it was left; False when `go_on` said to stop before the end.
    What was drawn for somebody who withdrew meanwhile is the waitlist's."""
    window = store.windows.get(db, id)
    if window.state != states.DRAWN:
        return True
    left = (row for row in store.draws.rows(db, id, "result") if row["id"] > window.applied_to)
    key = store.draws.key(db, id)
    for slice in _slices(left):
        _apply(db, id, key, slice)
        if not go_on():
            return False
    _applied(db, id)
    return True


def _slices(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while slice := list(islice(rows, TOGETHER)):
        yield slice


@mongo.transactional
def _apply(db: Database, id: str, key: str, slice: list[Row]) -> None:
    window = store.windows.get(db, id)
    if window.state != states.DRAWN or window.applied_to >= slice[0]["id"]:
        return  # another run is ahead
    outcome = {row["id"]: row for row in slice}
    asked = {one.entry_id: one for one in store.requests.of_entries(db, id, list(outcome))}
    drawn = {entry: row for entry, row in outcome.items() if "slot" in row}
    slots = {slot.id: slot for slot in store.slots(db, {row["slot"] for row in drawn.values()})}
    free = places.unpromised(db, id, slots)
    changed: list[model.Request] = []
    for entry, row in outcome.items():
        request = asked[entry]
        if request.status != rules.RECEIVED:
            continue  # withdrawn since the close
        request = dataclasses.replace(request, ticket=draw.waitlist.ticket(key, entry))
        changed.append(_outcome(request, row, window, slots, free))
    places.promise(db, {place: one.id for one in changed for place in one.place_ids})
    _note(db, window, changed)
    store.windows.save(db, window.changed(applied_to=slice[-1]["id"]))


def _outcome(
    request: model.Request, row: Row, window: model.Window, slots: dict[str, model.Slot], free: dict[str, list[str]]
) -> model.Request:
    """Drawn for a time that has come too near meanwhile, or that the office cannot keep: the first on the waitlist."""
    now = clock.now()
    if "slot" not in row:
        return request.waits(now, row["waitlist"])
    mine = tuple(free.get(row["slot"], [])[: request.places])
    if len(mine) < request.places:
        return request.waits(now, rules.FIRST_IN_LINE)
    try:
        offered = request.offered(now, slots[row["slot"]], mine, window.longest)
    except refusals.TooNear:
        return request.waits(now, rules.FIRST_IN_LINE, drawn=True)
    del free[row["slot"]][: request.places]
    return offered


def _note(db: Database, window: model.Window, changed: Sequence[model.Request]) -> None:
    store.requests.save(db, *changed)
    waiting.carry_over(db, *changed)
    said = [said for one in changed for said in _said(db, window, one)]
    outbox.add_all(db, said)
    for one in changed:
        if one.status == rules.ALLOCATED:
            deadlines(db, one)


def _said(db: Database, window: model.Window, one: model.Request) -> list[tuple[str, Event]]:
    if one.status == rules.ALLOCATED:
        return [(events.BOOKING, allocated(db, one, window))]
    return [(events.BOOKING, events.request_waitlisted(one, window, requests.zone(db, one)))]


def allocated(db: Database, one: model.Request, window: model.Window) -> Event:
    office = offers.office(db, one.office_id or "")
    return events.request_allocated(one, window, office, offers.pathway(db, one.pathway_id))


def deadlines(db: Database, one: model.Request) -> None:
    """Of an offer: the reminder, and its end."""
    data = {"request": one.id, "offer": one.offers}
    for kind, at in ((REMIND, one.remind_at()), (EXPIRE, one.confirm_by)):
        due.add(db, kind, LANE, data, due_at=at, id=f"{kind}.{one.id}.{one.offers}", correlation=one.case_id)


@mongo.transactional
def _applied(db: Database, id: str) -> None:
    window = store.windows.get(db, id)
    if window.state != states.DRAWN:
        return
    store.windows.save(db, window.becomes(states.APPLIED))
    requests.offer_soon(db, id, "after the draw")
    windows.then(db, windows.END, window, window.waitlist_until)
