"""An appointment: each change decides or refuses, and raises the version."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.booking import refusals
from services.booking.model.hold import Kept
from services.booking.model.offer import Pathway, Slot
from services.booking.model.referral import Referral

BOOKED, CANCELLED, ARRIVED, ATTENDED, MISSED = "booked", "cancelled", "arrived", "attended", "missed"
RESCHEDULED = "rescheduled"  # no status, but a step of its history
PLACE_IN_TIME = ("office_id", "slot_id", "starts_at", "ends_at", "timezone")
LIVE = {BOOKED, ARRIVED}
CORRECTIONS = ("came_late", "noted_by_mistake", "seen_elsewhere")  # why a missed one was put right
FIRST_CODE = 1  # the n a booking's answer was made with, so that a repeated request answers the same
MOST_CODES = 3  # new ones within a day
A_DAY, A_DOUBLE_CLICK = timedelta(days=1), timedelta(minutes=2)
NIGHT_DESK = timedelta(hours=2)  # who comes before midnight for a time after it has still come


@dataclass(frozen=True)
class Appointment:
    id: str
    reference: str
    case_id: str
    person_id: str
    office_id: str
    pathway_id: str
    slot_id: str
    place_ids: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    timezone: str
    party_size: int
    language: str
    channels: tuple[str, ...]
    request: dict[str, str]  # idempotency: scope, body
    fingerprints: tuple[str, ...]
    status: str = BOOKED
    code_number: int = FIRST_CODE  # the newest n; every code from `oldest_code` to it is good
    oldest_code: int = FIRST_CODE
    codes_renewed_at: tuple[datetime, ...] = ()  # within the last day
    version: int = 1
    history: tuple[dict[str, Any], ...] = ()  # {at, status, by}, and {before}, {account, why} where they matter
    referrals: tuple[Referral, ...] = ()
    contact_problems: tuple[dict[str, Any], ...] = ()  # {channel, reason, at}
    cancel_reason: dict[str, str] | None = None  # sealed
    told_again_at: datetime | None = None
    changes: int = 0  # of the time, by the person
    waits_until: datetime | None = None  # first in line for another time until then: model/rebooking.py
    kept: Kept | None = None

    @property
    def place_id(self) -> str:
        return self.place_ids[0]

    @property
    def holder(self) -> str:
        """Whom what is kept for it is held for."""
        return f"first.{self.id}"

    @property
    def live(self) -> bool:
        return self.status in LIVE

    def _changed(self, **values: Any) -> "Appointment":
        return dataclasses.replace(self, version=self.version + 1, **values)

    def _became(self, status: str, now: datetime, by: str, before: tuple[dict[str, Any], ...] = ()) -> "Appointment":
        entry = {"at": now, "status": status, "by": by}
        return self._changed(status=status, history=(*self.history, *before, entry))

    def cancel(self, now: datetime, by: str, notice_minutes: int = 0) -> "Appointment":
        if self.status != BOOKED:
            raise refusals.NotBooked()
        if now >= self.starts_at - timedelta(minutes=notice_minutes if by == "person" else 0):
            raise refusals.TooLate()
        return dataclasses.replace(self._became(CANCELLED, now, by), waits_until=None, kept=None)

    def call_off(
        self, now: datetime, mass_cancellation_id: str, reason: str, waits_until: datetime | None = None
    ) -> "Appointment":
        """By the office, together with others: the history says why, and by which decision. What is kept for them
        stays kept."""
        cancelled = self.cancel(now, "office")
        why = {"reason_code": reason, "mass_cancellation": mass_cancellation_id}
        history = (*cancelled.history[:-1], cancelled.history[-1] | why)
        return dataclasses.replace(cancelled, history=history, waits_until=waits_until, kept=self.kept)

    def must_be_changeable(self, now: datetime, by: str, pathway: Pathway) -> None:
        """To another time. The office may do it at any time and as often as it must."""
        if self.status != BOOKED:
            raise refusals.NotBooked()
        if by == "office":
            return
        if now >= self.starts_at - timedelta(minutes=pathway.change_notice_minutes):
            raise refusals.TooLate()
        if self.changes >= pathway.max_changes:
            raise refusals.TooManyChanges(most=pathway.max_changes)

    def reschedule(
        self, now: datetime, to: Slot, place_ids: tuple[str, ...], by: str, pathway: Pathway
    ) -> "Appointment":
        self.must_be_changeable(now, by, pathway)
        if to.id == self.slot_id:
            raise refusals.SameTime()
        before = {name: getattr(self, name) for name in PLACE_IN_TIME}
        entry = {"at": now, "status": RESCHEDULED, "by": by, "before": before}
        return self._changed(
            **{name: getattr(to, name) for name in PLACE_IN_TIME if name != "slot_id"},
            slot_id=to.id,
            place_ids=place_ids,
            changes=self.changes + (by == "person"),
            history=(*self.history, entry),
            waits_until=None,
            kept=None,
        )

    @property
    def was_changed_to(self) -> str | None:
        """The slot that it has by a change of time; None if it still has the first."""
        return self.slot_id if any(one["status"] == RESCHEDULED for one in self.history) else None

    @property
    def as_booked(self) -> "Appointment":
        """With the office and the time that it was booked with."""
        first: dict[str, Any] = next((one["before"] for one in self.history if one["status"] == RESCHEDULED), {})
        return dataclasses.replace(self, **first)

    def cancel_until(self, notice_minutes: int, now: datetime) -> datetime | None:
        """The instant before which its person may cancel it; None when they may not, or not any more."""
        until = self.starts_at - timedelta(minutes=notice_minutes)
        return until if self.status == BOOKED and now < until else None

    def becomes(self, status: str, now: datetime, by: str) -> "Appointment":
        """Arrived, attended or missed, as the office notes it."""
        return {ARRIVED: self.arrive, ATTENDED: self.attend, MISSED: self.miss}[status](now, by)

    def arrive(self, now: datetime, by: str) -> "Appointment":
        if self.status != BOOKED:
            raise refusals.WrongState()
        self._must_be_its_day(now)
        return self._became(ARRIVED, now, by)

    def attend(self, now: datetime, by: str) -> "Appointment":
        if self.status not in LIVE:
            raise refusals.WrongState()
        self._must_be_its_day(now)
        came = () if self.status == ARRIVED else ({"at": now, "status": ARRIVED, "by": by},)
        return self._became(ATTENDED, now, by, before=came)

    def miss(self, now: datetime, by: str) -> "Appointment":
        if self.status != BOOKED:
            raise refusals.WrongState()
        if now < self.starts_at:
            raise refusals.NotYet()
        return self._became(MISSED, now, by)

    def correct(self, status: str, now: datetime, account: str, why: str) -> "Appointment":
        """Noted as missed by mistake: they have arrived, or it took place. Who says so, and why, stays in history."""
        if self.status != MISSED or status not in (ARRIVED, ATTENDED):
            raise refusals.NotMissed()
        entry = {"at": now, "status": status, "by": "office", "account": account, "why": why}
        return self._changed(status=status, history=(*self.history, entry))

    def _must_be_its_day(self, now: datetime) -> None:
        zone = ZoneInfo(self.timezone)
        its_day = now.astimezone(zone).date() >= self.starts_at.astimezone(zone).date()
        if not its_day and now < self.starts_at - NIGHT_DESK:
            raise refusals.NotYet()

    def refer(self, referral: Referral) -> "Appointment":
        if self.status not in (ARRIVED, ATTENDED):
            raise refusals.WrongState()
        if any(earlier.is_open and earlier.service == referral.service for earlier in self.referrals):
            raise refusals.AlreadyReferred()
        return self._changed(referrals=(*self.referrals, referral))

    def referral_is(self, now: datetime, told: dict[str, Any]) -> "Appointment":
        """`told`: what the referrals service announced, with `referral_id`, `status` and more where known."""
        mine = self._told_of(told)
        if mine is None:
            raise LookupError(f"appointment {self.id} knows no referral {told['referral_id']}")
        partner = told.get("partner") or mine.partner
        after = dataclasses.replace(
            mine, referral_id=told["referral_id"], status=told["status"], partner=partner, changed_at=now
        )
        return self._changed(referrals=tuple(after if one is mine else one for one in self.referrals))

    def _told_of(self, told: dict[str, Any]) -> Referral | None:
        for one in self.referrals:
            if told["referral_id"] in (one.referral_id, one.id):
                return one
        return next(
            (
                one
                for one in self.referrals
                if one.referral_id is None and one.is_open and one.service == told.get("service")
            ),
            None,
        )

    def contact_failed(self, channel: str, reason: str, now: datetime) -> "Appointment":
        others = tuple(one for one in self.contact_problems if one["channel"] != channel)
        return self._changed(contact_problems=(*others, {"channel": channel, "reason": reason, "at": now}))

    def told_again(self, now: datetime) -> "Appointment":
        return self._changed(told_again_at=now)

    def renew_code(self, now: datetime) -> "Appointment":
        """One more code; those before it stay good until it is used (`code_used`). Whoever knows a reference may ask
        for a new code, and references are no secret: so a stranger who asks takes nothing from the owner. The code goes
        to the contact on file alone, the one they have opens their appointment as before, and after `MOST_CODES` in a
        day there is no further message. What a stranger uses up of these has reached the owner."""
        return self._changed(code_number=self.code_number + 1, codes_renewed_at=renewed(self.codes_renewed_at, now))

    @property
    def good_codes(self) -> range:
        return range(self.oldest_code, self.code_number + 1)

    def code_used(self, number: int) -> "Appointment":
        """Its owner has got it: those before it, one of which is lost, open nothing any more."""
        return self._changed(oldest_code=number)

    def erased(self) -> "Appointment":
        """Without anything that leads back to the person; the scope stays, so that a late repeat is refused."""
        referrals = tuple(
            dataclasses.replace(one, request={"scope": one.request["scope"], "body": ""}) for one in self.referrals
        )
        return self._changed(
            fingerprints=(f"erased:{self.id}",),  # unique, as an empty list would not be
            request={"scope": self.request["scope"], "body": ""},
            cancel_reason=None,
            referrals=referrals,
            waits_until=None,
        )


def renewed(before: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    """When codes were made new within the last day, now too. Raises CodeRenewedLately."""
    lately = tuple(at for at in before if at > now - A_DAY)
    if len(lately) >= MOST_CODES or (lately and now < lately[-1] + A_DOUBLE_CLICK):
        raise refusals.CodeRenewedLately()
    return (*lately, now)
