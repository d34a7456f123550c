"""Things as tests need them: sensible throughout, each field changeable by name."""

import base64
import dataclasses
import os
import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.booking import model as booking
from services.booking import settings as booking_settings
from services.booking.model import draw, rebooking
from shared import sealed

# --- all services


def some_keys() -> sealed.Keys:
    return sealed.Keys.parse(f"k1:{base64.b64encode(os.urandom(32)).decode()}")


def common_settings(service: str, mongo_uri: str, **changes: Any) -> dict[str, Any]:
    """The fields that every service's Settings has."""
    return {
        "service": service,
        "mongo_uri": mongo_uri,
        "kafka_bootstrap_servers": ["127.0.0.1:1"],
        "kafka_replication_factor": 1,
        "secret_key": "s" * 40,
        "seal_keys": some_keys(),
        "people_keys": some_keys(),
        "access_key": "a" * 40,
        "public_url": "http://127.0.0.1",
        "worker_host": "127.0.0.1",
        "worker_port": 0,
        "secure_cookies": False,
        "trusted_proxies": 0,
        "rate_limit": "100000/minute",
        "session_hours": 12,
        "session_idle_minutes": 30,
        "drain_file": "",
    } | changes


# --- booking

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 9 in the morning in Guatemala
GUATEMALA = "America/Guatemala"


def some_booking_settings(mongo_uri: str, **changes: Any) -> booking_settings.Settings:
    fields = common_settings("booking", mongo_uri) | {"fingerprint_key": "f" * 40} | changes
    return booking_settings.Settings(**fields)


def an_office(**changes: Any) -> booking.Office:
    office = booking.Office(
        id="guatemala",
        name="Oficina Guatemala",
        city="Ciudad de Guatemala",
        region="Guatemala",
        address="Dirección de ejemplo",
        phone="+502 0000 0001",
        timezone=GUATEMALA,
        languages=("es", "en"),
        pathways=("orientation", "protection"),
    )
    return dataclasses.replace(office, **changes)


def a_pathway(**changes: Any) -> booking.Pathway:
    texts = {"es": "Orientación", "en": "Orientation"}
    return dataclasses.replace(booking.Pathway("orientation", texts, texts, texts), **changes)


def a_slot(**changes: Any) -> booking.Slot:
    slot = booking.Slot(
        id="guatemala.orientation.20261124T150000Z",
        office_id="guatemala",
        pathway_id="orientation",
        starts_at=NOW + timedelta(days=1),
        ends_at=NOW + timedelta(days=1, minutes=30),
        timezone=GUATEMALA,
        capacity=3,
        free=3,
    )
    return dataclasses.replace(slot, **changes)


def a_person(**changes: Any) -> booking.Person:
    person = booking.Person(
        "Ana Pérez", date(1990, 5, 17), phone=a_phone(), email=f"{secrets.token_hex(6)}@example.org"
    )
    return dataclasses.replace(person, **changes)


def a_phone() -> str:
    """Somebody's in Guatemala: another one each time."""
    return f"+5025{secrets.randbelow(10**7):07}"


def a_booking_request(**changes: Any) -> booking.BookingRequest:
    request = booking.BookingRequest(
        slot_id=a_slot().id,
        pathway_id="orientation",
        language="es",
        channels=("sms", "email"),
        person=a_person(name=f"Ana {secrets.token_hex(6)}"),
    )
    return dataclasses.replace(request, **changes)


def a_kept_appointment(**changes: Any) -> booking.Appointment:
    """Cancelled by the office; another time is kept for its person."""
    start = NOW + timedelta(days=5)
    kept = booking.Kept("later", ("later.001",), start, start + timedelta(minutes=30), NOW + timedelta(hours=48))
    off = an_appointment().call_off(NOW, "m", "office_closed", NOW + timedelta(days=30))
    return dataclasses.replace(off, **{"kept": kept} | changes)


def an_appointment_back_in_line() -> tuple[booking.Appointment, booking.Appointment]:
    """As it was, and as it is since the office cannot keep that other time either."""
    before = a_kept_appointment()
    return before, rebooking.comes_back(before, NOW)


def a_referral_request(**changes: Any) -> booking.ReferralRequest:
    asked = booking.ReferralRequest("protection", "high", ("unhcr",), "2026-11", "person")
    return dataclasses.replace(asked, **changes)


def a_verification(**changes: Any) -> booking.Verification:
    verification = booking.Verification(
        id="7d3e2f10-5b7a-4c7e-9a53-0f1f2d3c4b5a",
        person_id="9a1c2b3d-4e5f-4a6b-8c7d-1e2f3a4b5c04",
        channel="email",
        contact="f1",
        language="es",
        asked_at=NOW,
        request={"scope": "scope", "body": "body"},
    )
    return dataclasses.replace(verification, **changes)


def a_window(**changes: Any) -> booking.Window:
    window = booking.Window(
        id="orientation-2026-11",
        pathway_id="orientation",
        offices=("guatemala",),
        opens_at=NOW - timedelta(days=3),
        closes_at=NOW,
        waitlist_until=NOW + timedelta(days=9),
        rule=draw.Rule(),
        source=draw.Drand.not_before(NOW + timedelta(minutes=15)),
    )
    return dataclasses.replace(window, **changes)


def a_request(**changes: Any) -> booking.Request:
    request = booking.Request(
        id="5b0e7a52-5a3a-4a4e-9a8e-0d9c7f1e2a01",
        reference="SND-7K3M-Q2XA",
        entry_id="3f9a1c0b7d2e4f68",
        case_id="3f2d8c1a-6b7e-4c0f-8f5d-2a1b9c8d7e02",
        person_id="9a1c2b3d-4e5f-4a6b-8c7d-1e2f3a4b5c03",
        window_id="orientation-2026-11",
        pathway_id="orientation",
        offices=("guatemala",),
        availability=(),
        needs=(),
        party_size=1,
        places=1,
        language="es",
        channels=("sms", "email"),
        request={"scope": "scope", "body": "body"},
        fingerprints=("f1", "f2"),
        adults=(("f3",),),
        history=({"at": NOW, "status": "received", "by": "person"},),
    )
    return dataclasses.replace(request, **changes)


def an_offered_request(**changes: Any) -> booking.Request:
    slot = a_slot(starts_at=NOW + timedelta(days=5), ends_at=NOW + timedelta(days=5, minutes=30))
    offered = a_request(waited=0, waited_each=(0,)).offered(NOW, slot, (f"{slot.id}.001",), timedelta(hours=23))
    return dataclasses.replace(offered, **changes)


def an_appointment(**changes: Any) -> booking.Appointment:
    slot = a_slot()
    appointment = booking.Appointment(
        id="5b0e7a52-5a3a-4a4e-9a8e-0d9c7f1e2a01",
        reference="SND-7K3M-Q2XA",
        case_id="3f2d8c1a-6b7e-4c0f-8f5d-2a1b9c8d7e02",
        person_id="9a1c2b3d-4e5f-4a6b-8c7d-1e2f3a4b5c03",
        office_id=slot.office_id,
        pathway_id=slot.pathway_id,
        slot_id=slot.id,
        place_ids=(f"{slot.id}.001",),
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        timezone=slot.timezone,
        party_size=1,
        language="es",
        channels=("sms", "email"),
        request={"scope": "scope", "body": "body"},
        fingerprints=("f1", "f2"),
        history=({"at": NOW, "status": "booked", "by": "person"},),
    )
    return dataclasses.replace(appointment, **changes)
