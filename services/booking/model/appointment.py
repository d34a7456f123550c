"""An appointment: each change decides or refuses, and raises the version."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.booking import refusals
from services.booking.model.referral import Referral

BOOKED, CANCELLED, ARRIVED, ATTENDED, MISSED = "booked", "cancelled", "arrived", "attended", "missed"
LIVE = {BOOKED, ARRIVED}
FIRST_CODE = 1  # the n a booking's answer was made with, so that a repeated request answers the same
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
    place_id: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    party_size: int
    language: str
    channels: tuple[str, ...]
    request: dict[str, str]  # idempotency: scope, body
    fingerprints: tuple[str, ...]
    status: str = BOOKED
    code_number: int = FIRST_CODE
    version: int = 1
    history: tuple[dict[str, Any], ...] = ()  # {at, status, by}
    referrals: tuple[Referral, ...] = ()
    contact_problems: tuple[dict[str, Any], ...] = ()  # {channel, reason, at}
    cancel_reason: dict[str, str] | None = None  # sealed
    told_again_at: datetime | None = None

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
        return self._became(CANCELLED, now, by)

    def call_off(self, now: datetime, mass_cancellation_id: str, reason: str) -> "Appointment":
        """By the office, together with others: the history says why, and by which decision."""
        cancelled = self.cancel(now, "office")
        why = {"reason_code": reason, "mass_cancellation": mass_cancellation_id}
        return dataclasses.replace(cancelled, history=(*cancelled.history[:-1], cancelled.history[-1] | why))

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
        )
