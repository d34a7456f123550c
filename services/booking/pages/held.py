"""The time of a draft, held while its person checks what they typed. As far as it can be: they can book without."""

import contextlib
import dataclasses
import secrets

from services.booking import actions, model, offers, refusals
from services.booking.actions import holding
from services.booking.pages import draft
from shared import errors, web

NOT_NEEDED = (refusals.TooManyHolds, refusals.NoHolds, errors.TooMany)


def keep(kept: draft.Draft, party_size: int) -> None:
    """For so many people. Raises what a booking of that time would be refused with."""
    there = of(kept)
    if there:
        pathway = offers.find(web.db(), kept.slot).pathway
        if len(there.place_ids) == pathway.places_for(party_size):
            return
        drop(kept)
    try:
        draft.hold(kept, _hold(kept.slot, party_size).id)
    except NOT_NEEDED:
        draft.hold(kept, "")


def of(kept: draft.Draft) -> model.Hold | None:
    """As long as it holds."""
    return actions.held(web.db(), kept.hold) if kept.hold else None


def drop(kept: draft.Draft) -> None:
    if kept.hold:
        actions.drop(web.db(), kept.hold)


def book(kept: draft.Draft, request: model.BookingRequest) -> model.Appointment:
    """With what is held; if that ran out, as if nothing had been held."""
    key, there = web.idempotency_key("public"), of(kept)
    if there:
        with contextlib.suppress(refusals.HoldExpired):  # in this very moment: the place is claimed anew
            return actions.book(web.db(), dataclasses.replace(request, hold_id=there.id), key)[0]
    return actions.book(web.db(), request, key)[0]


@web.at_most(holding.PER_NETWORK, scope="holds")
def _hold(slot_id: str, party_size: int) -> model.Hold:
    made, _ = actions.hold(web.db(), slot_id, party_size, web.IdempotencyKey(secrets.token_hex(32), ""))
    return made
