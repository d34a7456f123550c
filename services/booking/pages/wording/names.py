"""Codes of states, needs, languages and channels, said in the reader's language."""

from collections.abc import Iterable
from typing import Any

import phonenumbers
from babel import Locale

from services.booking import model
from services.booking.answers import own
from services.booking.pages.wording.texts import (
    CHANNELS,
    HAPPENED,
    NEEDS,
    NEEDS_OF_DRAWS,
    PART_NAMES,
    REQUEST_STATUS,
    SPOKEN,
    STATUS,
    WHY,
    WINDOW_STATE,
)
from shared import web


def phone(number: str | None) -> str:
    """In groups, as it is read out."""
    if not number:
        return ""
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def spoken(languages: Iterable[str]) -> str:
    return ", ".join(SPOKEN.get(code) or Locale(web.locale()).languages.get(code, code) for code in languages)


def need_names(needs: Iterable[str]) -> list[str]:
    return [need(one) for one in needs]


def need_options() -> list[tuple[str, str]]:
    return [(code, web.gettext(text)) for code, text in NEEDS.items()]


def interpreted(asked: str | None = None) -> list[tuple[str, str]]:
    """Languages to choose from that the offices have interpreted into Spanish; and what somebody has asked for."""
    more = [(asked, spoken([asked]))] if asked and asked not in SPOKEN else []
    return [(code, name) for code, name in SPOKEN.items() if code != "es"] + more


def happened(entry: dict[str, Any]) -> str:
    """A step of an appointment's history, told to its person."""
    text = HAPPENED.get((entry["status"], entry["by"]))
    return web.gettext(text) if text else status_name(entry["status"])


def status_name(status: str) -> str:
    return web.gettext(STATUS[status])


def why(code: str) -> str:
    return web.gettext(WHY[code])


def request_status(status: str) -> str:
    return web.gettext(REQUEST_STATUS[status])


def window_state(state: str) -> str:
    return web.gettext(WINDOW_STATE[state])


def need(code: str) -> str:
    said = NEEDS.get(code) or NEEDS_OF_DRAWS.get(code)
    return web.gettext(said) if said else code


def part(code: str) -> str:
    return web.gettext(PART_NAMES[code])


def channel_names(channels: Iterable[str]) -> str:
    return ", ".join(web.gettext(CHANNELS[one]) for one in channels)


def prefixed(row: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {f"{prefix}.{name}": value for name, value in row.items()}


def named(pathways: Iterable[model.Pathway]) -> list[tuple[str, str]]:
    """As a form offers them."""
    return [(one.id, own(one.name) or one.id) for one in pathways]
