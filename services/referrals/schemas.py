"""Bodies in and out of the partners' API; and what referrals reads of others' events."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, fields, validate

from services.referrals import events, model
from shared import web
from shared.errors import N_

OFFER_STATES = (
    model.OFFERED,
    model.ACCEPTED,
    model.COMPLETED,
    model.DECLINED,
    model.NO_ANSWER,
    model.WITHDRAWN,
)
DELIVERY_STATES = (model.WAITING, model.DELIVERED, model.FAILED, model.CANCELLED)
_SANE = validate.Range(datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
_NO_NUL = validate.ContainsNoneOf("\0", error=N_("This text holds characters that cannot be kept."))


class Flag(fields.Boolean):
    """true or false, and nothing that could be taken for them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Strict(Schema):
    class Meta:
        unknown = RAISE


class Read(Schema):
    """Of what others publish: the fields that are read here, no more."""

    class Meta:
        unknown = EXCLUDE


# --- out ---


class OfficeOut(Schema):
    id = fields.String()
    name = fields.String()
    timezone = fields.String(metadata={"description": "IANA"})


class ReferralThin(Schema):
    """Once consent is withdrawn, what it is about is no longer told: the fields that may be null are."""

    id = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(OFFER_STATES))
    offered_at = web.Instant(required=True)
    answer_by = web.Instant(required=True)
    timezone = fields.String(required=True, allow_none=True, metadata={"description": "the office's, IANA"})
    service = fields.String(required=True, allow_none=True)
    priority = fields.String(required=True, allow_none=True, validate=validate.OneOf((*model.PRIORITIES, None)))
    office = fields.Nested(OfficeOut, required=True, allow_none=True)


class ReferralAnswered(ReferralThin):
    answered_at = web.Instant(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    completed_at = web.Instant(required=True, allow_none=True)
    outcome = fields.String(required=True, allow_none=True)


class ReferralPage(Schema):
    items = fields.List(fields.Nested(ReferralThin), required=True)
    next = fields.String(required=True, allow_none=True)


class CompanionOut(Schema):
    name = fields.String(required=True)
    birth_date = fields.String(required=True)


class PersonOut(Schema):
    name = fields.String(required=True)
    birth_date = fields.String(required=True, metadata={"format": "date"})
    phone = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    document = fields.String(required=True, allow_none=True)
    language = fields.String(required=True, metadata={"description": "of messages"})
    languages = fields.List(fields.String(), required=True, metadata={"description": "spoken, best first"})
    channels = fields.List(fields.String(), required=True)
    companions = fields.List(fields.Nested(CompanionOut), required=True)


class ConsentOut(Schema):
    text_version = fields.String(required=True)
    given_by = fields.String(required=True)
    given_at = web.Instant(required=True)


class ReferralDetails(ReferralThin):
    reference = fields.String(required=True, metadata={"description": "of the appointment, as the person knows it"})
    person = fields.Nested(PersonOut, required=True)
    note = fields.String(required=True, allow_none=True, metadata={"description": "of the office that referred"})
    consent = fields.Nested(ConsentOut, required=True)


class EventOut(Schema):
    id = fields.String(required=True, metadata={"description": "the webhook-id of its deliveries"})
    type = fields.String(required=True, validate=validate.OneOf(events.PARTNER_TYPES))
    timestamp = fields.String(required=True, metadata={"format": "date-time"})
    data = fields.Dict(required=True)
    cursor = fields.String(required=True, metadata={"description": "send it as `after` to go on from here, also later"})


class EventPage(Schema):
    items = fields.List(fields.Nested(EventOut), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "null: nothing newer for now"})


class WebhookOut(Schema):
    url = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(("none", "enabled", "disabled")))
    changed_at = web.Instant(required=True, allow_none=True)
    disabled_at = web.Instant(required=True, allow_none=True)
    disabled_reason = fields.String(required=True, allow_none=True)


class SecretOut(Schema):
    secret = fields.String(required=True, metadata={"description": "whsec_…, shown in this answer only"})
    old_valid_until = web.Instant(required=True)


class AttemptOut(Schema):
    at = web.Instant(required=True)
    status = fields.Integer(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True)
    duration_ms = fields.Integer(required=True)


class DeliveryOut(Schema):
    id = fields.String(required=True)
    event_id = fields.String(required=True)
    type = fields.String(required=True)
    referral = fields.String(required=True, allow_none=True, attribute="referral_id")
    state = fields.String(required=True, validate=validate.OneOf(DELIVERY_STATES))
    is_replay = fields.Boolean(required=True)
    created_at = web.Instant(required=True)
    finished_at = web.Instant(required=True, allow_none=True)
    attempts = fields.List(fields.Nested(AttemptOut), required=True)


class DeliveryPage(Schema):
    items = fields.List(fields.Nested(DeliveryOut), required=True)
    next = fields.String(required=True, allow_none=True)


class ReplayJobOut(Schema):
    id = fields.String(required=True, attribute="_id")
    status = fields.String(required=True, validate=validate.OneOf(("running", "done")))
    since = web.Instant(required=True)
    until = web.Instant(required=True)
    only_failed = fields.Boolean(required=True)
    looked_at = fields.Integer(required=True, metadata={"description": "events so far"})
    delivering = fields.Integer(required=True, metadata={"description": "of them, delivered again"})


# --- in ---


class ReferralQuery(web.ListQuery):
    status = fields.String(load_default=None, validate=validate.OneOf(OFFER_STATES))


class EventQuery(web.ListQuery):
    after = fields.String(
        load_default="0", validate=validate.Regexp(r"^[0-9]{1,15}\Z", error=N_("This is not a cursor."))
    )
    types = fields.String(
        load_default=None,
        validate=[validate.Length(min=1, max=500), _NO_NUL],
        metadata={"description": "some of the types, between commas"},
    )


class DeliveryQuery(web.ListQuery):
    state = fields.String(load_default=None, validate=validate.OneOf(DELIVERY_STATES))


class Decline(Strict):
    reason = fields.String(required=True, validate=validate.OneOf(model.DECLINE_REASONS))


class Completion(Strict):
    outcome = fields.String(required=True, validate=validate.OneOf(model.OUTCOMES))
    note = fields.String(load_default=None, allow_none=True, validate=[validate.Length(max=2000), _NO_NUL])


class WebhookIn(Strict):
    url = fields.String(required=True, validate=validate.Length(min=10, max=500), metadata={"format": "uri"})


class ReplaysIn(Strict):
    since = web.Instant(required=True, validate=_SANE)
    until = web.Instant(load_default=None, allow_none=True, validate=_SANE)
    only_failed = Flag(load_default=False)


# --- read of others' events ---


class ConsentRead(Read):
    id = fields.String(required=True)
    partners = fields.List(fields.String(), required=True)
    text_version = fields.String(required=True)
    given_by = fields.String(required=True)
    recorded_by = fields.String(required=True)
    given_at = fields.AwareDateTime(required=True)


class OfficeRead(Read):
    id = fields.String(required=True)
    name = fields.String(required=True)
    city = fields.String(required=True)
    region = fields.String(required=True)
    timezone = fields.String(required=True)


class ReferralRequestedRead(Read):
    referral_request_id = fields.String(required=True)
    appointment_id = fields.String(required=True)
    reference = fields.String(required=True)
    person_id = fields.String(required=True)
    office = fields.Nested(OfficeRead, required=True)
    service = fields.String(required=True)
    priority = fields.String(required=True, validate=validate.OneOf(model.PRIORITIES))
    language = fields.String(required=True)
    languages = fields.List(fields.String(), required=True)
    consent = fields.Nested(ConsentRead, required=True)


COPIED = ("appointment_id", "reference", "person_id", "office", "service", "priority", "language")


class PersonChangedRead(Read):
    sealed = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class CompanionRead(Read):
    name = fields.String(required=True)
    birth_date = fields.String(required=True)


class PersonRead(Read):
    """What is in the sealed box."""

    name = fields.String(required=True)
    birth_date = fields.String(required=True)
    phone = fields.String(load_default=None, allow_none=True)
    email = fields.String(load_default=None, allow_none=True)
    document = fields.String(load_default=None, allow_none=True)
    language = fields.String(required=True)
    channels = fields.List(fields.String(), required=True)
    companions = fields.List(fields.Nested(CompanionRead), load_default=list)
    notes = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)


referral_requested = ReferralRequestedRead()
person_changed = PersonChangedRead()
person = PersonRead()
