"""What the demo knows while it walks, and how it waits for what must come."""

import base64
import secrets
import time
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from deploy.demo import client, settings

WAIT_SECONDS = 30.0
PATHWAY, OFFICE, SERVICE = "orientation", "guatemala", "protection"
CONSENT_TEXT = "2026-11"
Seen = TypeVar("Seen")


@dataclass
class Person:
    """Somebody new in each run: nobody is known by this phone or address."""

    tag: str = field(default_factory=lambda: secrets.token_hex(4))
    phone: str = field(default_factory=lambda: f"+5025{secrets.randbelow(10**6):06d}{secrets.randbelow(9) + 1}")

    @property
    def email(self) -> str:
        return f"demo.{self.tag}@example.org"

    def request(self, slot: str) -> dict[str, Any]:
        return {
            "slot": slot,
            "pathway": PATHWAY,
            "language": "es",
            "channels": ["email", "sms"],
            "person": {
                "name": f"Demo Persona {self.tag}",
                "birth_date": "1990-05-17",
                "phone": self.phone,
                "email": self.email,
            },
            "companions": [],
        }


@dataclass
class Booked:
    person: Person
    key: str
    request: dict[str, Any]
    body: dict[str, Any]

    @property
    def reference(self) -> str:
        return str(self.body["reference"])

    @property
    def path(self) -> str:
        return f"/api/v1/appointments/{self.reference}"

    def site(self, url: str, code: str | None = None) -> client.Site:
        """The booking service, as who has this reference and code sees it."""
        secret = base64.b64encode(f"{self.reference}:{code or self.body['code']}".encode()).decode()
        return client.Site(url, Authorization=f"Basic {secret}")


class Walk:
    booked: Booked
    other: Booked
    referral: str

    def __init__(self, given: settings.Settings) -> None:
        self.given = given
        self.public = client.Site(given.booking)
        self.staff = client.Site(given.booking_staff)
        self.postbox = client.Site(given.postbox)
        self.partner = client.Site(given.partner)
        self.slots: list[dict[str, Any]] = []
        self.begun = datetime.now(UTC)
        self._seen: dict[str, set[str]] = {}

    def new_message(self, to: str) -> dict[str, Any]:
        """The one message that has come for somebody since the last time we looked."""
        seen = self._seen.setdefault(to, set())

        def look() -> list[dict[str, Any]]:
            path = f"/api/v1/messages?to={to.replace('+', '%2B')}"
            return [each for each in self.postbox.get(path).must(200).body["items"] if each["id"] not in seen]

        found = until(f"a message to {to}", look)
        seen.update(each["id"] for each in found)
        expect(len(found) == 1, f"one message to {to}", found)
        return found[0]


def until(expected: str, look: Callable[[], Seen]) -> Seen:
    """The first true answer of `look`, asked again and again for up to 30 s."""
    end = time.monotonic() + WAIT_SECONDS
    while not (seen := look()):
        if time.monotonic() > end:
            raise client.Failed(expected, f"not within {WAIT_SECONDS:.0f} s")
        time.sleep(0.2)
    return seen


def expect(true: object, expected: str, got: object) -> None:
    if not true:
        raise client.Failed(expected, str(got)[:600])


def local(slot: dict[str, Any]) -> str:
    zone = zoneinfo.ZoneInfo(slot["timezone"])
    return f"{datetime.fromisoformat(slot['starts_at']).astimezone(zone):%a %d %b %H:%M} ({slot['timezone']})"


def hours_until(slot: dict[str, Any]) -> float:
    return (datetime.fromisoformat(slot["starts_at"]) - datetime.now(UTC)).total_seconds() / 3600
