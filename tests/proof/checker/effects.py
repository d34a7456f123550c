"""Nothing had its effect twice, in any datastore. What "once" means of each:

- booking: an appointment per accepted key; one per person who came; a step of its history (a change of time, one that
  was accepted), a referral, an event of each kind once per case; a contact counted once per booking (of requests see
  draws.py);
- every outbox: a sequence once per topic and key, without a gap; every inbox: one event per place in a case;
- referrals: a referral per request, a fact told to a partner once, in a feed counted without a gap; a partner's open
  cases as many as it has;
- notifications: a message per case, template and channel; an event of each kind once per message.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from tests.proof.checker import messages
from tests.proof.checker.evidence import Evidence, Rows
from tests.proof.checker.findings import EFFECTS, Found

ONCE_PER_CASE = ("booked", "cancelled", "arrived", "attended", "missed")
ONE_OF_A_CASE = ("appointment.", "request.")  # events: nobody changes their time, or is offered a place, more than once
OPEN = ("offered", "accepted")


def twice(e: Evidence) -> Iterator[Found]:
    yield from _by_answers(e)
    yield from _booking(e)
    for service in e.data:
        yield from _spine(service, e)
    yield from _referrals(e)
    yield from _notifications(e)


def _by_answers(e: Evidence) -> Iterator[Found]:
    """The same request is the same booking, however often it was sent."""
    made = defaultdict(set)
    for one in e.accepted("book", "book_again", "ask"):
        made[one.key, one.case].add((one.reference() or "", one.body["code"]))
    for (_, case), answers in made.items():
        if len(answers) > 1:
            yield Found(EFFECTS, f"one request was answered with {', '.join(sorted(one[0] for one in answers))}", case)


def _booking(e: Evidence) -> Iterator[Found]:
    appointments = e.rows("booking", "appointments")
    case_of = e.persons.get("booking", {})
    yield from _more_than_once("booking.appointments: one person", appointments, lambda row: row["person_id"])
    yield from _more_than_once("booking.appointments: one case", appointments, lambda row: row["case_id"])
    accepted = Counter(one.case for one in _one_per_key(e))
    accepted += Counter(dict.fromkeys((one.case for one in e.accepted("confirm")), 1))
    made = Counter(case_of.get(row["person_id"], -1) for row in appointments)
    for case, number in made.items():
        if number > accepted[case]:
            what = f"booking.appointments: {number} appointments, {accepted[case]} accepted"
            yield Found(EFFECTS, what, case)
    yield from _steps(e, appointments)
    for row in e.rows("booking", "contacts"):
        if len(row["booked_at"]) > 1:
            yield Found(EFFECTS, f"booking.contacts: one contact counted {len(row['booked_at'])} times")


def _steps(e: Evidence, appointments: Rows) -> Iterator[Found]:
    accepted = {(one.reference(), one.sent["slot"]) for one in e.accepted("change")}
    changes = Counter(reference for reference, _ in accepted)
    for row in appointments:
        steps = Counter(step["status"] for step in row["history"])
        for status in ONCE_PER_CASE:
            if steps[status] > 1:
                yield Found(EFFECTS, f"booking.appointments {row['reference']}: {steps[status]} times {status}")
        if steps["rescheduled"] > changes[row["reference"]]:
            times = f"{steps['rescheduled']} times at another time, {changes[row['reference']]} accepted"
            yield Found(EFFECTS, f"booking.appointments {row['reference']}: {times}")
        asked = Counter(one["service"] for one in row["referrals"])
        for service, number in asked.items():
            if number > 1:
                yield Found(EFFECTS, f"booking.appointments {row['reference']}: {number} referrals to {service}")


def _one_per_key(e: Evidence) -> Iterable[Any]:
    return {(one.key, one.case): one for one in e.accepted("book", "book_again")}.values()


def _spine(service: str, e: Evidence) -> Iterator[Found]:
    outbox = e.rows(service, "outbox")
    yield from _more_than_once(
        f"{service}.outbox: one place in a case", outbox, lambda row: (row["topic"], row["key"], row["sequence"])
    )
    once = [row for row in outbox if row["topic"] == "booking" and row["type"].startswith(ONE_OF_A_CASE)]
    yield from _more_than_once(f"{service}.outbox: one event of a case", once, lambda row: (row["key"], row["type"]))
    heard = [row for row in e.rows(service, "inbox") if row.get("sequence") and row["state"] == "done"]
    yield from _more_than_once(
        f"{service}.inbox: one place in a case", heard, lambda row: (row["topic"], row["key"], row["sequence"])
    )


def _referrals(e: Evidence) -> Iterator[Found]:
    referrals, told = e.rows("referrals", "referrals"), e.rows("referrals", "partner_events")
    yield from _more_than_once("referrals.referrals: one request", referrals, lambda row: row["request_id"])
    yield from _more_than_once("referrals.referrals: one case", referrals, lambda row: row["case_id"])
    yield from _more_than_once(
        "referrals.partner_events: one fact", told, lambda row: (row["partner_id"], row["referral_id"], row["type"])
    )
    deliveries = [row for row in e.rows("referrals", "deliveries") if not row["is_replay"]]
    yield from _more_than_once("referrals.deliveries: one event", deliveries, lambda row: row["event_id"])
    for row in referrals:
        steps = Counter(step["what"] for step in row["history"])
        yield from (
            Found(EFFECTS, f"referrals.referrals {row['_id']}: {number} times {what}")
            for what, number in steps.items()
            if number > 1 and what in ("accepted", "completed")
        )
    for partner in e.rows("referrals", "partners"):
        yield from _partner(partner, referrals, told)


def _partner(partner: dict[str, Any], referrals: Rows, told: Rows) -> Iterator[Found]:
    numbers = sorted(row["n"] for row in told if row["partner_id"] == partner["_id"])
    if numbers != list(range(1, len(numbers) + 1)):
        yield Found(EFFECTS, f"referrals.partner_events: the feed of {partner['_id']} is not 1 to {len(numbers)}")
    has = [row for row in referrals if row["offers"] and row["offers"][-1]["partner_id"] == partner["_id"]]
    has = [row for row in has if row["offers"][-1]["status"] in OPEN]
    if partner["open"] != len(has):
        what = f"{partner['_id']} has {len(has)} open cases, counted {partner['open']}"
        yield Found(EFFECTS, f"referrals.partners: {what}")


def _notifications(e: Evidence) -> Iterator[Found]:
    rows = e.rows("notifications", "messages")
    yield from _more_than_once(
        "notifications.messages: one message", rows, lambda row: (row["case_id"], row["template"], row["channel"])
    )
    yield from (
        Found(EFFECTS, f"notifications.messages {row['_id']}: nobody can have asked for {row['template']}")
        for row in rows
        if row["template"] not in messages.DUE
    )
    for row in rows:
        steps = Counter(step["state"] for step in row["history"])
        if steps["sent"] > 1 or steps["delivered"] > 1:
            yield Found(EFFECTS, f"notifications.messages {row['_id']}: noted as sent or delivered more than once")


def _more_than_once(what: str, rows: Rows, key: Any) -> Iterator[Found]:
    counted: Counter[Hashable] = Counter(key(row) for row in rows)
    for name, number in counted.items():
        if number > 1:
            yield Found(EFFECTS, f"{what} ({name}): {number}")
