"""What marshmallow says about fields, as a flat list in the reader's language.

Its own messages are English text with values already put in; they are recognised by their templates and translated.
A message of ours is found in the catalogue as it is.
"""

import re
from typing import Any

from shared.errors import N_
from shared.web import language

PLAIN = (
    N_("Missing data for required field."),
    N_("Field may not be null."),
    N_("Invalid value."),
    N_("Invalid type."),
    N_("Invalid input type."),
    N_("Invalid input."),
    N_("Unknown field."),
    N_("Not a valid list."),
    N_("Not a valid string."),
    N_("Not a valid utf-8 string."),
    N_("Not a valid UUID."),
    N_("Not a valid number."),
    N_("Number too large."),
    N_("Not a valid integer."),
    N_("Special numeric values (nan or infinity) are not permitted."),
    N_("Not a valid boolean."),
    N_("Not a valid datetime."),
    N_("Not a valid aware datetime."),
    N_("Not a valid time."),
    N_("Not a valid date."),
    N_("Not a valid period of time."),
    N_("Not a valid mapping type."),
    N_("Not a valid URL."),
    N_("Not a valid email address."),
    N_("String does not match expected pattern."),
)
FORMATTED = (
    N_("Must be one of: %(choices)s."),
    N_("Must be greater than or equal to %(min)s and less than or equal to %(max)s."),
    N_("Must be greater than or equal to %(min)s."),
    N_("Must be greater than %(min)s."),
    N_("Must be less than or equal to %(max)s."),
    N_("Must be less than %(max)s."),
    N_("Shorter than minimum length %(min)s."),
    N_("Longer than maximum length %(max)s."),
    N_("Length must be between %(min)s and %(max)s."),
    N_("Length must be %(equal)s."),
    N_("Must be equal to %(other)s."),
    N_("One or more of the choices you made was not in: %(choices)s."),
)


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"%\((\w+)\)s", template)
    texts = [re.escape(part) if i % 2 == 0 else f"(?P<{part}>.+)" for i, part in enumerate(parts)]
    return re.compile("".join(texts), re.DOTALL)


_PATTERNS = [(_pattern(template), template) for template in FORMATTED]


def translate(message: str) -> str:
    for pattern, template in _PATTERNS:
        found = pattern.fullmatch(message)
        if found:
            return language.gettext(template, **found.groupdict())
    return language.gettext(message)


def flatten(messages: Any, prefix: str = "") -> list[dict[str, str]]:
    """`{"person": {"phone": ["…"]}, "companions": {0: {…}}}` -> `[{"field": "person.phone", "message": "…"}, …]`."""
    if isinstance(messages, dict):
        found = []
        for name, inner in messages.items():
            path = prefix if name == "_schema" else f"{prefix}.{name}" if prefix else str(name)
            found += flatten(inner, path)
        return found
    if isinstance(messages, list | tuple):
        return [one for message in messages for one in flatten(message, prefix)]
    return [{"field": prefix, "message": translate(str(messages))}]
