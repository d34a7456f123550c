"""What the clients asked and were answered, from their own logs."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MAKES = ("book", "book_again", "ask")  # their answers tell of a new reference


@dataclass
class Asked:
    """One request with all its tries. `status` None: nobody answered until the crowd went home. `met`: when its first
    try came to an end, with an answer or without."""

    id: str
    case: int
    what: str
    begun: float
    ended: float
    key: str | None = None
    sent: Any = None
    url: str = ""
    tries: int = 0
    met: float | None = None
    status: int | None = None
    body: Any = None
    signed_out: bool = False  # the answer says only that the session has ended
    failures: list[str] = field(default_factory=list)  # what each try met that was no answer

    def reference(self) -> str | None:
        """Of the appointment that it was about."""
        if self.what in MAKES:
            return (self.body or {}).get("reference")
        return next((part for part in self.url.split("/") if part.startswith("SND-")), None)

    def problem(self) -> str:
        kind = self.body.get("type", "") if isinstance(self.body, dict) else ""
        return str(kind).rpartition(":")[2]


def read(folder: Path) -> list[Asked]:
    """In the order in which they were begun."""
    found: dict[str, Asked] = {}
    for path in sorted(folder.glob("crowd-*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            follow(found, (json.loads(line) for line in lines if line.endswith("\n")))
    return sorted(found.values(), key=lambda one: one.begun)


def follow(found: dict[str, Asked], lines: Iterable[dict[str, Any]]) -> None:
    for line in lines:
        one = found.get(line["ask"])
        if one is None:
            one = found[line["ask"]] = Asked(line["ask"], line["case"], line["what"], line["at"], line["at"])
        one.ended = line["at"]
        if "method" in line:
            one.tries, one.key, one.sent, one.url = line["try"], line["key"], line["sent"], line["url"]
            continue
        one.met = one.met or line["at"]
        if "error" in line:
            one.failures.append(line["error"])
        elif "status" in line:
            one.status, one.body, one.signed_out = line["status"], line["body"], line.get("signed_out", False)
            if is_no_answer(one):
                one.failures.append(f"status {one.status}")
                one.status = None


def is_no_answer(one: Asked) -> bool:
    """What means: not now, ask again."""
    return one.status is None or one.status >= 500 or one.status == 429 or one.problem() == "idempotency-key-in-flight"
