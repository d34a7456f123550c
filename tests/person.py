"""Somebody who books, comes, is referred and is told, as the tests of the whole system need them."""

import secrets
from datetime import timedelta
from typing import Any

from deploy.demo import client
from shared import clock
from tests.stack import Stack
from tests.wait import wait_until

PASSWORD = "sendero-demo"


class Person:
    """Somebody with words of their own, who books and looks at their phone and mail."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.word = secrets.token_hex(5)
        self.name = f"Ana {self.word}"
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

    def slot_soon(self) -> dict[str, Any]:
        """One that begins in ten minutes to two hours: at whatever hour this runs, the office may note who came."""
        day = (clock.now() + timedelta(days=1)).date().isoformat()  # a window that no answer is kept for
        path, query = "/api/v1/offices/guatemala/slots", {"pathway": "orientation", "limit": "200", "to": day}
        slots = self.stack.get("booking", path, fields=query, expect=200)["items"]
        begin, end = (clock.rfc3339(clock.now() + timedelta(minutes=minutes)) for minutes in (10, 119))
        return next(slot for slot in slots if slot["free"] and begin < slot["starts_at"] < end)

    def request(self, slot: str) -> dict[str, Any]:
        return {
            "slot": slot,
            "pathway": "orientation",
            "language": "es",
            "channels": ["email", "sms"],
            "person": {
                "name": self.name,
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

    def waits_for_messages(self, seconds: float = 120) -> None:
        wait_until(lambda: self.mails() and self.texts(), seconds, f"{self.word} was told")

    def is_referred(self, service: str = "protection", partners: tuple[str, ...] = ("unhcr",)) -> str:
        """Books for soon, comes, and is referred, with consent for these partners. The referral's id."""
        reference = self.book(self.slot_soon()["id"])["reference"]
        staff = client.Site(self.stack.url("booking"))
        staff.sign_in("clerk@sendero.test", PASSWORD)
        path = f"/api/v1/staff/appointments/{reference}"
        staff.post(f"{path}/attendance").must(200)
        consent = {"partners": list(partners), "text_version": "2026-11", "given_by": "person"}
        body = {"service": service, "priority": "high", "consent": consent}
        staff.post(f"{path}/referral", body, **{"Idempotency-Key": secrets.token_hex(12)}).must(201)
        return self.referral(reference)

    def referral(self, reference: str) -> str:
        """The id of the referral of an appointment, once it is open."""
        case = self.stack.database("booking").appointments.find_one({"reference": reference})["case_id"]
        referrals = self.stack.database("referrals").referrals
        return wait_until(lambda: referrals.find_one({"case_id": case}), 120, "the referral is open")["_id"]

    def webhooks(self, referral: str) -> list[dict[str, Any]]:
        """What the demo partner received about the offer of the referral, one entry per webhook id."""
        return [one for one in self.received(referral) if one["type"] == "referral.offered.v1"]

    def received(self, referral: str) -> list[dict[str, Any]]:
        """All that the demo partner received about the referral."""
        items = self.stack.get("partner", "/api/v1/received", expect=200)["items"]
        return [one for one in items if one["signature_valid"] and one["data"]["referral"] == referral]
