"""Bodies in and out, and the fields that this service reads of others' events."""

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from services.notifications.model import contact, message
from services.notifications.model.preferences import Preferences, QuietHours
from shared import web
from shared.errors import N_


class Read(Schema):
    """Of somebody else's making: what we do not know is none of our business."""

    class Meta:
        unknown = EXCLUDE


# events of booking


class Office(Read):
    name = fields.String(required=True)
    city = fields.String(load_default="")
    address = fields.String(load_default="")
    phone = fields.String(load_default="", allow_none=True)


class Appointment(Read):
    """Of every appointment.… event; some carry less."""

    appointment_id = fields.String(required=True)
    reference = fields.String(required=True)
    person_id = fields.String(required=True)
    code_number = fields.Integer(load_default=None)
    office = fields.Nested(Office, load_default=None)
    starts_at = web.Instant(load_default=None)
    ends_at = web.Instant(load_default=None)
    timezone = fields.String(load_default=None)
    channels = fields.List(fields.String(), load_default=None)
    bring = fields.Dict(keys=fields.String(), values=fields.String(), load_default=None, allow_none=True)
    reason_code = fields.String(load_default=None, allow_none=True)
    rebook = fields.Boolean(load_default=None, allow_none=True)
    first_until = web.Instant(load_default=None, allow_none=True)


class AppointmentOffered(Appointment):
    """Another time at the same office, instead of the one that it took away."""

    offered_starts_at = web.Instant(required=True)
    offered_ends_at = web.Instant(required=True)
    answer_by = web.Instant(required=True)


class AppointmentOfferWithdrawn(Appointment):
    """That time is none any more; in `status` "booked" they still have their first one."""

    offered_starts_at = web.Instant(required=True)
    status = fields.String(required=True)


class VerificationRequested(Read):
    verification_id = fields.String(required=True)
    person_id = fields.String(required=True)
    channel = fields.String(required=True)
    valid_until = web.Instant(required=True)


class Request(Appointment):
    """Of every request.… event. Its id is that of the appointment that may come of it."""

    appointment_id = fields.String(required=True, data_key="request_id")
    closes_at = web.Instant(required=True)
    confirm_by = web.Instant(load_default=None)
    waitlist = fields.Integer(load_default=None)
    status = fields.String(load_default=None)


# events of referrals


class Partner(Read):
    """Not its name: that would say why the person came."""

    phone = fields.String(load_default=None, allow_none=True)


class ReferralAccepted(Read):
    person_id = fields.String(required=True)
    reference = fields.String(required=True)
    appointment_id = fields.String(load_default=None, allow_none=True)
    partner = fields.Nested(Partner, required=True)


# the topic `people`


class PersonChanged(Read):
    person_id = fields.String(required=True)
    sealed = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class PersonContent(Read):
    """Inside the box: of all that is there, what it takes to reach somebody."""

    phone = fields.String(load_default=None, allow_none=True)
    email = fields.String(load_default=None, allow_none=True)
    language = fields.String(load_default=contact.LANGUAGES[0], allow_none=True)
    channels = fields.List(fields.String(), load_default=list)


class ContactGiven(Read):
    """Inside the box: one contact."""

    channel = fields.String(required=True)
    contact = fields.String(required=True)
    language = fields.String(required=True)


appointment = Appointment()
appointment_offered = AppointmentOffered()
appointment_offer_withdrawn = AppointmentOfferWithdrawn()
verification_requested = VerificationRequested()
contact_given = ContactGiven()
request = Request()
referral_accepted = ReferralAccepted()
person_changed = PersonChanged()
person_content = PersonContent()


# calls of providers


class Receipt(Read):
    id = fields.String(load_default=None, allow_none=True)
    reference = fields.String(required=True, validate=validate.Length(min=1, max=100))
    status = fields.String(required=True, validate=validate.OneOf(["delivered", "failed"]))
    at = web.Instant(load_default=None, allow_none=True)


class Reply(Read):
    from_ = fields.String(required=True, data_key="from", validate=validate.Length(min=1, max=40))
    text = fields.String(required=True, validate=validate.Length(max=2000))
    at = web.Instant(required=True)


receipt = Receipt()
reply = Reply()


# the messages, for operators


class MessageQuery(web.ListQuery):
    status = fields.String(load_default=None, validate=validate.OneOf(message.STATES))
    since = web.Instant(load_default=None)


class MessageStep(Schema):
    state = fields.String()
    at = web.Instant()
    reason = fields.String(allow_none=True)


class Message(Schema):
    id = fields.String()
    case_id = fields.String()
    person_id = fields.String()
    template = fields.String()
    channel = fields.String()
    status = fields.String()
    reason = fields.String(allow_none=True)
    recipient = fields.String(allow_none=True, metadata={"description": "masked"})
    provider_id = fields.String(allow_none=True)
    times_asked = fields.Integer(metadata={"description": "1, and one more for each resend"})
    created_at = web.Instant()
    sent_at = web.Instant(allow_none=True)
    history = fields.List(fields.Nested(MessageStep))


class MessagePage(Schema):
    items = fields.List(fields.Nested(Message))
    next = fields.String(allow_none=True)


# preferences, for the person


class Quiet(Schema):
    begin = fields.Time(required=True, data_key="from", format="%H:%M")
    end = fields.Time(required=True, data_key="to", format="%H:%M")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> QuietHours:
        if data["begin"] == data["end"]:
            raise ValidationError(N_("Quiet hours need two different times."))
        return QuietHours(**data)


class PreferencesIn(Schema):
    channels = fields.List(
        fields.String(validate=validate.OneOf(contact.CHANNELS)), required=True, validate=validate.Length(max=2)
    )
    language = fields.String(required=True, validate=validate.OneOf(contact.LANGUAGES))
    quiet_hours = fields.Nested(Quiet, load_default=None, allow_none=True)
    stop = fields.Boolean(load_default=False)

    def of(self, person_id: str, body: dict[str, Any]) -> Preferences:
        channels = tuple(dict.fromkeys(body["channels"]))
        return Preferences(person_id, channels, body["language"], body["quiet_hours"], body["stop"])


class PreferencesOut(Schema):
    channels = fields.List(fields.String())
    language = fields.String()
    quiet_hours = fields.Nested(Quiet, allow_none=True)
    stop = fields.Boolean()
    contacts = fields.Dict(
        keys=fields.String(), values=fields.String(), metadata={"description": "channel to masked contact"}
    )
    blocked = fields.List(
        fields.String(),
        metadata={
            "description": "stopped for this number by a reply (only a reply START begins again) or for this mailbox"
        },
    )


preferences_in = PreferencesIn()
preferences_out = PreferencesOut()
