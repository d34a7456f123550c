"""A message to one person by one channel: what it says, what may become of it, whether it is still worth sending."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from shared import errors
from shared.errors import N_

QUEUED, SENT, DELIVERED, FAILED, STOPPED = STATES = ("queued", "sent", "delivered", "failed", "stopped")
TRY_FOR = timedelta(hours=24)  # a provider that is away
PERSON_UNKNOWN = "person_unknown"
WAIT_FOR_PERSON = timedelta(hours=6)
HOME_ZONE = "America/Guatemala"  # where an event tells of none
NAMESPACE = uuid.UUID("6f0e2a54-8f3c-4c0e-9d39-0b1a5d0f7c11")


@dataclass(frozen=True)
class Kind:
    """What a template is for: it is due only while the appointment is in `status`, and before it begins if so said."""

    status: str | None = None
    before_start: bool = False
    calendar: str | None = None


USUAL, OF_MANY_SOON, OF_MANY = 5, 6, 8  # in a lane the lower goes first
SOON = timedelta(hours=48)
TEMPLATES = {
    "appointment_booked": Kind("booked", before_start=True, calendar="PUBLISH"),
    "appointment_rescheduled": Kind("booked", before_start=True, calendar="PUBLISH"),
    "appointment_cancelled": Kind("cancelled", calendar="CANCEL"),
    "appointment_missed": Kind("missed"),
    "office_cancelled": Kind("cancelled", calendar="CANCEL"),
    "place_kept": Kind(before_start=True),
    "kept_withdrawn": Kind(),
    "code_renewed": Kind(),
    "one_time_code": Kind(),
    "contact_used_again": Kind(before_start=True),
    "request_received": Kind("received"),
    "request_code_renewed": Kind(),
    "contact_asked_again": Kind(),
    "request_allocated": Kind("allocated"),
    "request_reminder": Kind("allocated"),
    "request_waitlisted": Kind("waitlisted"),
    "request_not_allocated": Kind("not_allocated"),
    "request_expired": Kind("expired"),
    "offer_withdrawn": Kind(),
    "request_withdrawn": Kind("withdrawn"),
    "referral_accepted": Kind(),
}


class WrongState(errors.Conflict):
    code = "wrong-state"
    title = N_("Not possible now")
    detail = N_("The message is %(state)s: it cannot be sent again now.")


class NotWanted(errors.Conflict):
    code = "opted-out"
    title = N_("Not wanted")
    detail = N_("The person wants no messages this way, or it no longer holds.")


@dataclass(frozen=True)
class Step:
    state: str
    at: datetime
    reason: str | None = None


@dataclass(frozen=True)
class Message:
    """`hand_over` counts how often it was asked to be sent (1, and one more per resend), not the attempts of each.

    `facts` are those of the event it came from. `recipient` is sealed, and noted when it has been handed over.
    `only_if_chosen`: made for every channel, because which ones the person chose was not known yet.
    """

    id: str
    event_id: str
    case_id: str
    person_id: str
    template: str
    channel: str
    check_code: str
    created_at: datetime
    queued_at: datetime
    facts: dict[str, Any] = field(repr=False)
    appointment_id: str | None = None
    only_if_chosen: bool = False
    state: str = QUEUED
    hand_over: int = 1
    provider_id: str | None = None
    reason: str | None = None
    recipient: dict[str, str] | None = field(default=None, repr=False)
    sent_at: datetime | None = None
    history: tuple[Step, ...] = ()
    version: int = 1

    @property
    def kind(self) -> Kind:
        return TEMPLATES[self.template]

    @property
    def timezone(self) -> str:
        return self.facts.get("timezone") or HOME_ZONE

    @property
    def hand_over_id(self) -> str:
        """What the provider knows it by: the same at each attempt, another one when somebody sends it again."""
        return self.id if self.hand_over == 1 else f"{self.id}-{self.hand_over}"

    def sent(self, provider_id: str | None, recipient: dict[str, str] | None, now: datetime) -> "Message":
        """It has been handed over, whatever was decided meanwhile. A receipt may have been faster."""
        noted = replace(self, provider_id=provider_id, recipient=recipient, sent_at=self.sent_at or now)
        return noted if self.state in (DELIVERED, FAILED) else noted._become(SENT, None, now)

    def failed(self, reason: str, now: datetime) -> "Message":
        return self._become(FAILED, reason, now) if self.state in (QUEUED, SENT) else self

    def stopped(self, reason: str, now: datetime) -> "Message":
        return self._become(STOPPED, reason, now) if self.state == QUEUED else self

    def receipt(self, hand_over_id: str, delivered: bool, now: datetime) -> "Message":
        """What the provider says became of it. Never backwards, and never about an earlier hand-over."""
        if hand_over_id != self.hand_over_id or self.state in (DELIVERED, FAILED):
            return self
        if delivered:
            return replace(self._become(DELIVERED, None, now), sent_at=self.sent_at or now)
        return self._become(FAILED, "undelivered", now)

    def sent_again(self, now: datetime) -> "Message":
        if self.state == QUEUED:
            raise WrongState(state=self.state)
        again = replace(self, hand_over=self.hand_over + 1, queued_at=now, sent_at=None, provider_id=None)
        return again._become(QUEUED, None, now)

    def too_old(self, now: datetime) -> bool:
        return now - self.queued_at > TRY_FOR

    def waited_enough(self, now: datetime) -> bool:
        return now - self.queued_at > WAIT_FOR_PERSON

    def _become(self, state: str, reason: str | None, now: datetime) -> "Message":
        return replace(self, state=state, reason=reason, history=(*self.history, Step(state, now, reason)))


def priority_of_many(starts_at: datetime | None, now: datetime) -> int:
    """Of a message that goes to many at once: behind what is told to one, and first to who would set out first."""
    return OF_MANY_SOON if starts_at is not None and starts_at - now < SOON else OF_MANY


def message_id(event_id: str, template: str, channel: str) -> str:
    """The same event gives the same message, however often it comes."""
    return str(uuid.uuid5(NAMESPACE, f"{event_id}|{template}|{channel}"))


def id_of(hand_over_id: str) -> str:
    """The message that a provider speaks of."""
    return hand_over_id[:36]
