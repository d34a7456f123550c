"""The chart of a pilot, week by week, as numbers for an inline SVG: places offered, booked, and refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.booking.model import pilot as rules

WIDTH, HEIGHT, BASE = 640, 200, 170  # BASE: where the bars stand; below it are the dates
MOST_LABELS = 8


@dataclass(frozen=True)
class Bar:
    """`booked` None: hidden."""

    week: str
    x: float
    width: float
    offered: int
    booked: int | None
    offered_height: float
    booked_height: float
    refused: int
    refused_height: float
    labelled: bool


def bars(lines: Sequence[rules.Line]) -> list[Bar]:
    weeks = [line for line in lines if line.group != rules.OTHER]
    if not weeks:
        return []
    top = max(max(line.offered or 0, line.counts["booked"] or 0, line.refused or 0) for line in weeks) or 1
    step, every = WIDTH / len(weeks), -(-len(weeks) // MOST_LABELS)

    def height(value: int | None) -> float:
        return round((BASE - 10) * (value or 0) / top, 1)

    return [
        Bar(
            week=line.group,
            x=round(number * step, 1),
            width=round(step * 0.8, 1),
            offered=line.offered or 0,
            booked=line.counts["booked"],
            offered_height=height(line.offered),
            booked_height=height(line.counts["booked"]),
            refused=line.refused or 0,
            refused_height=height(line.refused),
            labelled=number % every == 0,
        )
        for number, line in enumerate(weeks)
    ]
