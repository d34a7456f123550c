"""What referrals is told from outside, beyond what every service is told."""

from dataclasses import dataclass
from typing import Any

from environs import FileAwareEnv, validate

import shared.settings

SERVICE = "referrals"
SECONDS = validate.Range(min=0.1, max=15)  # twice as long ends a delivery, well under the lease of due work


@dataclass(frozen=True)
class Settings(shared.settings.Settings):
    webhook_allowed_hosts: tuple[str, ...] = ()
    webhook_timeout_seconds: float = 10.0

    @classmethod
    def read(cls, env: FileAwareEnv, service: str) -> dict[str, Any]:
        hosts: list[str] = env.list("WEBHOOK_ALLOWED_HOSTS", [])
        return super().read(env, service) | {
            "webhook_allowed_hosts": tuple(host.strip().lower() for host in hosts if host.strip()),
            "webhook_timeout_seconds": env.float("WEBHOOK_TIMEOUT_SECONDS", 10.0, validate=SECONDS),
        }


def load() -> Settings:
    """Raises environs.EnvError, which names what is missing or wrong."""
    return shared.settings.load(SERVICE, Settings)
