"""The rule of a draw: the shares of waiting and of chance, and the least number of places for stated needs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from services.booking import refusals
from services.booking.model.draw import published
from services.booking.model.draw.capacity import Slot
from shared.errors import N_


@dataclass(frozen=True)
class Rule:
    """Shares are in percent of all places; minimums are part of the share of chance."""

    waiting: int = 50
    chance: int = 50
    minimums: dict[str, int] = field(default_factory=dict)  # need -> places

    def __post_init__(self) -> None:
        wrong = self._wrong_shares() | self._wrong_minimums()
        if wrong:
            raise refusals.UnfitRule(errors=wrong)

    def _wrong_shares(self) -> dict[str, str]:
        shares = {"waiting": self.waiting, "chance": self.chance}
        text = N_("A share is a whole number from 0 to 100.")
        wrong = {name: text for name, share in shares.items() if type(share) is not int or not 0 <= share <= 100}
        if not wrong and sum(shares.values()) != 100:
            wrong = dict.fromkeys(shares, N_("The two shares must make 100 together."))
        return wrong

    def _wrong_minimums(self) -> dict[str, str]:
        if not all(map(published.is_code, self.minimums)):
            return {"minimums": N_("A need is named by letters, digits, dots, dashes and underlines.")}
        text = N_("A minimum is a whole number of places, one or more.")
        return {
            f"minimums.{need}": text for need, least in self.minimums.items() if type(least) is not int or least < 1
        }

    def must_fit(self, capacity: Iterable[Slot]) -> None:
        """So that what is published as the shares is what they will be."""
        if sum(self.minimums.values()) * 100 > sum(slot.places for slot in capacity) * self.chance:
            text = N_("The minimums are more than the share of chance, of which they are a part.")
            raise refusals.UnfitRule(errors={"minimums": text})

    def row(self) -> dict[str, Any]:
        return {"waiting": self.waiting, "chance": self.chance, "minimums": self.minimums}

    def publish(self) -> str:
        return published.row(self.row())
