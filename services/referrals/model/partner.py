"""A partner agency: what it takes, where, in which languages, and how much of it."""

from dataclasses import dataclass
from datetime import datetime

EVERYWHERE = "*"


@dataclass(frozen=True)
class Partner:
    """`open` counts the cases it was offered or has accepted and not yet completed."""

    id: str
    name: str
    kind: str
    phone: str
    services: tuple[str, ...]
    priorities: tuple[str, ...]
    regions: tuple[str, ...]
    languages: tuple[str, ...]
    capacity: int
    open: int = 0
    paused_until: datetime | None = None

    @property
    def free(self) -> int:
        return max(self.capacity - self.open, 0)

    def serves(self, region: str) -> bool:
        return EVERYWHERE in self.regions or region in self.regions

    def speaks_any(self, languages: tuple[str, ...]) -> bool:
        return bool(set(self.languages) & set(languages))

    def is_paused(self, now: datetime) -> bool:
        return self.paused_until is not None and now < self.paused_until
