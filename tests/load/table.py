"""Figures, what they are measured against, and the table of them."""

import json
import platform
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

WIDTH = 118


@dataclass(frozen=True)
class Spread:
    """The median of the rounds, and the least and the greatest."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        return cls(statistics.median(values), min(values), max(values))

    def __str__(self) -> str:
        return f"{_short(self.median)} ({_short(self.least)}-{_short(self.greatest)})"


@dataclass(frozen=True)
class Row:
    """One line of the table. `ratio` is of each round's subject to its own baseline; `passed` None: only reported."""

    name: str
    figure: str
    subject: Spread
    baseline: Spread | None = None
    ratio: Spread | None = None
    wanted: str = "-"
    passed: bool | None = None
    notes: list[str] = field(default_factory=list)


def compared(
    name: str,
    figure: str,
    rounds: int,
    baseline: Callable[[int], float],
    subject: Callable[[int], float],
    at_least: float | None = None,
    at_most: float | None = None,
) -> Row:
    """Measures both in turn, each going first every other time. The ratio of subject to baseline must be at least, or
    at most, so much."""
    pairs = []
    for number in range(rounds):
        if number % 2:
            second = subject(number)
            first = baseline(number)
        else:
            first = baseline(number)
            second = subject(number)
        print(f"  {name}, round {number + 1}: baseline {_short(first)}, subject {_short(second)} {figure}", flush=True)
        pairs.append((first, second))
    ratio = Spread.of([second / first for first, second in pairs])
    good = ratio.median >= at_least if at_least is not None else ratio.median <= (at_most or 0)
    wanted = f">= {at_least}" if at_least is not None else f"<= {at_most}"
    measured = (Spread.of([second for _, second in pairs]), Spread.of([first for first, _ in pairs]))
    return Row(name, figure, *measured, ratio, wanted, good)


def show(rows: list[Row]) -> str:
    lines = [f"{'figure':<34}{'subject':>24}{'baseline':>24}{'ratio':>20}{'wanted':>9}  ", "-" * WIDTH]
    for row in rows:
        verdict = {True: "ok", False: "LOW", None: ""}[row.passed]
        lines.append(
            f"{row.name + ' ' + row.figure:<34.34}{row.subject!s:>24}{row.baseline or '-'!s:>24}"
            f"{row.ratio or '-'!s:>20}{row.wanted:>9}  {verdict}"
        )
        lines += [f"    {note}" for note in row.notes]
    return "\n".join(lines)


def keep(rows: list[Row], about: dict[str, Any], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(about | {"rows": [asdict(row) for row in rows]}, indent=2) + "\n")


def machine() -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {"cores": len(models), "processor": models[0] if models else "", "python": platform.python_version()}


def _short(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"
