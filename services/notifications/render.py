"""Messages as people read them: one Jinja file per template, language and part in `messages/`.

The parts: `sms.txt`, and of an email `subject.txt`, `email.txt`, `email.html`. What a file asks for and is not there is
an error. No message says why somebody comes: no service, no partner's name.
"""

import functools
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
from babel import dates
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.notifications import channels, gsm7
from services.notifications.model import contact
from services.notifications.model.message import Message
from services.notifications.settings import Settings
from shared import calendars, codes, sealed

FOLDER = Path(__file__).parent / "messages"
MOST_SEGMENTS = 2
PATTERNS = {
    "es": ("EEE d MMM y, HH:mm", "EEEE d 'de' MMMM 'de' y, HH:mm"),
    "en": ("EEE d MMM y, HH:mm", "EEEE d MMMM y, HH:mm"),
}
SUMMARY = {"es": "Cita (Sendero)", "en": "Appointment (Sendero)"}


def outgoing(settings: Settings, one: Message, to: str, language: str, now: datetime) -> channels.Outgoing:
    """All that the channel needs to hand it over."""
    values = _values(settings, one, language)
    if one.channel == contact.SMS:
        return channels.Outgoing(one.hand_over_id, to, language, sms(one.template, language, values))
    return channels.Outgoing(
        id=one.hand_over_id,
        to=to,
        language=language,
        text=_part(one.template, language, "email.txt", values),
        subject=_part(one.template, language, "subject.txt", values),
        html=_part(one.template, language, "email.html", values),
        unsubscribe_url=values["unsubscribe_url"],
        calendar=_calendar(one, language, now) if one.kind.calendar else None,
        calendar_method=one.kind.calendar or "",
    )


def sms(template: str, language: str, values: dict[str, Any]) -> str:
    """In GSM-7 where that is possible; without the address when it would not fit otherwise."""
    text = ""
    for brief in (False, True):
        text = gsm7.simplify(" ".join(_part(template, language, "sms.txt", values | {"brief": brief}).split()))
        if gsm7.segments(text) <= MOST_SEGMENTS:
            break
    return text


def unsubscribe_token(settings: Settings, message_id: str) -> str:
    """Whoever has the email may end such emails, without a code."""
    return sealed.fingerprint(settings.fingerprint_key, "unsubscribe", message_id)[:32]


def _values(settings: Settings, one: Message, language: str) -> dict[str, Any]:
    facts = one.facts
    number, reference = facts.get("code_number"), facts.get("reference")
    token = unsubscribe_token(settings, one.id)
    return {
        "reference": reference,
        "code": codes.code(settings.access_key, reference, number) if reference and number else None,
        "one_time_code": _one_time_code(settings, facts.get("verification_id")),
        "office": facts.get("office"),
        "bring": (facts.get("bring") or {}).get(language),
        "partner_phone": facts.get("partner_phone"),
        "reason_code": facts.get("reason_code"),
        "rebook": facts.get("rebook"),
        "first_until": _soon(facts.get("first_until"), facts.get("timezone"), language),
        "status": facts.get("status"),
        **_when(facts.get("starts_at"), facts.get("timezone"), language),
        "when_soon": _soon(facts.get("starts_at"), facts.get("timezone"), language),
        "confirm_by": _soon(facts.get("confirm_by"), facts.get("timezone"), language),
        "closes_at": _soon(facts.get("closes_at"), facts.get("timezone"), language),
        "waitlist": facts.get("waitlist"),
        "language": language,
        "booking_url": settings.booking_public_url,
        "appointment_url": f"{settings.booking_public_url}/find",
        "find": f"{settings.booking_public_url}/find".partition("://")[2],  # as it fits into an SMS
        "preferences_url": f"{settings.public_url}/preferences?lang={language}",
        "check_code": one.check_code,
        "check_url": f"{settings.public_url}/check?message={one.check_code}",
        "unsubscribe_url": f"{settings.public_url}/unsubscribe/{one.id}/{token}",
    }


def _one_time_code(settings: Settings, verification_id: str | None) -> str | None:
    return codes.code(settings.access_key, f"verification|{verification_id}", 0) if verification_id else None


def _when(starts_at: datetime | None, timezone: str | None, language: str) -> dict[str, str | None]:
    if starts_at is None or timezone is None:
        return {"when": None, "when_long": None, "zone": None}
    zone = ZoneInfo(timezone)
    short, long = PATTERNS[language]
    return {
        "when": dates.format_datetime(starts_at, short, tzinfo=zone, locale=language),
        "when_long": dates.format_datetime(starts_at, long, tzinfo=zone, locale=language),
        "zone": dates.get_timezone_location(zone, locale=language),
    }


def _soon(at: datetime | None, timezone: str | None, language: str) -> str | None:
    """A day and an hour of these weeks; the zone is named beside it."""
    if at is None or timezone is None:
        return None
    return dates.format_datetime(at, "EEE d MMM, HH:mm", tzinfo=ZoneInfo(timezone), locale=language)


def moment(at: datetime, timezone: str, language: str) -> str:
    """Date and time with the zone named, as in the messages."""
    read = _when(at, timezone, language)
    return f"{read['when']} ({read['zone']})"


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _part(template: str, language: str, part: str, values: dict[str, Any]) -> str:
    return _environment().get_template(f"{language}/{template}/{part}").render(values).strip() + "\n"


def _calendar(one: Message, language: str, now: datetime) -> bytes:
    """The same UID as booking's own calendar file, so that a phone keeps one entry and takes it away again."""
    facts, office, zone = one.facts, one.facts["office"], ZoneInfo(one.facts["timezone"])
    event = icalendar.Event()
    event.add("uid", f"{one.appointment_id}@sendero")
    event.add("dtstamp", now)
    event.add("sequence", facts["sequence"])
    event.add("summary", SUMMARY[language])
    event.add("dtstart", facts["starts_at"].astimezone(zone))
    event.add("dtend", (facts.get("ends_at") or facts["starts_at"] + timedelta(minutes=30)).astimezone(zone))
    event.add("location", ", ".join(part for part in (office["name"], office["address"]) if part))
    event.add("description", facts["reference"])
    event.add("status", "CANCELLED" if one.kind.calendar == "CANCEL" else "CONFIRMED")
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Sendero//notifications//")
    calendar.add("version", "2.0")
    calendar.add("method", one.kind.calendar)
    calendars.add(calendar, event, zone.key)
    return calendar.to_ical()
