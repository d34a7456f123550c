"""What is known of a person, sealed for the services that hold the key."""

from marshmallow import fields, validate

from services.booking import schemas
from services.booking.events.topics import Data
from shared import definitions
from shared.definitions import Defined
from shared.events import Event
from shared.sealed import Keys


class PersonChanged(Defined):
    person_id = definitions.identifier("the record's key")
    sealed = fields.Nested(definitions.Box, required=True)


class Companion(Defined):
    name = definitions.text()
    birth_date = fields.Date(required=True)


class PersonSealed(Defined):
    """All that is known of a person, as it is now."""

    name = definitions.text()
    birth_date = fields.Date(required=True)
    phone = definitions.text("E.164", allow_none=True)
    email = definitions.text(allow_none=True)
    document = definitions.text(allow_none=True)
    language = definitions.code(schemas.LANGUAGES, "of messages")
    channels = definitions.codes(schemas.CHANNELS, "that the person chose")
    companions = fields.List(fields.Nested(Companion), required=True)
    needs = fields.List(
        fields.String(validate=validate.OneOf(schemas.NEEDS)), metadata={"description": "of whoever comes"}
    )
    interpreter = fields.String(allow_none=True, metadata={"description": "the language to interpret from, ISO 639"})
    notes = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, metadata={"description": "of the office, by case"}
    )


def person_changed(keys: Keys, person_id: str, known: Data) -> Event:
    return Event("person.changed.v1", person_id, {"person_id": person_id, "sealed": keys.seal(known, person_id)})


def person_erased(person_id: str) -> Event:
    """A tombstone: the broker forgets what it held under this key, and so does every reader."""
    return Event("person.erased.v1", person_id, None)
