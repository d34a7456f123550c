"""What was answered with yes is there: bookings, cancellations, attendances, referrals, a partner's acceptances."""

from collections.abc import Iterator

from tests.proof.checker.evidence import Asked, Evidence
from tests.proof.checker.findings import ANSWERS, MISSING, UNFIT, Found

FITTING = {
    "slots": (200,),
    "book_again": (201,),
    "cancel": (200,),
    "attend": (200,),
    "refer": (201,),
    "withdraw": (303,),
    "look": (200,),
}
OF_STAFF = ("sign_in", "look", "attend", "refer", "withdraw")
REFUSALS = ("slot-taken", "slot-past")  # of a booking: lawful, and then there is none
TAKEN_ON = ("accepted", "completed")


def missing(e: Evidence) -> Iterator[Found]:
    """Accepted, and not there as it was accepted; or there for somebody else."""
    there = {row["reference"]: row for row in e.rows("booking", "appointments")}
    for one in e.accepted("book", "book_again"):
        row = there.get(one.reference() or "")
        if row is None:
            yield Found(MISSING, f"{one.reference()} is not in the datastore", one.case)
        elif row["slot_id"] != one.sent["slot"] or sorted(row["channels"]) != sorted(one.sent["channels"]):
            yield Found(MISSING, f"{one.reference()} is there with another slot or other channels", one.case)
        elif e.persons["booking"].get(row["person_id"]) != one.case:
            yield Found(MISSING, f"{one.reference()} is there for somebody else", one.case)


def other_answers(e: Evidence) -> Iterator[Found]:
    there = {row["reference"]: row for row in e.rows("booking", "appointments")}
    opened = {row["request_id"]: row for row in e.rows("referrals", "referrals")}
    for one in e.accepted("cancel", "attend", "refer"):
        row = there.get(one.reference() or "", {"status": None, "history": [], "referrals": []})
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
    if one.what == "book":
        return one.status == 201 or (one.status == 409 and one.problem() in REFUSALS)
    return one.status in FITTING[one.what] and not one.signed_out
