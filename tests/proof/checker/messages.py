"""Everybody was told what they had to be told, once, and nobody else was.

A confirmation may stay away when the appointment had ended, or was changed, before it could be sent: then the message
must be noted as stopped for that reason, and the clients' logs must show that somebody did cancel, change or attend. So
may what a request was, when it is something else by then.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.proof.checker import called_off
from tests.proof.checker.evidence import Asked, Evidence, Fault, Received
from tests.proof.checker.evidence.asked import MAKES
from tests.proof.checker.findings import ASTRAY, MESSAGES, TWICE, Found
from tests.proof.clients.people import Case

CONFIRMED, CANCELLED, ACCEPTED = "appointment_booked", "appointment_cancelled", "referral_accepted"
CHANGED, OFFICE_CANCELLED = "appointment_rescheduled", "office_cancelled"
OF_REQUESTS = {
    "received": "request_received",
    "allocated": "request_allocated",
    "waitlisted": "request_waitlisted",
    "expired": "request_expired",
    "withdrawn": "request_withdrawn",
}
OFFER_WITHDRAWN = "offer_withdrawn"
OF_WHO_COMES_FIRST = {"appointment.offered.v1": "place_kept", "appointment.offer_withdrawn.v1": "kept_withdrawn"}
DUE = (
    *(CONFIRMED, CANCELLED, ACCEPTED, CHANGED, OFFICE_CANCELLED, OFFER_WITHDRAWN),
    *OF_REQUESTS.values(),
    *OF_WHO_COMES_FIRST.values(),
)
NO_LONGER_DUE = "no_longer_due"
KILLS = ("kill", "kill-at", "group-reset")  # a group is reset while its members are dead
PAUSES = ("pause", "broker-wipe-past")  # and its log is made anew while they are paused
BROKEN_WAYS = ("network-cut", "network-half-open", "network-stall")
NOTING = 30.0  # seconds that a note is tried at least, since its lease lasts
HANDING_OVER = 20.0  # seconds that a hand-over may have been under way when the fault began
AFTERWARDS = 5.0  # and how long after its end the second one may have come; after a pause, what was in hand goes out
AFTER_A_PAUSE = 35.0


@dataclass(frozen=True)
class Due:
    """A message that has to be there. `unless`: what may have ended the reason for it."""

    case: int
    reference: str
    template: str
    unless: bool = False


def due(e: Evidence) -> list[Due]:
    """By what the clients were answered, and by what the partner accepted."""
    many = {row["reference"] for row in called_off.cancelled_with_many(e)}
    ended = many | {one.reference() for one in e.asked if one.what in ("cancel", "attend", "change")}
    found, case_of = [], {}
    for one in e.accepted("book"):
        reference = one.reference() or ""
        case_of[reference] = one.case
        found.append(Due(one.case, reference, CONFIRMED, unless=reference in ended))
    for one in e.accepted("change"):
        found.append(Due(one.case, one.reference() or "", CHANGED))
    for one in e.accepted("confirm"):
        found.append(Due(one.case, one.reference() or "", CONFIRMED, unless=one.reference() in ended))
    for one in e.accepted("cancel"):
        if one.reference() not in many:
            found.append(Due(one.case, one.reference() or "", CANCELLED))
    found += [Due(case_of[one], one, OFFICE_CANCELLED) for one in many if one in case_of]
    found += _of_requests(e)
    found += _of_who_comes_first(e, case_of)
    for reference in _accepted(e).values():
        if reference in case_of:
            found.append(Due(case_of[reference], reference, ACCEPTED))
    return list(dict.fromkeys(found))


def _of_requests(e: Evidence) -> list[Due]:
    """Each step that the request has gone, unless the next one came before it could be told."""
    case_of = {one.reference(): one.case for one in e.accepted("ask")}
    return [
        Due(case_of[row["reference"]], row["reference"], _says(step), unless=step != row["history"][-1])
        for row in e.rows("booking", "requests")
        for step in row["history"]
        if row["reference"] in case_of and _says(step)
    ]


def _says(step: dict[str, Any]) -> str:
    """Nothing, where the step is not told."""
    return OFFER_WITHDRAWN if "mass_cancellation" in step else OF_REQUESTS.get(step["status"], "")


def _of_who_comes_first(e: Evidence, case_of: dict[str, int]) -> list[Due]:
    """That a place is kept for them, and that it is none any more: what was not sent before the other came true is not
    sent at all."""
    reference_of = {row["case_id"]: row["reference"] for row in e.rows("booking", "appointments")}
    said = {(row["key"], OF_WHO_COMES_FIRST.get(row["type"])) for row in e.rows("booking", "outbox")}
    told = [(reference_of.get(case, ""), template) for case, template in sorted(said, key=str) if template]
    return [Due(case_of[one], one, template, unless=True) for one, template in told if one in case_of]


def _accepted(e: Evidence) -> dict[str, str]:
    """Referral to reference, of those that the partner says it has accepted, and of those withdrawn after it had."""
    rows = {row["_id"]: row for row in e.rows("referrals", "referrals")}
    said = {case["id"] for case in e.partner_cases if case["state"] == "accepted"} & rows.keys()
    noted = {id for id, row in rows.items() if any(step["what"] == "accepted" for step in row["history"])}
    return {id: rows[id]["reference"] for id in said | noted}


def missing(e: Evidence) -> Iterator[Found]:
    came = {(one.channel, one.to, one.template, one.reference) for one in e.received}
    stopped = {
        (row["facts"].get("reference"), row["template"], row["channel"])
        for row in e.rows("notifications", "messages")
        if row["state"] == "stopped" and row["reason"] == NO_LONGER_DUE
    }
    for one in due(e):
        case = e.case(one.case)
        for channel in case.channels:
            to = case.email if channel == "email" else case.phone
            if (channel, to, one.template, one.reference) in came:
                continue
            if not (one.unless and (one.reference, one.template, channel) in stopped):
                yield Found(MESSAGES, f"{one.template} of {one.reference} by {channel}", one.case)


def astray(e: Evidence) -> Iterator[Found]:
    """What came to somebody is about their own appointment, by a channel they chose, and says something we know."""
    people: dict[tuple[str, str], Case] = {}
    references = defaultdict(set)
    for one in e.asked:
        case = e.case(one.case) if one.case >= 0 else None
        if case:
            people |= {("email", case.email): case, ("sms", case.phone): case}
        if case and one.status == 201 and one.what in MAKES:
            references[case.number].add(one.reference())
    for mail in e.received:
        known = people.get((mail.channel, mail.to))
        if known is None or mail.channel not in known.channels:
            yield Found(ASTRAY, f"{mail.channel} {mail.sender_id} came to nobody who asked for it")
        elif mail.reference not in references[known.number]:
            yield Found(ASTRAY, f"{mail.channel} {mail.sender_id} is about {mail.reference}, another's", known.number)
        elif mail.template is None:
            yield Found(ASTRAY, f"{mail.channel} {mail.sender_id} says nothing that we know", known.number)


# twice


def twice(e: Evidence) -> Iterator[Found]:
    """The same message handed over again is lawful in one case only: by mail, whose servers know no keys, when the
    process died (or its note, or the server's answer, was lost) between handing over and noting. Two messages that
    say the same under two ids are never lawful."""
    same = defaultdict(list)
    for one in e.received:
        same[one.channel, one.to, one.template, one.reference].append(one)
    notes = _noted(e)
    for (channel, _, template, reference), arrived in same.items():
        ids = {one.sender_id for one in arrived}
        if len(ids) > 1:
            yield Found(TWICE, f"{template} of {reference} by {channel} under {len(ids)} ids")
        for id, number in Counter(one.sender_id for one in arrived).items():
            times = [one.at for one in arrived if one.sender_id == id]
            for first, second in zip(times, times[1:], strict=False):
                what = f"{template} of {reference} by {channel}: {id} {number} times, {second - first:.1f} s apart"
                why = why_again(first, second, notes.get(_message_id(id)), e.faults) if channel == "email" else None
                yield Found(TWICE, what, explained=why)


def _noted(e: Evidence) -> dict[str, float]:
    """When each message was noted as sent."""
    return {
        row["_id"]: step["at"].timestamp()
        for row in e.rows("notifications", "messages")
        for step in row["history"]
        if step["state"] == "sent"
    }


def _message_id(header: str) -> str:
    return header.strip("<>").partition("@")[0]


def why_again(first: float, second: float, noted: float | None, faults: list[Fault]) -> str | None:
    """The fault that fell between the first hand-over and its note, so that nobody knew of it when the second was made;
    None: there is none. Noted before the second one came: then only a process that was paused with the mail in its hand
    can have done it."""
    early = noted is not None and noted < second - 1
    for fault in faults:
        pauses = fault.kind in PAUSES
        if not _parts_hand_over_from_note(fault) or (early and not pauses):
            continue
        after = AFTER_A_PAUSE if pauses else AFTERWARDS
        if fault.began - HANDING_OVER <= first <= fault.ended + after and second >= fault.began:
            return fault.name
    return None


def _parts_hand_over_from_note(fault: Fault) -> bool:
    """Kills and pauses of who sends; the mail server's own answer; and the database where it is noted, or the way to
    it, when it was away for longer than noting is tried."""
    service, _, part = fault.target.partition(" ")
    away = fault.ended - fault.began > NOTING
    return (
        (fault.kind in (*KILLS, *PAUSES) and service == "notifications" and part != "web")
        or (fault.kind == "provider-reset_after" and fault.target == "email")
        or (fault.kind == "database-kill" and fault.target == "notifications" and away)
        or (fault.kind in BROKEN_WAYS and fault.target == "notifications-mongo" and away)
    )


def delays(e: Evidence) -> list[tuple[float, float]]:
    """For each confirmation: when its booking was answered, and how many seconds later it came."""
    answered: dict[str, Asked] = {one.reference() or "": one for one in reversed(e.accepted("book"))}
    first: dict[tuple[str, str | None], Received] = {}
    for one in e.received:
        if one.template == CONFIRMED:
            first.setdefault((one.channel, one.reference), one)
    return [
        (answered[reference].ended, max(one.at - answered[reference].ended, 0.0))
        for (_, reference), one in first.items()
        if reference in answered
    ]
