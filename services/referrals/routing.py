"""Who could take a case, and why: a pure function of the case and the partners as they are now."""

from collections.abc import Sequence
from datetime import datetime

from services.referrals.model import EVERYWHERE, Case, Decision, Partner, Reason

CHOSEN, RANKED_BELOW = "chosen", "ranked_below"
UNKNOWN, NO_CONSENT, ALREADY_ASKED, PAUSED = "unknown", "no_consent", "already_asked", "paused"
SERVICE, PRIORITY, REGION, LANGUAGES, CAPACITY = "service", "priority", "region", "languages", "capacity"
OBSTACLES = (UNKNOWN, NO_CONSENT, ALREADY_ASKED, PAUSED, SERVICE, PRIORITY, REGION, LANGUAGES, CAPACITY)


def choose(case: Case, partners: Sequence[Partner], now: datetime) -> Decision:
    """The partner to offer the case to, and a reason for each one. Nobody can take it: `chosen` is None.

    Of those who can, the first by: speaks the language the person speaks best; works in this region by name rather
    than everywhere; most free places; id, so that the same question has the same answer.
    """
    obstacles = {partner.id: _obstacle(case, partner, now) for partner in partners}
    able = sorted((one for one in partners if obstacles[one.id] is None), key=lambda one: _rank(case, one))
    chosen = able[0].id if able else None
    reasons = [Reason(one.id, CHOSEN if one.id == chosen else RANKED_BELOW) for one in able]
    reasons += [Reason(id, why) for id, why in sorted(obstacles.items()) if why]
    reasons += [Reason(id, UNKNOWN) for id in sorted(set(case.consented) - set(obstacles))]
    return Decision(chosen, tuple(reasons))


def _obstacle(case: Case, partner: Partner, now: datetime) -> str | None:
    """The first thing that stands in the way; consent before all else."""
    obstacles = (
        (NO_CONSENT, partner.id not in case.consented),
        (ALREADY_ASKED, partner.id in case.asked),
        (PAUSED, partner.is_paused(now)),
        (SERVICE, case.service not in partner.services),
        (PRIORITY, case.priority not in partner.priorities),
        (REGION, not partner.serves(case.region)),
        (LANGUAGES, not partner.speaks_any(case.languages)),
        (CAPACITY, partner.free == 0),
    )
    return next((why for why, stands in obstacles if stands), None)


def _rank(case: Case, partner: Partner) -> tuple[bool, bool, int, str]:
    speaks_best = case.languages[0] in partner.languages
    by_name = case.region in partner.regions and EVERYWHERE not in partner.regions
    return (not speaks_best, not by_name, -partner.free, partner.id)
