"""What was done to the system, from faults.jsonl."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Fault:
    """`began` and `ended` in Unix seconds; `ended`: when what was hurt worked again. `detail` of poison: topic, key,
    event_id, and what the operator is to do (`operator`, `corrected`)."""

    n: int
    kind: str
    target: str
    began: float
    ended: float
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"#{self.n} {self.kind}: {self.target}"


def read(folder: Path) -> list[Fault]:
    path = folder / "faults.jsonl"
    if not path.exists():
        return []
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    known = Fault.__dataclass_fields__
    return [Fault(**{name: value for name, value in line.items() if name in known}) for line in lines]
