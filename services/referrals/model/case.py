"""What routing is asked and answers: the case, a reason per partner, the partner chosen."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Case:
    """`languages` begins with the one the person speaks best; `asked` have answered this referral before."""

    service: str
    priority: str
    region: str
    languages: tuple[str, ...]
    consented: tuple[str, ...]
    asked: tuple[str, ...] = ()


class Reason(NamedTuple):
    partner_id: str
    why: str


@dataclass(frozen=True)
class Decision:
    chosen: str | None
    reasons: tuple[Reason, ...]
