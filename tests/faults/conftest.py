"""The whole system, running; each test makes one part of it die at its worst moment."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from deploy.demo import client
from shared import clock
from tests.stack import EVERYTHING, Stack
from tests.wait import wait_until


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack")) as running:
        running.start(*(name for name in EVERYTHING if name not in running.running))
        yield running


class Person:
    """Somebody with words of their own, who books and looks at their phone and mail."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.word = secrets.token_hex(5)
        self.email = f"{self.word}@example.test"
        self.phone = f"+5025{secrets.randbelow(10**7):07d}"
        self.key = secrets.token_hex(12)
        self.headers = {"Idempotency-Key": self.key, "Content-Type": "application/json"}

    def free_slot(self) -> str:
        now = clock.now()
        query = {
            "pathway": "orientation",
            "from": (now + timedelta(days=1)).date().isoformat(),
            "to": (now + timedelta(days=12)).date().isoformat(),
        }
        found = self.stack.get("booking", "/api/v1/offices/quetzaltenango/slots", fields=query, expect=200)
        return found["items"][secrets.randbelow(len(found["items"]))]["id"]

    def request(self, slot: str) -> dict[str, Any]:
        return {
            "slot": slot,
            "pathway": "orientation",
            "language": "es",
            "channels": ["email", "sms"],
            "person": {
                "name": f"Ana {self.word}",
                "birth_date": "1990-05-01",
                "phone": self.phone,
                "email": self.email,
            },
        }

    def book(self, slot: str | None = None) -> dict[str, Any]:
        body = self.request(slot or self.free_slot())
        return self.stack.post("booking", "/api/v1/appointments", body, headers=self.headers, expect=201)

    def mails(self) -> list[dict[str, Any]]:
        return self._received(self.email)

    def texts(self) -> list[dict[str, Any]]:
        return self._received(self.phone)

    def _received(self, to: str) -> list[dict[str, Any]]:
        return self.stack.get("postbox", "/api/v1/messages", fields={"to": to}, expect=200)["items"]

    def waits_for_messages(self, seconds: float = 60) -> None:
        wait_until(lambda: self.mails() and self.texts(), seconds, f"{self.word} was told")

    def is_referred(self) -> str:
        """Books for today, comes, and is referred to the demo partner, with consent. The referral's id."""
        found = self.stack.get(
            "booking", "/api/v1/offices/guatemala/slots", fields={"pathway": "orientation"}, expect=200
        )
        reference = self.book(next(slot["id"] for slot in found["items"] if slot["free"]))["reference"]
        staff = client.Site(self.stack.url("booking"))
        staff.sign_in("clerk@sendero.test", "sendero-demo")
        path = f"/api/v1/staff/appointments/{reference}"
        staff.post(f"{path}/attendance").must(200)
        consent = {"partners": ["unhcr"], "text_version": "2026-11", "given_by": "person"}
        body = {"service": "protection", "priority": "high", "consent": consent}
        staff.post(f"{path}/referral", body, **{"Idempotency-Key": secrets.token_hex(12)}).must(201)
        case = self.stack.database("booking").appointments.find_one({"reference": reference})["case_id"]
        referrals = self.stack.database("referrals").referrals
        return wait_until(lambda: referrals.find_one({"case_id": case}), 60, "the referral is open")["_id"]

    def webhooks(self, referral: str) -> list[dict[str, Any]]:
        """What the demo partner received about the offer of the referral, one entry per webhook id."""
        received = self.stack.get("partner", "/api/v1/received", expect=200)["items"]
        return [one for one in received if one["data"]["referral"] == referral and one["type"] == "referral.offered.v1"]


@pytest.fixture
def person(stack: Stack) -> Person:
    return Person(stack)
