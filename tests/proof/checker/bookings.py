"""What was answered with yes is there: bookings, cancellations, attendances, referrals, a partner's acceptances."""

from collections.abc import Iterator
from typing import Any

from tests.proof.checker.evidence import Asked, Evidence
from tests.proof.checker.findings import ANSWERS, MISSING, UNFIT, Found

FITTING = {
    "slots": 200,
    "hold": 201,
    "book": 201,
    "book_again": 201,
    "change": 200,
    "cancel": 200,
    "attend": 200,
    "refer": 201,
    "withdraw": 303,
    "look": 200,
    "propose": 202,  # to cancel many, and to approve that
    "approve": 202,
    "ask": 201,  # for a place in a request window; what became of it; what to do about it
    "see": 200,
    "confirm": 200,
    "give_up": 200,
    "draw": 200,  # how it stands; its list released; its seed told by each officer
    "release": 200,
    "seed_1": 200,
    "seed_2": 200,
}
OF_STAFF = ("sign_in", "look", "attend", "refer", "withdraw", "propose", "approve", "release", "seed_1", "seed_2")
GIVEN_ALREADY = ("slot-taken", "slot-past", "slot-gone")
REFUSALS = {  # lawful, and then nothing comes of it
    "hold": (*GIVEN_ALREADY, "too-many-holds"),
    "book": (*GIVEN_ALREADY, "hold-expired"),
    "change": GIVEN_ALREADY,
    "ask": ("no-window",),
}
DONE_ALREADY = {  # lawful where an earlier try had no answer
    "approve": ("decided-already",),
    "seed_1": ("unfit-seed", "wrong-state"),
    "seed_2": ("unfit-seed", "wrong-state"),
}
TAKEN_ON = ("accepted", "completed")


def missing(e: Evidence) -> Iterator[Found]:
    """Accepted, and not there as it was accepted; or there for somebody else."""
    there = {row["reference"]: row for row in e.rows("booking", "appointments")}
    changed = {one.reference(): one.sent["slot"] for one in e.accepted("change")}
    for one in e.accepted("book", "book_again"):
        row = there.get(one.reference() or "")
        if row is None:
            yield Found(MISSING, f"{one.reference()} is not in the datastore", one.case)
            continue
        fitting = (e.slot_of(one), changed.get(one.reference()))
        if row["slot_id"] not in fitting or sorted(row["channels"]) != sorted(one.sent["channels"]):
            yield Found(MISSING, f"{one.reference()} is there with another slot or other channels", one.case)
        elif row["party_size"] != 1 + len(one.sent["companions"]) or len(_places(row)) != e.places_for(one):
            has = f"{len(_places(row))} places for {row['party_size']}"
            yield Found(MISSING, f"{one.reference()} is there with {has}: {e.places_for(one)} were booked", one.case)
        elif e.persons["booking"].get(row["person_id"]) != one.case:
            yield Found(MISSING, f"{one.reference()} is there for somebody else", one.case)


def _places(row: dict[str, Any]) -> set[str]:
    """A party comes to one time, so all are of that slot."""
    return {one for one in row.get("place_ids") or [row["place_id"]] if one.startswith(f"{row['slot_id']}.")}


def other_answers(e: Evidence) -> Iterator[Found]:
    there = {row["reference"]: row for row in e.rows("booking", "appointments")}
    opened = {row["request_id"]: row for row in e.rows("referrals", "referrals")}
    last = {one.reference(): one.id for one in e.accepted("change")}
    for one in e.accepted("change", "cancel", "attend", "refer"):
        row = there.get(one.reference() or "", {"status": None, "slot_id": None, "history": [], "referrals": []})
        if one.what == "change" and last[one.reference()] == one.id and row["slot_id"] != one.sent["slot"]:
            yield Found(
                ANSWERS, f"{one.reference()} was changed to {one.sent['slot']} and is {row['slot_id']}", one.case
            )
        if one.what == "cancel" and row["status"] != "cancelled":
            yield Found(ANSWERS, f"{one.reference()} was cancelled and is {row['status']}", one.case)
        if one.what == "attend" and "attended" not in [step["status"] for step in row["history"]]:
            yield Found(ANSWERS, f"{one.reference()} was attended and is {row['status']}", one.case)
        if one.what == "refer" and one.body["id"] not in [asked["id"] for asked in row["referrals"]]:
            yield Found(ANSWERS, f"the referral {one.body['id']} is not with {one.reference()}", one.case)
        if one.what == "refer" and one.body["id"] not in opened:
            yield Found(ANSWERS, f"the referral {one.body['id']} of {one.reference()} was never opened", one.case)
    yield from _acceptances(e)


def withdrawn(e: Evidence) -> set[str]:
    """The referrals of which staff was told that the consent is withdrawn."""
    return {one.url.rpartition("/withdrawal")[0].rpartition("/")[2] for one in e.accepted("withdraw")}


def _acceptances(e: Evidence) -> Iterator[Found]:
    """What the partner was told is accepted is so in both services, until it is withdrawn: then that is so in both, and
    whatever the partner still wanted is over."""
    referrals = {row["_id"]: row for row in e.rows("referrals", "referrals")}
    over = withdrawn(e)
    for referral in over:
        row = referrals.get(referral, {"status": None, "consent": {}})
        if row["status"] != "withdrawn" or not row["consent"].get("withdrawn_at"):
            yield Found(ANSWERS, f"{referral} was withdrawn and is {row['status']}")
    shown = {
        asked["referral_id"]: asked["status"] for row in e.rows("booking", "appointments") for asked in row["referrals"]
    }
    for case in e.partner_cases:
        if case["id"] in over:
            continue
        if case["state"] not in TAKEN_ON:
            yield Found(ANSWERS, f"the partner has not accepted {case['id']}: it is {case['state']} there")
            continue
        status = referrals.get(case["id"], {}).get("status")
        if status not in TAKEN_ON or shown.get(case["id"]) != status:
            why = f"{status} in referrals, {shown.get(case['id'])} in booking"
            yield Found(ANSWERS, f"{case['id']} was accepted and is {why}")


def unfit(e: Evidence) -> Iterator[Found]:
    """Each request has an answer, and one that it can have. What staff asks is judged by its last answer, since a
    session may end (a clock that jumps ends it) and is begun anew."""
    last = {(one.case, one.what): one.id for one in e.asked if one.what in OF_STAFF}
    for one in e.asked:
        if one.what in OF_STAFF and (last[one.case, one.what] != one.id or one.what == "sign_in"):
            continue
        if one.status is None:
            what = f"{one.what} ({one.id}) had no answer after {one.tries} tries: {one.failures[-1:]}"
            yield Found(UNFIT, what, one.case)
        elif not _fits(one):
            yield Found(UNFIT, f"{one.what} ({one.id}) was answered {one.status} {one.problem()}", one.case)


def _fits(one: Asked) -> bool:
    refused = REFUSALS.get(one.what, ()) + (DONE_ALREADY.get(one.what, ()) if one.tries > 1 else ())
    return (one.status == FITTING[one.what] and not one.signed_out) or one.problem() in refused
