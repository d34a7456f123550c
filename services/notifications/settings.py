"""What the notifications service is told from outside, beside the part that every service has."""

import re
from dataclasses import dataclass, field
from typing import Any

from environs import FileAwareEnv
from standardwebhooks import Webhook, webhooks

from shared import settings

SERVICE = "notifications"
ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")


@dataclass(frozen=True)
class Settings(settings.Settings):
    fingerprint_key: str = field(repr=False)
    smtp_host: str
    smtp_port: int
    smtp_starttls: bool
    smtp_user: str | None
    smtp_password: str | None = field(repr=False)
    email_from: str
    sms_url: str
    sms_key: str = field(repr=False)
    sms_receipt_secret: str = field(repr=False)
    sms_from: str
    booking_public_url: str

    @classmethod
    def read(cls, env: FileAwareEnv, service: str) -> dict[str, Any]:
        return super().read(env, service) | {
            "fingerprint_key": settings.long_enough(env, "NOTIFICATIONS_FINGERPRINT_KEY"),
            "smtp_host": env.str("SMTP_HOST"),
            "smtp_port": env.int("SMTP_PORT"),
            "smtp_starttls": env.bool("SMTP_STARTTLS", True),
            "smtp_user": env.str("SMTP_USER", None),
            "smtp_password": env.str("SMTP_PASSWORD", None),
            "email_from": _address(env.str("EMAIL_FROM")),
            "sms_url": env.str("SMS_URL"),
            "sms_key": env.str("SMS_KEY"),
            "sms_receipt_secret": _secret(env.str("SMS_RECEIPT_SECRET")),
            "sms_from": env.str("SMS_FROM"),
            "booking_public_url": env.str("BOOKING_PUBLIC_URL").rstrip("/"),
        }


def load() -> Settings:
    return settings.load(SERVICE, Settings)


def _address(text: str) -> str:
    if not ADDRESS.fullmatch(text):
        raise ValueError("EMAIL_FROM must be a plain address such as no-reply@example.org")
    return text


def _secret(text: str) -> str:
    try:
        Webhook(text)
    except (ValueError, webhooks.EmptyWebhookSecretError) as error:
        raise ValueError("SMS_RECEIPT_SECRET must be a Standard Webhooks secret: whsec_ and base64") from error
    return text
