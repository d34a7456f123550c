"""How a person is reached: addresses in their one written form, masked ones, the words that stop and start messages."""

import re
from dataclasses import dataclass, field

import phonenumbers

EMAIL, SMS = CHANNELS = ("email", "sms")
LANGUAGES = ("es", "en")
REGION = "GT"  # of numbers written without a country code
STOP_WORDS = frozenset({"STOP", "ALTO", "BAJA", "UNSUBSCRIBE"})
START_WORDS = frozenset({"START", "ALTA"})


@dataclass(frozen=True)
class Person:
    """This service's own copy: only what it needs to reach somebody."""

    id: str
    erased: bool = False
    language: str = LANGUAGES[0]
    channels: tuple[str, ...] = ()
    contacts: dict[str, str] = field(default_factory=dict, repr=False)  # channel -> address or number


def normalised(channel: str, text: str) -> str:
    """Equal for the same mailbox or phone."""
    if channel == EMAIL:
        return text.strip().casefold()
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return text.strip()
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def masked(channel: str, text: str) -> str:
    """Enough to recognise one's own, not enough to reach anybody."""
    if channel == EMAIL:
        name, _, domain = text.partition("@")
        return f"{name[:1]}•••@{domain}"
    match = re.fullmatch(r"\+\d+", normalised(channel, text))
    if match is None:
        return "••••"
    number = phonenumbers.parse(match.group())
    return f"+{number.country_code} ••••{match.group()[-4:]}"


def language(wanted: str | None) -> str:
    """The one that messages are written in; languages that we do not write yet fall back on the first."""
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


def asks_to(text: str) -> str | None:
    """`stop`, `start` or None. Only a reply of just that word: "CANCELAR" is about the appointment, not messages."""
    word = re.sub(r"[\W_]+", " ", text).strip().upper()
    if word in STOP_WORDS:
        return "stop"
    return "start" if word in START_WORDS else None
