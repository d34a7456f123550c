"""Booking's settings: the common part, and the key of its fingerprints."""

from dataclasses import dataclass, field
from typing import Any

from environs import FileAwareEnv

from shared import settings

SERVICE = "booking"
DRAND_URLS = ("https://api.drand.sh", "https://drand.cloudflare.com")


@dataclass(frozen=True)
class Settings(settings.Settings):
    fingerprint_key: str = field(repr=False)
    bookings_per_contact: int = 6  # within 24 hours
    drand_urls: tuple[str, ...] = DRAND_URLS  # none: seeds are entered by hand
    notifications_public_url: str = ""  # where a message can be checked

    @classmethod
    def read(cls, env: FileAwareEnv, service: str) -> dict[str, Any]:
        return super().read(env, service) | {
            "fingerprint_key": settings.long_enough(env, "BOOKING_FINGERPRINT_KEY"),
            "bookings_per_contact": env.int("BOOKINGS_PER_CONTACT", 6),
            "drand_urls": tuple(env.list("DRAND_URLS", list(DRAND_URLS))),
            "notifications_public_url": env.str("NOTIFICATIONS_PUBLIC_URL", "").rstrip("/"),
        }


def load() -> Settings:
    return settings.load(SERVICE, Settings)
