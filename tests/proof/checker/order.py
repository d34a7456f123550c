"""Each case in its order, and nothing left out on the way: in each log, in each inbox, at the partner, and in what each
service knows in the end."""

from collections import defaultdict
from collections.abc import Iterator

from tests.proof.checker.evidence import Evidence, Fault, Record, Rows
from tests.proof.checker.evidence.topics import READS
from tests.proof.checker.findings import LOST, ORDER, Found

OWNER = {"booking": "booking", "people": "booking", "referrals": "referrals", "notifications": "notifications"}
COMPACTED = ("people",)
SETTLED = ("done", "discarded")
WIPED = ("broker-wipe", "broker-wipe-past")  # the log begins anew
AFTER_SECONDS = 90  # after such a fault some events may stand before their predecessors, which come again
JUMP_SECONDS = 1800


def in_logs(e: Evidence) -> Iterator[Found]:
    """By offset, an event's first place is behind its predecessor's; repetitions are lawful. Where the broker lost its
    log, what was sent into the new one before the loss was noticed stands ahead of what is sent again: readers park
    it. That is explained by the fault."""
    known = {row["_id"] for service in e.data for row in e.rows(service, "outbox")}
    highest: dict[tuple[str, str], int] = defaultdict(int)
    for record in sorted(e.records, key=lambda one: (one.topic, one.partition, one.offset)):
        if not record.sequence or (record.event_id not in known and record.topic not in COMPACTED):
            continue  # what was planted there by a fault
        case = record.topic, record.key
        ahead = record.sequence > highest[case] + 1
        highest[case] = max(highest[case], record.sequence)
        if ahead and record.topic not in COMPACTED:
            what = f"{record.topic} {record.partition} {record.offset}: {record.sequence} of {record.key} is ahead"
            yield Found(ORDER, what, explained=_log_lost(record, e.faults))


def _log_lost(record: Record, faults: list[Fault]) -> str | None:
    for fault in faults:
        if fault.kind in WIPED and fault.began <= record.at <= fault.ended + AFTER_SECONDS:
            return f"{fault.name}: sent again behind it, and parked by readers until then"
    return None


def not_in_logs(e: Evidence) -> Iterator[Found]:
    """What is in an outbox is in its topic; of each person the latest state is."""
    there = {(record.topic, record.event_id) for record in e.records}
    for service in e.data:
        for row in e.rows(service, "outbox"):
            if row["topic"] not in COMPACTED and (row["topic"], row["_id"]) not in there:
                yield Found(LOST, f"{row['type']} {row['_id']} of {row['key']} is not in topic {row['topic']}")
    latest: dict[str, int] = defaultdict(int)
    for record in e.records:
        if record.topic in COMPACTED:
            latest[record.key] = max(latest[record.key], record.sequence)
    for key, last in _last_of_persons(e).items():
        if latest[key] != last:
            yield Found(LOST, f"the last state of person {key} ({last}) is not in topic people ({latest[key]})")


def in_inboxes(e: Evidence) -> Iterator[Found]:
    """Every reader has settled every event of every case, one after the other."""
    events = defaultdict(list)
    for service in e.data:
        for row in e.rows(service, "outbox"):
            events[row["topic"]].append(row)
    for reader, topics in READS.items():
        settled = {row["_id"]: row for row in e.rows(reader, "inbox") if row["state"] in SETTLED}
        for topic in topics:
            if topic not in COMPACTED:
                yield from _of_topic(reader, topic, events[topic], settled, e.faults)


def _of_topic(reader: str, topic: str, events: Rows, settled: dict[str, dict], faults: list[Fault]) -> Iterator[Found]:
    cases = defaultdict(list)
    for row in events:
        cases[row["key"]].append(row)
    for key, rows in cases.items():
        before = None
        for row in sorted(rows, key=lambda one: one["sequence"]):
            heard = settled.get(row["_id"])
            if heard is None:
                yield Found(LOST, f"{reader} has not handled {row['type']} {row['_id']} of {topic} {key}")
            elif heard["sequence"] != row["sequence"]:
                numbers = f"{row['sequence']} was handled as {heard['sequence']}"
                yield Found(ORDER, f"{reader}.inbox {row['_id']} of {topic} {key}: {numbers}")
            elif before and heard["at"] < before["at"]:
                seconds = (before["at"] - heard["at"]).total_seconds()
                what = f"{reader}.inbox {row['_id']} of {topic} {key}: {seconds:.3f} s before its predecessor"
                yield Found(ORDER, what, explained=_clock_jumped(seconds, reader, faults))
            before = heard or before


def _clock_jumped(seconds: float, reader: str, faults: list[Fault]) -> str | None:
    """The time in an inbox is the process's own: where its clock was an hour off it says nothing. The events' numbers,
    which no clock gives, are looked at all the same."""
    for fault in faults:
        if fault.kind == "clock" and fault.target.startswith(reader) and seconds > JUMP_SECONDS:
            return f"{fault.name}: noted by a clock that was an hour off"
    return None


def at_the_partner(e: Evidence) -> Iterator[Found]:
    """What is told of one referral arrives as it is numbered in the partner's feed."""
    numbers = {row["_id"]: row["n"] for row in e.rows("referrals", "partner_events")}
    last: dict[str, int] = defaultdict(int)
    for webhook in e.webhooks:
        number = numbers.get(webhook["id"])
        if number is None or not webhook["signature_valid"]:
            continue  # webhooks.py tells of it
        referral = webhook["data"].get("referral", "")
        if number < last[referral]:
            yield Found(ORDER, f"the partner got {webhook['type']} of {referral} after what came later")
        last[referral] = max(last[referral], number)


def in_the_end(e: Evidence) -> Iterator[Found]:
    """The copies say what the owner says: a case whose events came in another order would end differently."""
    copies = {row["_id"]: row for row in e.rows("notifications", "appointments")}
    shown: dict[str, str] = {}
    for row in e.rows("booking", "appointments"):
        copy = copies.get(row["_id"], {})
        if copy.get("status") != row["status"]:
            yield Found(ORDER, f"{row['reference']} is {row['status']}; notifications know it as {copy.get('status')}")
        elif copy.get("starts_at") != row["starts_at"]:
            yield Found(
                ORDER, f"{row['reference']} is at {row['starts_at']}; notifications say {copy.get('starts_at')}"
            )
        shown |= {one["referral_id"]: one["status"] for one in row["referrals"]}
    for row in e.rows("referrals", "referrals"):
        if shown.get(row["_id"]) != row["status"]:
            yield Found(ORDER, f"referral {row['_id']} is {row['status']}; booking shows {shown.get(row['_id'])}")
    yield from _requests(e, copies)
    yield from _persons(e)


def _requests(e: Evidence, copies: dict[str, dict]) -> Iterator[Found]:
    """Once it is confirmed it is the appointment of the same id."""
    for row in e.rows("booking", "requests"):
        status = copies.get(row["_id"], {}).get("status")
        if row["status"] not in (status, "confirmed"):
            yield Found(ORDER, f"{row['reference']} is {row['status']}; notifications know it as {status}")


def _persons(e: Evidence) -> Iterator[Found]:
    owned = e.persons.get("booking", {})
    for reader in ("referrals", "notifications"):
        copies, known = e.persons.get(reader, {}), {row["_id"]: row for row in e.rows(reader, "people")}
        for person, case in owned.items():
            if person not in copies:
                yield Found(LOST, f"{reader} does not know person {person}", case)
            elif copies[person] != case:
                yield Found(ORDER, f"{reader} knows person {person} as somebody else", case)
        for person, last in _last_of_persons(e).items():
            state = known[person]["sequence"] if person in known else None  # None: none was read
            if person in copies and state != last:
                what = f"{reader} knows state {state} of person {person}, the last is {last}"
                yield Found(LOST, what, owned.get(person))


def _last_of_persons(e: Evidence) -> dict[str, int]:
    rows = e.rows("booking", "outbox_sequences")
    keys = ((row["_id"].partition(":"), row["last"]) for row in rows)
    return {key: last for (topic, _, key), last in keys if topic in COMPACTED}
