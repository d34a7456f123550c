"""Referrals as tests need them: sensible throughout, each field changeable by name."""

import dataclasses
import secrets
from datetime import UTC, datetime
from typing import Any

from services.referrals import model, settings
from tests import builders

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 9 in the morning in Guatemala
PERSON_ID = "9a1c2b3d-4e5f-4a6b-8c7d-1e2f3a4b5c03"
CASE_ID = "3f2d8c1a-6b7e-4c0f-8f5d-2a1b9c8d7e02"


def some_settings(mongo_uri: str, **changes: Any) -> settings.Settings:
    own = {"webhook_allowed_hosts": (), "webhook_timeout_seconds": 20.0}
    return settings.Settings(**builders.common_settings("referrals", mongo_uri) | own | changes)


def a_partner(id: str = "unhcr", **changes: Any) -> model.Partner:
    partner = model.Partner(
        id=id,
        name=f"{id} (sample)",
        kind="ngo",
        phone="+502 0000 0000",
        services=("protection", "orientation"),
        priorities=("urgent", "high", "normal"),
        regions=("*",),
        languages=("es", "mam"),
        capacity=10,
    )
    return dataclasses.replace(partner, **changes)


def a_case(**changes: Any) -> model.Case:
    case = model.Case("protection", "high", "Guatemala", ("mam", "es"), ("unhcr", "iom", "ngo"))
    return dataclasses.replace(case, **changes)


def a_consent(**changes: Any) -> model.Consent:
    consent = model.Consent(
        id=secrets.token_hex(8),
        partners=("unhcr", "iom"),
        text_version="2026-11",
        given_by="person",
        recorded_by="clerk-1",
        given_at=NOW,
    )
    return dataclasses.replace(consent, **changes)


def a_referral(**changes: Any) -> model.Referral:
    """As it is asked for: opened, not yet placed."""
    referral = model.Referral(
        id=secrets.token_hex(12),
        case_id=CASE_ID,
        request_id=secrets.token_hex(8),
        appointment_id="5b0e7a52-5a3a-4a4e-9a8e-0d9c7f1e2a01",
        reference="SND-7K3M-Q2XA",
        person_id=PERSON_ID,
        office={
            "id": "guatemala",
            "name": "Oficina Guatemala",
            "city": "Ciudad de Guatemala",
            "region": "Guatemala",
            "timezone": "America/Guatemala",
        },
        service="protection",
        priority="high",
        language="es",
        languages=("mam", "es"),
        consent=a_consent(),
        opened_at=NOW,
    )
    return dataclasses.replace(referral, **changes)


def a_placed_referral(partner_id: str = "unhcr", **changes: Any) -> model.Referral:
    decision = model.Decision(partner_id, (model.Reason(partner_id, "chosen"),))
    return a_referral(**changes).place(decision, NOW)


def person_details(**changes: Any) -> dict[str, Any]:
    """What is in the sealed box of `people`."""
    details = {
        "name": "Ana Pérez",
        "birth_date": "1990-05-17",
        "phone": "+50251234567",
        "email": "ana@example.org",
        "document": None,
        "language": "es",
        "channels": ["sms"],
        "companions": [],
        "notes": {CASE_ID: "Needs an interpreter"},
    }
    return details | changes
