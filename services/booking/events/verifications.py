"""A contact that is to be verified: what is announced so that somebody sends the code. No event has the code in it."""

from services.booking import model, schemas
from services.booking.events.topics import Data
from shared import clock, definitions
from shared.definitions import Defined
from shared.events import Event
from shared.sealed import Keys


class VerificationRequested(Defined):
    verification_id = definitions.identifier("the one-time code is derived from it, with the access key")
    person_id = definitions.identifier("provisional; the key of the topic `people`")
    channel = definitions.code(schemas.CHANNELS, "by which the code is sent")
    language = definitions.code(schemas.LANGUAGES, "of the message")
    valid_until = definitions.instant()


class ContactGivenSealed(Defined):
    """One contact, and nothing else of whoever gave it."""

    channel = definitions.code(schemas.CHANNELS)
    contact = definitions.text("E.164, or an email address")
    language = definitions.code(schemas.LANGUAGES, "of messages")


def contact_given(keys: Keys, one: model.Verification, asked: model.VerificationRequest) -> Event:
    box = keys.seal(dict(vars(asked)), one.person_id)
    return Event("contact.given.v1", one.person_id, {"person_id": one.person_id, "sealed": box})


def verification_requested(one: model.Verification) -> Event:
    data: Data = {
        "verification_id": one.id,
        "person_id": one.person_id,
        "channel": one.channel,
        "language": one.language,
        "valid_until": clock.rfc3339(one.code_until),
    }
    return Event("verification.requested.v1", one.id, data)
