"""The seed: a value that was named before the close and that nobody could know then, and where it comes from.

A round of drand, a public beacon that its members make together, or what two officers committed to. Each source
is published with the commitment; it alone makes a Seed, after checking it.
"""

import hashlib
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.booking import refusals
from services.booking.model.draw import published
from shared.errors import N_

QUICKNET = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"  # drand's chain: its id,
QUICKNET_BEGAN = datetime.fromtimestamp(1692803367, UTC)  # the time of its round 1,
QUICKNET_PERIOD = timedelta(seconds=3)  # and how often there is one
SHA256 = re.compile(r"[0-9a-f]{64}")
SIGNATURE = re.compile(r"[0-9a-f]{96}")


@dataclass(frozen=True)
class Drand:
    round: int

    def __post_init__(self) -> None:
        if self.round < 1:
            raise refusals.UnfitSeed(errors={"round": N_("Rounds are counted from 1.")})

    @classmethod
    def not_before(cls, moment: datetime) -> "Drand":
        """The first round that comes then or later."""
        return cls(max(1, 1 + math.ceil((moment - QUICKNET_BEGAN) / QUICKNET_PERIOD)))

    @property
    def comes_at(self) -> datetime:
        return QUICKNET_BEGAN + (self.round - 1) * QUICKNET_PERIOD

    def fetched(self, value: str, signature: str) -> "Seed":
        """As the beacon's HTTP interface tells it. The beacon's signature itself is for those who check to verify."""
        _must_be(SHA256, value=value)
        _must_be(SIGNATURE, signature=signature)
        if hashlib.sha256(bytes.fromhex(signature)).hexdigest() != value:
            raise refusals.UnfitSeed(errors={"signature": N_("The value is not that of this signature.")})
        return Seed(self, value, {"signature": signature})

    def entered(self, first: str, second: str) -> "Seed":
        """As two people read it, each for themselves, where there is no network."""
        _must_be(SHA256, first=first, second=second)
        if first != second:
            raise refusals.UnfitSeed(errors={"second": N_("The two values differ.")})
        return Seed(self, first, {})

    def row(self) -> dict[str, Any]:
        return {"kind": "drand", "chain": QUICKNET, "round": self.round}

    @property
    def where(self) -> str:
        return f"https://api.drand.sh/{QUICKNET}/public/{self.round}"


@dataclass(frozen=True)
class Officers:
    """Two officers, each with 32 random bytes as 64 hexadecimal digits, of which the SHA-256 is published first.

    As long as one of them chose at random and kept it to themselves, nobody knows the seed before both have told.
    """

    commitments: tuple[str, str]

    def __post_init__(self) -> None:
        _must_be(SHA256, first=self.commitments[0], second=self.commitments[1])
        if self.commitments[0] == self.commitments[1]:
            raise refusals.UnfitSeed(errors={"second": N_("This is the commitment of the other officer.")})

    def revealed(self, first: str, second: str) -> "Seed":
        _must_be(SHA256, first=first, second=second)
        told = {"first": first, "second": second}
        text = N_("This is not what was committed to.")
        wrong = {
            name: text
            for (name, value), commitment in zip(told.items(), self.commitments, strict=True)
            if published.sha256(value) != commitment
        }
        if wrong:
            raise refusals.UnfitSeed(errors=wrong)
        return Seed(self, published.digest(first, second), {"revealed": [first, second]})

    def row(self) -> dict[str, Any]:
        return {"kind": "officers", "commitments": list(self.commitments)}

    @property
    def where(self) -> str:
        return "the commitments published at the close"


Source = Drand | Officers


def source_of(row: dict[str, Any]) -> Source:
    """As it is written in a commitment."""
    return Drand(row["round"]) if row["kind"] == "drand" else Officers(tuple(row["commitments"]))


@dataclass(frozen=True)
class Seed:
    """Made by its source, never by hand."""

    source: Source
    value: str
    shown_by: dict[str, Any]  # what lets anyone check it

    def publish(self) -> str:
        return published.row({"value": self.value, "where": self.source.where} | self.shown_by)


def _must_be(form: re.Pattern[str], **values: str) -> None:
    text = N_("Only 0 to 9 and a to f in small letters: 64 of them for a value, 96 for a signature.")
    wrong = {name: text for name, value in values.items() if form.fullmatch(value) is None}
    if wrong:
        raise refusals.UnfitSeed(errors=wrong)
