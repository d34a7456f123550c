"""Referrals as booking sees them: asked for with consent, and what became of them."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

CONSENT_TEXTS = {"2026-11": ("es", "en")}  # version to languages; a version never changes once used
OPEN = {"requested", "opened", "offered", "accepted", "declined"}


@dataclass(frozen=True)
class Consent:
    id: str
    partners: tuple[str, ...]
    text_version: str
    given_by: str  # person | guardian
    recorded_by: str
    given_at: datetime


@dataclass(frozen=True)
class ReferralRequest:
    """What a clerk asks for; who records it and when are added by the action."""

    service: str
    priority: str
    partners: tuple[str, ...]
    text_version: str
    given_by: str
    languages: tuple[str, ...] = ()  # spoken; without them the appointment's language
    note: str | None = None  # sealed with the person, never in an event in clear

    def made(self, now: datetime, recorded_by: str, language: str, request: dict[str, str]) -> "Referral":
        consent = Consent(
            id=str(uuid.uuid4()),
            partners=self.partners,
            text_version=self.text_version,
            given_by=self.given_by,
            recorded_by=recorded_by,
            given_at=now,
        )
        return Referral(
            id=str(uuid.uuid4()),
            service=self.service,
            priority=self.priority,
            languages=self.languages or (language,),
            consent=consent,
            requested_at=now,
            request=request,
        )


@dataclass(frozen=True)
class Referral:
    """A request for a referral and, as told by the referrals service, what became of it."""

    id: str
    service: str
    priority: str
    languages: tuple[str, ...]
    consent: Consent
    requested_at: datetime
    request: dict[str, str]  # idempotency: scope, body
    status: str = "requested"
    referral_id: str | None = None
    partner: dict[str, Any] | None = None
    changed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN
