"""A webhook counts once at the partner, and every one arrives, signed."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.proof.checker.evidence import Evidence
from tests.proof.checker.findings import MESSAGES, WEBHOOKS, Found


def handled_as_two(e: Evidence) -> Iterator[Found]:
    """One id is one entry; and one fact is one id, since by another id the partner could not know it again."""
    valid = [one for one in e.webhooks if one["signature_valid"]]
    for (partner, webhook), number in Counter((one["partner"], one["id"]) for one in valid).items():
        if number > 1:
            yield Found(WEBHOOKS, f"{partner} handled {webhook} {number} times")
    facts = defaultdict(set)
    for one in valid:
        facts[one["partner"], one["type"], one["data"].get("referral")].add(one["id"])
    for (partner, kind, referral), ids in facts.items():
        if len(ids) > 1:
            yield Found(WEBHOOKS, f"{partner} was told {kind} of {referral} under {len(ids)} ids")
    yield from (
        Found(WEBHOOKS, f"{one['partner']} could not check the signature of {one['id']}")
        for one in e.webhooks
        if not one["signature_valid"]
    )


def missing(e: Evidence) -> Iterator[Found]:
    """What is in the feed of a partner with a webhook came by it, but for what a withdrawal had taken back before it
    went out; and nothing else came."""
    taken_back = {row["event_id"] for row in e.rows("referrals", "deliveries") if row["state"] == "cancelled"}
    with_webhook = {row["partner_id"] for row in e.rows("referrals", "deliveries")}
    told = {row["_id"]: row for row in e.rows("referrals", "partner_events")}
    came = {one["id"] for one in e.webhooks if one["signature_valid"]}
    for event, row in told.items():
        if row["partner_id"] in with_webhook and event not in came | taken_back:
            yield Found(MESSAGES, f"webhook {row['type']} {event} has not reached {row['partner_id']}")
    yield from (Found(WEBHOOKS, f"webhook {one} is in no feed") for one in sorted(came - told.keys()))
    offered = {case["id"] for case in e.partner_cases}
    for row in e.rows("referrals", "referrals"):
        if any(offer["partner_id"] in with_webhook for offer in row["offers"]) and row["_id"] not in offered:
            yield Found(MESSAGES, f"the partner knows nothing of referral {row['_id']}")
