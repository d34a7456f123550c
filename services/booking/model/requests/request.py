"""A request and what becomes of it. Each change raises the version."""

import dataclasses
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.booking import refusals
from services.booking.model import draw
from services.booking.model.appointment import FIRST_CODE, Appointment, renewed
from services.booking.model.offer import Pathway, Slot
from services.booking.model.request import AtTheDesk
from services.booking.model.requests.wish import PARTS, Wish

RECEIVED, ALLOCATED, CONFIRMED, WAITLISTED = "received", "allocated", "confirmed", "waitlisted"
NOT_ALLOCATED, EXPIRED, WITHDRAWN = "not_allocated", "expired", "withdrawn"
STATUSES = (RECEIVED, ALLOCATED, CONFIRMED, WAITLISTED, NOT_ALLOCATED, EXPIRED, WITHDRAWN)
ASKING = (RECEIVED, ALLOCATED, WAITLISTED)  # something may still come of it

LAST_CALL = timedelta(hours=6)  # a reminder comes then, or when a third of the time is left
FIRST_IN_LINE = 0


@dataclass(frozen=True)
class Request:
    """`entry_id` is what is published of it, and nothing else is. `entered`: it is in the draw; fixed at the close, as
    are its wish, its needs and its party. `id` is that of the appointment that may come of it."""

    id: str
    reference: str
    entry_id: str
    case_id: str
    person_id: str
    window_id: str
    pathway_id: str
    offices: tuple[str, ...]
    availability: tuple[str, ...]
    needs: tuple[str, ...]
    party_size: int
    places: int
    language: str
    channels: tuple[str, ...]
    request: dict[str, str]  # idempotency: scope, body
    fingerprints: tuple[str, ...]
    adults: tuple[tuple[str, ...], ...]  # of each the fingerprints that their waiting is known by
    entered: bool = True
    status: str = RECEIVED
    waited: int | None = None  # None until the close
    waited_each: tuple[int, ...] = ()
    drawn: bool = False
    waitlist: int | None = None
    ticket: str | None = None  # in the draw; of those with the same number the lowest comes first
    slot_id: str | None = None
    office_id: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    timezone: str | None = None
    place_ids: tuple[str, ...] = ()
    confirm_by: datetime | None = None
    offers: int = 0
    reminded: int = 0  # of which offer they were reminded
    code_number: int = FIRST_CODE
    oldest_code: int = FIRST_CODE
    codes_renewed_at: tuple[datetime, ...] = ()
    version: int = 1
    told_again_at: datetime | None = None
    history: tuple[dict[str, Any], ...] = field(default=())  # {at, status, by}, and {account, why} of staff

    @property
    def choices(self) -> tuple[str, ...]:
        if not self.availability or set(self.availability) == set(PARTS):
            return self.offices
        return tuple(f"{office}/{part}" for office in self.offices for part in self.availability)

    @property
    def good_codes(self) -> range:
        return range(self.oldest_code, self.code_number + 1)

    @property
    def is_asking(self) -> bool:
        return self.status in ASKING

    def entry(self) -> draw.Entry:
        """As it is published."""
        return draw.Entry(self.entry_id, self.places, self.choices, self.waited or 0, self.needs)

    def _changed(self, **values: Any) -> "Request":
        return dataclasses.replace(self, version=self.version + 1, **values)

    def _became(self, status: str, now: datetime, by: str, desk: AtTheDesk | None = None, **values: Any) -> "Request":
        entry = {"at": now, "status": status, "by": by} | (vars(desk) if desk else {})
        return self._changed(status=status, history=(*self.history, entry), **values)

    def wishes(self, wish: Wish, pathway: Pathway, prints: tuple[tuple[str, ...], ...]) -> "Request":
        """Another wish, while the window is open."""
        if self.status != RECEIVED:
            raise refusals.NotChangeable()
        return self._changed(
            offices=wish.offices_after(self.offices),
            availability=wish.availability,
            needs=wish.needs,
            party_size=wish.party_size,
            places=pathway.places_for(wish.party_size),
            adults=prints,
        )

    def has_waited(self, each: tuple[int, ...]) -> "Request":
        return self._changed(waited=draw.confirmation.of_party(each), waited_each=each)

    def offered(self, now: datetime, slot: Slot, places: tuple[str, ...], longest: timedelta) -> "Request":
        """Drawn, or come to on the waitlist. Raises TooNear."""
        if self.status not in (RECEIVED, WAITLISTED):
            raise refusals.Changed()
        return self._became(
            ALLOCATED,
            now,
            "draw",
            drawn=self.drawn or self.status == RECEIVED,
            confirm_by=draw.confirmation.confirm_by(now, slot.starts_at, longest),
            slot_id=slot.id,
            office_id=slot.office_id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            timezone=slot.timezone,
            place_ids=places,
            offers=self.offers + 1,
        )

    def waits(self, now: datetime, number: int, drawn: bool = False) -> "Request":
        if self.status != RECEIVED:
            raise refusals.Changed()
        return self._became(WAITLISTED, now, "draw", waitlist=number, drawn=drawn)

    def remind_at(self) -> datetime:
        """When a reminder is due: a third of the time is left, or six hours."""
        if self.confirm_by is None:
            raise refusals.WrongState()
        return self.confirm_by - min((self.confirm_by - self.history[-1]["at"]) / 3, LAST_CALL)

    def reminded_of(self, offer: int, now: datetime) -> "Request":
        if self.status != ALLOCATED or self.offers != offer or self.reminded >= offer or self._is_over(now):
            raise refusals.WrongState()
        return self._changed(reminded=offer)

    def confirm(self, now: datetime) -> "Request":
        if self.status != ALLOCATED:
            raise refusals.NotOffered()
        if self._is_over(now):
            raise refusals.OfferExpired()
        return self._became(CONFIRMED, now, "person")

    def expire(self, offer: int, now: datetime) -> "Request":
        if self.status != ALLOCATED or self.offers != offer or not self._is_over(now):
            raise refusals.WrongState()
        return self._became(EXPIRED, now, "draw", **NO_PLACE)

    def taken_back(self, now: datetime, job: str, waitlist_lasts: bool) -> "Request":
        """The office cannot keep what was offered, with many others (`job`). They are the first on the waitlist again,
        several by their tickets, or have got no place; and as after any window without luck, it counts."""
        if self.status != ALLOCATED:
            raise refusals.WrongState()
        status = WAITLISTED if waitlist_lasts else NOT_ALLOCATED
        entry = {"at": now, "status": status, "by": "office", "mass_cancellation": job}
        history = (*self.history, entry)
        return self._changed(status=status, history=history, waitlist=FIRST_IN_LINE, drawn=False, **NO_PLACE, **NO_TIME)

    def withdraw(self, now: datetime, by: str, stays_entered: bool, desk: AtTheDesk | None = None) -> "Request":
        """`desk`: who of the staff does it for the person, and how they asked."""
        if not self.is_asking:
            raise refusals.NotWithdrawable()
        return self._became(WITHDRAWN, now, by, desk, entered=self.entered and stays_entered, **NO_PLACE)

    def ends_without(self, now: datetime) -> "Request":
        if self.status != WAITLISTED:
            raise refusals.WrongState()
        return self._became(NOT_ALLOCATED, now, "draw")

    def carried_over(self) -> tuple[int, ...]:
        """How long each of the adults has waited from now on. Who withdrew before the draw has what they had."""
        if self.status == WITHDRAWN and not self.drawn and self.waitlist is None:
            return self.waited_each
        confirmed = self.status == CONFIRMED
        return tuple(draw.confirmation.carried_over(waited, self.drawn, confirmed) for waited in self.waited_each)

    def appointment(self, now: datetime) -> Appointment:
        """What comes of it when it is confirmed: the same reference, code, case and person."""
        if not (self.slot_id and self.office_id and self.starts_at and self.ends_at and self.timezone):
            raise refusals.WrongState()
        return Appointment(
            id=self.id,
            reference=self.reference,
            case_id=self.case_id,
            person_id=self.person_id,
            office_id=self.office_id,
            pathway_id=self.pathway_id,
            slot_id=self.slot_id,
            place_ids=self.place_ids,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            timezone=self.timezone,
            party_size=self.party_size,
            language=self.language,
            channels=self.channels,
            request=self.request,
            fingerprints=self.fingerprints,
            code_number=self.code_number,
            oldest_code=self.oldest_code,
            codes_renewed_at=self.codes_renewed_at,
            history=({"at": now, "status": "booked", "by": "person"},),
        )

    def renew_code(self, now: datetime) -> "Request":
        """One more code, as of an appointment."""
        return self._changed(code_number=self.code_number + 1, codes_renewed_at=renewed(self.codes_renewed_at, now))

    def code_used(self, number: int) -> "Request":
        return self._changed(oldest_code=number)

    def told_again(self, now: datetime) -> "Request":
        return self._changed(told_again_at=now)

    def erased(self) -> "Request":
        return self._changed(
            fingerprints=(f"erased:{self.id}",),
            adults=(),
            waited_each=(),
            request={"scope": self.request["scope"], "body": ""},
        )

    def _is_over(self, now: datetime) -> bool:
        return self.confirm_by is None or now >= self.confirm_by


NO_PLACE: dict[str, Any] = {"place_ids": (), "confirm_by": None}
NO_TIME: dict[str, Any] = dict.fromkeys(("slot_id", "office_id", "starts_at", "ends_at", "timezone"))
