"""A referral asked for, with the consent given."""

from marshmallow import fields

from services.booking import model, schemas
from services.booking.events.topics import Data
from shared import clock, definitions
from shared.definitions import Defined
from shared.events import Event


class Consent(Defined):
    """Recorded by the office; from here on it belongs to referrals."""

    id = definitions.identifier()
    partners = definitions.texts("ids of those who may know of the case")
    text_version = definitions.text("of the text that the person agreed to")
    given_by = definitions.code(("person", "guardian"))
    recorded_by = definitions.text("id of the account")
    given_at = definitions.instant()


class OfficeOfReferral(Defined):
    id = definitions.text("the office's")
    name = definitions.text("as the office calls itself")
    city = definitions.text()
    region = definitions.text("by which a partner is found")
    timezone = definitions.text("IANA")


class ReferralRequested(Defined):
    referral_request_id = definitions.identifier()
    appointment_id = definitions.identifier()
    reference = definitions.text("of the appointment, SND-XXXX-XXXX")
    person_id = definitions.identifier("the key of the topic `people`")
    office = fields.Nested(OfficeOfReferral, required=True)
    service = definitions.code(schemas.SERVICES, "what is asked of a partner")
    priority = definitions.code(schemas.PRIORITIES)
    language = definitions.code(schemas.LANGUAGES, "of messages to the person")
    languages = definitions.texts("spoken, best first, ISO 639")
    consent = fields.Nested(Consent, required=True)


def referral_requested(appointment: model.Appointment, office: model.Office, referral: model.Referral) -> Event:
    consent = referral.consent
    data: Data = {
        "referral_request_id": referral.id,
        "appointment_id": appointment.id,
        "reference": appointment.reference,
        "person_id": appointment.person_id,
        "office": {
            "id": office.id,
            "name": office.name,
            "city": office.city,
            "region": office.region,
            "timezone": office.timezone,
        },
        "service": referral.service,
        "priority": referral.priority,
        "language": appointment.language,
        "languages": list(referral.languages),
        "consent": {
            "id": consent.id,
            "partners": list(consent.partners),
            "text_version": consent.text_version,
            "given_by": consent.given_by,
            "recorded_by": consent.recorded_by,
            "given_at": clock.rfc3339(consent.given_at),
        },
    }
    return Event("referral.requested.v1", appointment.case_id, data)
