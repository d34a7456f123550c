"""Every message that a reader can see has its Spanish, in which nothing is missing."""

import re

from marshmallow import fields as marshmallow_fields
from marshmallow import validate

from deploy import messages as catalogues
from shared import messages
from shared.web import fields

CATALOGUE = messages.Catalogue()
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def _message_ids() -> list[str]:
    return [one.id for one in catalogues.marked("shared") if isinstance(one.id, str) and one.id]


def test_every_message_of_shared_has_its_spanish() -> None:
    assert len(_message_ids()) > 150
    assert [one.id for one in catalogues.lacking("shared")] == []


def test_a_translation_has_the_parameters_of_its_message() -> None:
    for message in _message_ids():
        spanish = CATALOGUE.gettext("es", message)
        assert set(PLACEHOLDER.findall(spanish)) == set(PLACEHOLDER.findall(message)), message


def test_marshmallows_own_messages_are_known() -> None:
    """A new release that words a message anew must not turn the answer to English."""
    own = set()
    for kind in vars(marshmallow_fields).values():
        if isinstance(kind, type) and issubclass(kind, marshmallow_fields.Field):
            own |= set(getattr(kind, "default_error_messages", {}).values())
    rare = ("IP", "tuple", "cannot be formatted", "{obj_type}", "{choices}")
    plain = {message for message in own if not any(part in message for part in rare)}
    assert plain <= set(fields.PLAIN)


def test_formatted_messages_are_recognised() -> None:
    said = []
    for validator, value in (
        (validate.Range(min=1, max=200), 0),
        (validate.Range(min=1), 0),
        (validate.Range(max=3, max_inclusive=False), 9),
        (validate.Length(min=2, max=3), "x"),
        (validate.Length(max=3), "xxxx"),
        (validate.Length(equal=3), "x"),
        (validate.OneOf(["a", "b"]), "c"),
        (validate.Equal(3), 4),
    ):
        try:
            validator(value)
        except validate.ValidationError as error:
            said += error.messages
    assert len(said) == 8
    assert all(any(pattern.fullmatch(text) for pattern, _ in fields._PATTERNS) for text in said), said
