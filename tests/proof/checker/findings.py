"""What the checker found: a number for each promise, and each breach of it named."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

MISSING = "accepted bookings that are missing"
ANSWERS = "other accepted answers that are missing"
UNFIT = "answers that fit nothing, or never came"
PLACES = "places given twice"
LOST_PLACES = "places lost"
DRAWS = "draws that came out otherwise"
NOT_ASKED = "changes that nobody asked for"
EFFECTS = "effects twice in any datastore"
LOST = "events missing"
ORDER = "events out of order for one case"
WEBHOOKS = "webhooks with the same id handled as two"
MESSAGES = "messages missing"
ASTRAY = "messages to somebody else"
TWICE = "mails or SMS sent twice"
STUCK = "events stuck"
PERSONAL = "personal data found"
SHOWN = 40
PROMISES = (
    MISSING,
    ANSWERS,
    UNFIT,
    PLACES,
    LOST_PLACES,
    DRAWS,
    EFFECTS,
    NOT_ASKED,
    LOST,
    ORDER,
    WEBHOOKS,
    MESSAGES,
    ASTRAY,
    TWICE,
    STUCK,
    PERSONAL,
)


@dataclass(frozen=True)
class Found:
    """One breach of a promise, in words that lead to it: ids and numbers, nobody's data. `explained`: by which fault
    it had to come, where it may."""

    promise: str
    what: str
    case: int | None = None
    explained: str | None = None

    def shown(self) -> dict[str, Any]:
        return {"promise": self.promise, "what": self.what, "case": self.case, "explained": self.explained}


@dataclass
class Findings:
    """`looked_at`: how much there was to be right or wrong. Nothing looked at is no proof: then it has failed too."""

    found: list[Found] = field(default_factory=list)
    looked_at: dict[str, int] = field(default_factory=dict)
    waits: list[dict[str, Any]] = field(default_factory=list)

    def add(self, found: Iterable[Found]) -> None:
        self.found.extend(found)

    @property
    def broken(self) -> list[Found]:
        return [one for one in self.found if one.explained is None]

    @property
    def explained(self) -> list[Found]:
        return [one for one in self.found if one.explained is not None]

    @property
    def counts(self) -> dict[str, int]:
        counted = Counter(one.promise for one in self.broken)
        return {promise: counted[promise] for promise in PROMISES}

    def table(self) -> str:
        """For the terminal: each promise with its count, what was found, and what there was to look at."""
        lines = [f"{'✗' if number else '✓'} {number:6}  {promise}" for promise, number in self.counts.items()]
        if self.explained:
            lines.append(f"  {len(self.explained):6}  of these were to be expected, each by its fault (in the report)")
        lines += ["", *(f"  {number:6}  {name}" for name, number in self.looked_at.items()), ""]
        if self.waits:
            lines += ["How long people waited, in seconds: the longest for an answer, the longest for a message", ""]
            lines += [_wait(one) for one in self.waits] + [""]
        for one in self.broken[:SHOWN]:
            lines.append(f"  {one.promise}: {one.what}" + (f" (case {one.case})" if one.case is not None else ""))
        if len(self.broken) > SHOWN:
            lines.append(f"  … and {len(self.broken) - SHOWN} more, in report.json")
        return "\n".join([*lines, *(f"  Nothing to look at: {name}" for name in self.nothing_seen)])

    @property
    def nothing_seen(self) -> list[str]:
        return [name for name, number in self.looked_at.items() if not number]

    @property
    def failed(self) -> bool:
        return bool(self.broken or self.nothing_seen or not self.looked_at)


def _wait(one: dict[str, Any]) -> str:
    fault = f"{one['n']:3} {one['kind']}: {one['target']}"
    return f"  {one['longest_answer']:6.1f} {one['longest_message']:6.1f}  {fault}, which lasted {one['seconds']:.1f}"
