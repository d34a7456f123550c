"""What is fixed at the close, under one hash, and the draw that is then held of exactly this."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.booking import refusals
from services.booking.model.draw import allocation, capacity, entry, published, seed
from services.booking.model.draw.rule import Rule
from shared.errors import N_

ALGORITHM = "sendero-draw-1"  # DRAW.md; what would give another result gets another name
PAUSE = timedelta(minutes=10)  # from the close to the seed


class NotAsCommitted(Exception):
    """Entries, capacity or rule are no longer what was published: the draw must not be held."""


@dataclass(frozen=True)
class Commitment:
    draw: str
    closed_at: datetime
    entries: str
    capacity: str
    rule: str
    source: seed.Source

    def publish(self) -> str:
        return published.row(
            {
                "algorithm": ALGORITHM,
                "draw": self.draw,
                "closed_at": published.instant(self.closed_at),
                "entries": self.entries,
                "capacity": self.capacity,
                "rule": self.rule,
                "seed": self.source.row(),
            }
        )

    @property
    def hash(self) -> str:
        """The one number to print, read out and keep."""
        return published.sha256(self.publish())

    def key(self, drawn: seed.Seed) -> str:
        """All tickets hang on it: on the seed, and on everything that was fixed."""
        if drawn.source != self.source:
            raise NotAsCommitted("the seed comes from elsewhere than was named")
        return key(self.hash, drawn.value)


def key(hash: str, value: str) -> str:
    """Of the hash of a draw and the value of its seed, both of which are published."""
    return published.digest(hash, value)


def commit(
    draw: str,
    closed_at: datetime,
    entries: Sequence[entry.Entry],
    slots: Sequence[capacity.Slot],
    rule: Rule,
    source: seed.Source,
) -> Commitment:
    """Refuses what could not be drawn, or could be known too early, or says more of people than the rule needs."""
    if not published.is_code(draw):
        raise ValueError(f"draw {draw!r}: this is no id")
    _must_differ("entries", [one.id for one in entries])
    _must_differ("slots", [one.id for one in slots])
    if any(need not in rule.minimums for one in entries for need in one.needs):
        raise ValueError("an entry tells a need that the rule has no minimum for: it must not be published")
    rule.must_fit(slots)
    if isinstance(source, seed.Drand) and source.comes_at < closed_at + PAUSE:
        raise refusals.UnfitSeed(
            errors={"round": N_("This round comes too early: ten minutes after the close at least.")}
        )
    return Commitment(draw, closed_at, *_hashes(entries, slots, rule), source)


def hold(
    commitment: Commitment,
    entries: Sequence[entry.Entry],
    slots: Sequence[capacity.Slot],
    rule: Rule,
    drawn: seed.Seed,
) -> tuple[allocation.Outcome, ...]:
    """The draw: who gets which slot, and who waits at which number."""
    if (commitment.entries, commitment.capacity, commitment.rule) != _hashes(entries, slots, rule):
        raise NotAsCommitted("entries, capacity or rule are not those whose hashes were published")
    return allocation.allocate(entries, slots, rule, commitment.key(drawn))


def _hashes(entries: Iterable[entry.Entry], slots: Iterable[capacity.Slot], rule: Rule) -> tuple[str, str, str]:
    texts = entry.publish(entries), capacity.publish(slots), rule.publish()
    return published.sha256(texts[0]), published.sha256(texts[1]), published.sha256(texts[2])


def _must_differ(what: str, ids: list[str]) -> None:
    if len(set(ids)) < len(ids):
        raise ValueError(f"two {what} have the same id")
