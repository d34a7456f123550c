"""The fields that booking reads of others' events."""

from marshmallow import EXCLUDE, Schema, fields


class Read(Schema):
    class Meta:
        unknown = EXCLUDE


class PartnerRead(Read):
    id = fields.String(required=True)
    name = fields.String(load_default=None, allow_none=True)


class ReferralRead(Read):
    """Whatever the referrals service announces of a referral; only these fields are looked at."""

    referral_id = fields.String(required=True)
    service = fields.String(load_default=None, allow_none=True)
    partner = fields.Nested(PartnerRead, load_default=None, allow_none=True)


class MessageFailedRead(Read):
    person_id = fields.String(required=True)
    channel = fields.String(required=True)
    reason = fields.String(load_default="failed")


class OptedOutRead(Read):
    person_id = fields.String(required=True)
    channel = fields.String(required=True)
