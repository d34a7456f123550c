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
    mass_cancellations_per_second: int = 150
    notifications_public_url: str = ""  # where a message can be checked
    drand_urls: tuple[str, ...] = DRAND_URLS  # none: seeds are entered by hand

    @classmethod
    def read(cls, env: FileAwareEnv, service: str) -> dict[str, Any]:
        return super().read(env, service) | {
            "fingerprint_key": settings.long_enough(env, "BOOKING_FINGERPRINT_KEY"),
            "bookings_per_contact": env.int("BOOKINGS_PER_CONTACT", 6),
            "mass_cancellations_per_second": env.int("MASS_CANCELLATIONS_PER_SECOND", 150),
            "notifications_public_url": env.str("NOTIFICATIONS_PUBLIC_URL", "").rstrip("/"),
            "drand_urls": tuple(env.list("DRAND_URLS", list(DRAND_URLS))),
        }


def load() -> Settings:
    return settings.load(SERVICE, Settings)
