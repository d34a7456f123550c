"""Booking's settings: the common part, and the key of its fingerprints."""

from dataclasses import dataclass, field
from typing import Any

from environs import FileAwareEnv

from shared import settings

SERVICE = "booking"


@dataclass(frozen=True)
class Settings(settings.Settings):
    fingerprint_key: str = field(repr=False)

    @classmethod
    def read(cls, env: FileAwareEnv, service: str) -> dict[str, Any]:
        key = env.str("BOOKING_FINGERPRINT_KEY")
        if len(key) < 32:
            raise ValueError("BOOKING_FINGERPRINT_KEY must have at least 32 characters")
        return super().read(env, service) | {"fingerprint_key": key}


def load() -> Settings:
    return settings.load(SERVICE, Settings)
