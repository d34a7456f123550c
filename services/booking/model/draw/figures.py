"""The figures published after a draw, by office, by language: none of a group under five, nor by subtraction.

The totals are public, since entries and result are. So a small group cannot just be left out: it goes into `OTHER`
together with at least one more, five entries in all or more; and where fewer than five were drawn, their number is
hidden in a second row as well.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

FEWEST = 5
OTHER = "other groups"  # no office and no language is called so


@dataclass(frozen=True)
class Counted:
    """What counts of one entry in one table."""

    group: str  # the office of its first choice, or its language
    drawn: bool
    waited: int


@dataclass(frozen=True)
class Figures:
    """`drawn`, `odds` and `waited` are None together where they are hidden; the latter also if nobody was drawn."""

    group: str
    asked: int
    drawn: int | None
    odds: float | None  # in percent
    waited: float | None  # windows without luck before, on average of those drawn


def table(counted: Iterable[Counted]) -> tuple[Figures, ...]:
    """The groups that can be shown, and `OTHER` last. None at all: what is left would be the total."""
    groups: dict[str, list[Counted]] = defaultdict(list)
    for one in counted:
        groups[one.group].append(one)
    by_size = sorted(groups, key=lambda group: (len(groups[group]), group))
    merged = by_size[: _how_many_to_hide([len(groups[group]) for group in by_size])]
    shown = {group: groups[group] for group in sorted(groups) if group not in merged}
    if not shown:
        return ()
    if merged:
        shown[OTHER] = [one for group in merged for one in groups[group]]
    hidden = _drawn_hidden({group: sum(one.drawn for one in rows) for group, rows in shown.items()})
    return tuple(_figures(group, rows, group in hidden) for group, rows in shown.items())


def total(counted: Iterable[Counted]) -> Figures:
    return _figures("", list(counted), False)


def _how_many_to_hide(sizes: list[int]) -> int:
    """Of sizes, the smallest first: all too small ones, and more until together they are not: two at least."""
    number = sum(size < FEWEST for size in sizes)
    while 0 < number < len(sizes) and sum(sizes[:number]) < FEWEST:
        number += 1
    return number


def _drawn_hidden(drawn: dict[str, int]) -> set[str]:
    """Nobody drawn is nobody told of; one to four are too few. If all together are too few, no row has a number."""
    by_size = sorted((group for group in drawn if drawn[group]), key=lambda group: (drawn[group], group))
    hidden = set(by_size[: _how_many_to_hide([drawn[group] for group in by_size])])
    too_few = 0 < sum(drawn[group] for group in hidden) < FEWEST
    return set(drawn) if too_few else hidden


def _figures(group: str, rows: list[Counted], hidden: bool) -> Figures:
    drawn = [one for one in rows if one.drawn]
    if hidden:
        return Figures(group, len(rows), None, None, None)
    waited = round(sum(one.waited for one in drawn) / len(drawn), 1) if drawn else None
    odds = round(100 * len(drawn) / len(rows), 1) if rows else None
    return Figures(group, len(rows), len(drawn), odds, waited)
