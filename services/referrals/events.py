"""What referrals announces: one function per type; ids and codes only. And what partners are sent: thinner still."""

from datetime import datetime
from typing import Any

from marshmallow import fields

from services.referrals import model, routing
from shared import clock, definitions
from shared.definitions import Defined, Definition
from shared.events import Event, Topic

TOPIC = "referrals"
TOPICS = {TOPIC: Topic(partitions=12)}

PARTNER_OFFERED = "referral.offered.v1"
PARTNER_EXPIRED = "referral.expired.v1"
PARTNER_WITHDRAWN = "referral.withdrawn.v1"
PARTNER_TEST = "webhook.test.v1"
PARTNER_TYPES = (PARTNER_OFFERED, PARTNER_EXPIRED, PARTNER_WITHDRAWN, PARTNER_TEST)


# --- what is promised of each


class Referral(Defined):
    """What every event of a referral tells."""

    referral_id = definitions.text()
    person_id = definitions.identifier("the key of the topic `people`")


class ReferralOpened(Referral):
    service = definitions.text("as booking asked for it")
    priority = definitions.code(model.PRIORITIES)
    appointment_id = definitions.identifier()


class Office(Defined):
    id = definitions.text("the office's")
    name = definitions.text("as the office calls itself")
    timezone = definitions.text("IANA")


class ReferralOffered(Referral):
    partner_id = definitions.text("whose answer is awaited")
    service = definitions.text("as booking asked for it")
    priority = definitions.code(model.PRIORITIES)
    answer_by = definitions.instant()
    office = fields.Nested(Office, required=True)


class Partner(Defined):
    id = definitions.text("the partner's")
    name = definitions.text("the agency's, never to be written to the person")
    phone = definitions.text("the agency's, for everybody")


class ReferralAccepted(Referral):
    partner = fields.Nested(Partner, required=True)
    service = definitions.text("as booking asked for it")
    reference = definitions.text("of the appointment, SND-XXXX-XXXX")
    appointment_id = definitions.identifier()


class ReferralDeclined(Referral):
    partner_id = definitions.text("who declined, or did not answer")
    reason = definitions.code((*model.DECLINE_REASONS, model.NO_ANSWER))


class Obstacle(Defined):
    partner_id = definitions.text()
    why = definitions.code(routing.OBSTACLES, "the first thing that stands in the way")


class ReferralUnplaced(Referral):
    reasons = fields.List(fields.Nested(Obstacle), required=True)


class ReferralCompleted(Referral):
    partner_id = definitions.text("who was there for the person")
    outcome = definitions.code(model.OUTCOMES)


class ReferralWithdrawn(Referral):
    partner_id = definitions.text("who had it; null when nobody did", allow_none=True)


class ConsentWithdrawn(Defined):
    consent_id = definitions.identifier()
    person_id = definitions.identifier("the key of the topic `people`")
    referral_ids = definitions.texts("all that rested on it")


DEFINITIONS = {
    "referral.opened.v1": Definition(TOPIC, "Booking's request was taken", ReferralOpened),
    "referral.offered.v1": Definition(TOPIC, "To one partner, whose answer is awaited", ReferralOffered),
    "referral.accepted.v1": Definition(TOPIC, "The partner takes it", ReferralAccepted),
    "referral.declined.v1": Definition(TOPIC, "The partner does not take it, or did not answer", ReferralDeclined),
    "referral.unplaced.v1": Definition(TOPIC, "Nobody, or nobody else, can take it", ReferralUnplaced),
    "referral.completed.v1": Definition(TOPIC, "The partner is done", ReferralCompleted),
    "referral.withdrawn.v1": Definition(TOPIC, "Consent went before it was completed", ReferralWithdrawn),
    "consent.withdrawn.v1": Definition(TOPIC, "No partner may be told any more", ConsentWithdrawn),
}


# --- how each is made


def referral_opened(referral: model.Referral) -> Event:
    more = {
        "service": referral.service,
        "priority": referral.priority,
        "appointment_id": referral.appointment_id,
    }
    return _event("referral.opened.v1", referral, more)


def referral_offered(referral: model.Referral) -> Event:
    offer = referral.offers[-1]
    more = {
        "partner_id": offer.partner_id,
        "service": referral.service,
        "priority": referral.priority,
        "answer_by": clock.rfc3339(offer.answer_by),
        "office": _office(referral),
    }
    return _event("referral.offered.v1", referral, more)


def referral_accepted(referral: model.Referral, partner: model.Partner) -> Event:
    more = {
        "partner": {"id": partner.id, "name": partner.name, "phone": partner.phone},
        "service": referral.service,
        "reference": referral.reference,
        "appointment_id": referral.appointment_id,
    }
    return _event("referral.accepted.v1", referral, more)


def referral_declined(referral: model.Referral, offer: model.Offer) -> Event:
    """Also for an offer that nobody answered: the reason is then `no_answer`."""
    return _event("referral.declined.v1", referral, {"partner_id": offer.partner_id, "reason": offer.reason})


def referral_unplaced(referral: model.Referral) -> Event:
    return _event("referral.unplaced.v1", referral, {"reasons": [one._asdict() for one in referral.reasons[-1]]})


def referral_completed(referral: model.Referral) -> Event:
    offer = referral.offers[-1]
    return _event("referral.completed.v1", referral, {"partner_id": offer.partner_id, "outcome": offer.outcome})


def referral_withdrawn(referral: model.Referral, partner_id: str | None) -> Event:
    return _event("referral.withdrawn.v1", referral, {"partner_id": partner_id})


def consent_withdrawn(referral: model.Referral, referral_ids: list[str]) -> Event:
    data = {"consent_id": referral.consent.id, "person_id": referral.person_id, "referral_ids": referral_ids}
    return Event("consent.withdrawn.v1", referral.case_id, data)


def offer_body(referral: model.Referral, at: datetime) -> dict[str, Any]:
    """To the partner: enough to decide whether to look, nothing of who it is."""
    data = {
        "referral": referral.id,
        "service": referral.service,
        "priority": referral.priority,
        "answer_by": clock.rfc3339(referral.offers[-1].answer_by),
        "office": _office(referral),
    }
    return _body(PARTNER_OFFERED, data, at)


def expired_body(referral: model.Referral, at: datetime) -> dict[str, Any]:
    return _body(PARTNER_EXPIRED, {"referral": referral.id}, at)


def withdrawn_body(referral: model.Referral, at: datetime) -> dict[str, Any]:
    return _body(PARTNER_WITHDRAWN, {"referral": referral.id}, at)


def test_body(at: datetime) -> dict[str, Any]:
    return _body(PARTNER_TEST, {}, at)


def _body(type_: str, data: dict[str, Any], at: datetime) -> dict[str, Any]:
    return {"type": type_, "timestamp": clock.rfc3339(at), "data": data}


def _office(referral: model.Referral) -> dict[str, Any]:
    return {name: referral.office[name] for name in ("id", "name", "timezone")}


def _event(type_: str, referral: model.Referral, more: dict[str, Any]) -> Event:
    data = {"referral_id": referral.id, "person_id": referral.person_id} | more
    return Event(type_, referral.case_id, data)
