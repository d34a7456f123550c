"""What a thread of the crowd does things with, and how somebody asks as the owner of what they booked."""

import base64
import random
from collections.abc import Generator, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.proof.clients.asking import Answer, Asker, Request
from tests.proof.clients.people import Case
from tests.proof.clients.staff import Account
from tests.proof.office import Office

ZONE = ZoneInfo("America/Guatemala")


@dataclass
class Hands:
    """`leads`: two people in charge of the office. `officers`: the two who keep a seed."""

    asker: Asker
    clerk: Account
    clerk_of_referrals: Account
    leads: tuple[Account, Account]
    officers: tuple[Account, Account]
    booking: str
    office: Office
    reached: Set[str]
    gone_home: set[Case]
    chance: random.Random

    @property
    def slots(self) -> dict[str, list[str]]:
        return self.office.slots

    def own(self, case: Case, what: str, method: str, path: str, secret: dict[str, Any], body: Any = None) -> Answer:
        """`path` below the reference; `secret` has reference and code. Whoever is impatient hangs up on the first
        answer."""
        basic = base64.b64encode(f"{secret['reference']}:{secret['code']}".encode()).decode()
        return self.asker.ask(
            Request(
                case.number,
                what,
                method,
                f"{self.booking}/api/v1/{path}",
                body={} if body is None and method == "POST" else body,
                headers={"Authorization": f"Basic {basic}"},
                first_try_seconds=self.hangs_up(case) if method == "POST" else None,
            )
        )

    def hangs_up(self, case: Case) -> float | None:
        return self.chance.uniform(0.01, 0.06) if case.impatient else None


Script = Generator[float, Hands, None]
Booking = Generator[float, Hands, dict[str, Any] | None]


def begin(slot: str) -> datetime:
    return datetime.strptime(slot.rpartition(".")[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
