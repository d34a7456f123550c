"""What the partner agency does, by the buttons of its own program."""

from datetime import datetime, timedelta
from typing import Any

from deploy.demo import state


def webhook_arrives(walk: state.Walk) -> str:
    """A webhook says nothing of the person, so the agency looks up what came since: ours is among it."""
    looked_up: set[str] = set()

    def look() -> dict[str, Any] | None:
        for event in _offers(walk):
            referral = event["data"]["referral"]
            if referral not in looked_up:
                looked_up.add(referral)
                _press(walk, referral, "details")
            if (_case(walk, referral)["details"] or {}).get("reference") == walk.booked.reference:
                walk.referral = referral
                return event
        return None

    event = state.until("a signed webhook at the partner, and by its own look-up it is of this person", look)
    assert event is not None
    state.expect(walk.booked.person.tag not in str(event), "no personal data in it", event)
    return f"{event['type']}, signature valid, attempt {event['attempts']}, no personal data in it"


def _offers(walk: state.Walk) -> list[dict[str, Any]]:
    since = walk.begun - timedelta(seconds=1)
    return [
        event
        for event in walk.partner.get("/api/v1/received").must(200).body["items"]
        if event["type"] == "referral.offered.v1"
        and event["signature_valid"]
        and event["partner"] == walk.given.partner_id
        and datetime.fromisoformat(event["received_at"]) >= since
    ]


def _case(walk: state.Walk, referral: str) -> dict[str, Any]:
    items = walk.partner.get("/api/v1/referrals").must(200).body["items"]
    found = [each for each in items if (each["partner"], each["id"]) == (walk.given.partner_id, referral)]
    state.expect(found, f"the referral {referral} at the partner", items)
    return dict(found[0])


def _press(walk: state.Walk, referral: str, button: str, **fields: str) -> None:
    walk.partner.submit(f"/referrals/{walk.given.partner_id}/{referral}/{button}", fields).must(303)


def details(walk: state.Walk) -> str:
    found = _case(walk, walk.referral)["details"]
    state.expect(found["person"]["phone"] == walk.booked.person.phone, "the person's phone", found)
    return "fetched with the partner's own key, under the consent"


def accept(walk: state.Walk) -> str:
    return _answered(walk, "accept", "accepted")


def complete(walk: state.Walk) -> str:
    return _answered(walk, "complete", "completed", outcome="helped")


def _answered(walk: state.Walk, button: str, becomes: str, **fields: str) -> str:
    _press(walk, walk.referral, button, **fields)
    case = _case(walk, walk.referral)
    state.expect(case["state"] == becomes, f"the referral {becomes}", case["last"])
    return f"{becomes}, answered {case['last']['status']}"
