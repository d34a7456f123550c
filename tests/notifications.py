"""Settings, messages and what others announce, as the tests of notifications need them."""

import base64
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.notifications import settings
from services.notifications.model import message
from shared import clock, sealed
from shared.events import Event
from tests import builders

OFFICE = {
    "id": "guatemala",
    "name": "Oficina Ciudad de Guatemala (ejemplo)",
    "city": "Ciudad de Guatemala",
    "address": "Dirección de ejemplo: 0 avenida 0-00, zona 0",
    "phone": "+502 2200 0001",
    "timezone": "America/Guatemala",
}
BRING = {
    "es": "Documentos de identidad de todas las personas que vienen.",
    "en": "Identity documents of everybody who comes.",
}
PHONE, EMAIL = "+50255551234", "ana.lopez@example.org"


def some_settings(mongo_uri: str = "mongodb://127.0.0.1:1/none", **changes: Any) -> settings.Settings:
    own = {
        "fingerprint_key": "f" * 40,
        "public_url": "https://avisos.sendero.example",
        "smtp_host": "127.0.0.1",
        "smtp_port": 1,
        "smtp_starttls": False,
        "smtp_user": None,
        "smtp_password": None,
        "email_from": "no-reply@sendero.example",
        "sms_url": "http://127.0.0.1:1/sms/v1/messages",
        "sms_key": "sms-key",
        "sms_receipt_secret": f"whsec_{base64.b64encode(b'r' * 24).decode()}",
        "sms_from": "Sendero",
        "booking_public_url": "https://citas.sendero.example",
    }
    return settings.Settings(**builders.common_settings("notifications", mongo_uri) | own | changes)


def in_three_weeks() -> datetime:
    return (clock.now() + timedelta(days=21)).replace(hour=15, minute=30, second=0, microsecond=0)


def facts(**changes: Any) -> dict[str, Any]:
    start = in_three_weeks()
    made = {
        "reference": "SND-7K3M-Q2XA",
        "code_number": 1,
        "office": OFFICE,
        "starts_at": start,
        "ends_at": start + timedelta(minutes=30),
        "timezone": "America/Guatemala",
        "bring": BRING,
        "sequence": 1,
        "partner_phone": "+502 2300 0001",
        "closes_at": start - timedelta(days=10),
        "confirm_by": start - timedelta(days=7),
        "waitlist": 12345,
        "verification_id": "7d3e2f10-5b7a-4c7e-9a53-0f1f2d3c4b5a",
    }
    return made | changes


def a_message(template: str = "appointment_booked", channel: str = "email", **changes: Any) -> message.Message:
    now = clock.now()
    made = message.Message(
        id=message.message_id("event-1", template, channel),
        event_id="event-1",
        case_id="case-1",
        person_id="person-1",
        template=template,
        channel=channel,
        check_code="ABCD1234",
        created_at=now,
        queued_at=now,
        facts=facts(),
        appointment_id="appointment-1",
        history=(message.Step(message.QUEUED, now),),
    )
    return replace(made, **changes)


# what others announce


def appointment_event(
    kind: str = "booked", person_id: str = "person-1", case_id: str = "case-1", **changes: Any
) -> Event:
    """As booking announces it; `sequence` counts within the case."""
    start = changes.pop("starts_at", in_three_weeks())
    sequence = changes.pop("sequence", 1)
    data: dict[str, Any] = {
        "appointment_id": f"appointment-of-{case_id}",
        "reference": "SND-7K3M-Q2XA",
        "person_id": person_id,
        "office": OFFICE,
        "starts_at": clock.rfc3339(start),
        "ends_at": clock.rfc3339(start + timedelta(minutes=30)),
        "timezone": "America/Guatemala",
        "language": "es",
        "channels": ["email", "sms"],
    }
    if kind in ("booked", "rescheduled"):
        data |= {"code_number": 1, "pathway_id": "orientation", "party_size": 1, "bring": BRING}
    if kind in ("cancelled", "rescheduled"):
        data |= {"by": "person"}
    if kind == "rescheduled":
        data |= {"previous_starts_at": clock.rfc3339(in_three_weeks())}
    return Event(
        f"appointment.{kind}.v1", case_id, data | changes, topic="booking", source="/sendero/booking", sequence=sequence
    )


def request_event(kind: str = "received", case_id: str = "case-1", sequence: int = 1, **changes: Any) -> Event:
    """Of a request for a place that is drawn; its id is that of the appointment that may come of it."""
    start = in_three_weeks()
    data: dict[str, Any] = {
        "request_id": f"appointment-of-{case_id}",
        "reference": "SND-7K3M-Q2XA",
        "code_number": 1,
        "person_id": "person-1",
        "draw": "orientation-1",
        "pathway_id": "orientation",
        "closes_at": clock.rfc3339(start - timedelta(days=14)),
        "timezone": "America/Guatemala",
        "language": "es",
        "channels": ["email", "sms"],
    }
    if kind in ("allocated", "reminded"):
        times = {"starts_at": start, "ends_at": start + timedelta(minutes=30), "confirm_by": start - timedelta(days=7)}
        data |= {"office": OFFICE, "bring": BRING} | {name: clock.rfc3339(at) for name, at in times.items()}
    if kind == "waitlisted":
        data |= {"waitlist": 7}
    if kind == "withdrawn":
        data |= {"by": "person"}
    return Event(
        f"request.{kind}.v1", case_id, data | changes, topic="booking", source="/sendero/booking", sequence=sequence
    )


def person_event(keys: sealed.Keys, person_id: str = "person-1", sequence: int = 1, **changes: Any) -> Event:
    known = {
        "name": "Ana López",
        "birth_date": "1990-05-17",
        "phone": PHONE,
        "email": EMAIL,
        "language": "es",
        "channels": ["email", "sms"],
        "companions": [],
        "document": None,
        "notes": {},
    }
    box = keys.seal(known | changes, person_id)
    data = {"person_id": person_id, "sealed": box}
    return Event("person.changed.v1", person_id, data, topic="people", source="/sendero/booking", sequence=sequence)


def erased_event(person_id: str = "person-1", sequence: int = 2) -> Event:
    return Event("person.erased.v1", person_id, None, topic="people", source="/sendero/booking", sequence=sequence)


def accepted_event(person_id: str = "person-1", case_id: str = "case-1", **changes: Any) -> Event:
    data: dict[str, Any] = {
        "referral_id": str(uuid.uuid4()),
        "person_id": person_id,
        "partner": {"id": "unhcr", "name": "UNHCR (sample)", "phone": "+502 2300 0001"},
        "service": "protection",
        "reference": "SND-7K3M-Q2XA",
        "appointment_id": f"appointment-of-{case_id}",
    }
    return Event(
        "referral.accepted.v1", case_id, data | changes, topic="referrals", source="/sendero/referrals", sequence=1
    )
