"""What the office's staff does: signs in, sees the person, refers with consent."""

import secrets
import zoneinfo
from datetime import datetime

from deploy.demo import state


def sign_in(walk: state.Walk) -> str:
    walk.staff.sign_in("clerk@sendero.test", walk.given.password)
    return "clerk@sendero.test, by the form"


def day_list(walk: state.Walk) -> str:
    zone = zoneinfo.ZoneInfo(walk.booked.body["timezone"])
    day = datetime.fromisoformat(walk.booked.body["starts_at"]).astimezone(zone).date()
    path = f"/api/v1/staff/offices/{state.OFFICE}/day?date={day}&limit=200"
    rows = walk.staff.get(path).must(200).body["items"]
    names = [row["person"]["name"] for row in rows if row["reference"] == walk.booked.reference]
    state.expect(names and names[0].endswith(walk.booked.person.tag), "the person on the day's list", rows)
    return f"{len(rows)} on {day}, {names[0]} among them"


def arrived(walk: state.Walk) -> str:
    return _noted(walk, "arrival", "arrived")


def attended(walk: state.Walk) -> str:
    return _noted(walk, "attendance", "attended")


def _noted(walk: state.Walk, what: str, status: str) -> str:
    path = f"/api/v1/staff/appointments/{walk.booked.reference}/{what}"
    shown = walk.staff.post(path).must(200).body
    state.expect(shown["status"] == status, f"status {status}", shown)
    return f"status {status}"


def refer(walk: state.Walk) -> str:
    partner = walk.given.partner_id
    body = {
        "service": state.SERVICE,
        "priority": "high",
        "consent": {"partners": [partner], "text_version": state.CONSENT_TEXT, "given_by": "person"},
        "note": "Demo: prefers to be called in the morning.",
    }
    path = f"/api/v1/staff/appointments/{walk.booked.reference}/referral"
    walk.staff.post(path, body, **{"Idempotency-Key": secrets.token_urlsafe(24)}).must(201)
    return f"for {state.SERVICE}, with consent for {partner} only"
