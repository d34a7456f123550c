"""What a person decides of a dead letter: try again, discard, restore, or only a note.

*One transaction each*, with its audit row: the effect of the event, its mark, the case's document and who did it come
about together or not at all. Dies before the commit: nothing happened and nothing is told. Dies after it: all of it
did, and what waits behind goes on by the `due` row that was written with it (retries.go_on). Two people at once write
the same row: the second transaction is done again by the driver, finds the letter settled, and its owner is told
(NoSuchDeadLetter).

*In order.* A letter is handled when nothing of its case that comes before it is open: a lower number that is a dead
letter too goes first (NotItsTurn); a gap before it is waited for as the reader waits (Awaited), then passed over. A
letter without a readable number has no place in the order and may be handled at any time. In compacted topics only
the newest state counts, so there an old one has no effect.

*Discarding* counts the number as settled: the case goes on behind it. Discarded ahead of its turn, the number is
remembered (`skipped`) and passed when the case gets there.

*Restoring* makes a dead letter of it again. If the case stands where it stood, the letter has its old turn back.
If later events were handled meanwhile it is `late`: its effect can only come after theirs. Nobody but a person can
tell whether that is still right, which is the rule for every event that comes late (taking.Late); so it is allowed,
marked, and blocks its case again until it is settled. In a compacted topic a newer state has replaced it: refused
(CaseWentOn).
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pymongo.database import Database

from shared import audit, clock, due, events, mongo, telemetry
from shared.inbox import taking
from shared.inbox.dead_letters.refusals import (
    Awaited,
    CaseWentOn,
    NoSuchDeadLetter,
    NotItsTurn,
    StillFailing,
)
from shared.inbox.records import Reading, Record
from shared.inbox.taking import DEAD, DISCARDED, PARKED

GO_ON, LANE = "go_on_with_case", "operations"
GO_ON_AFTER = timedelta(seconds=30)
RELEASE_SECONDS = 10
MOST_TRIES_KEPT = 50
Note = Callable[[Database, str, str | None], None]


class Abandoned(Exception):
    """The job that a letter was tried for has been stopped."""


REFUSED = (NoSuchDeadLetter, NotItsTurn, Awaited, Abandoned)


def retry(db: Database, event_id: str, reading: Reading, by: audit.Who, note: Note = lambda *_: None) -> int:
    """Handles it again, now, and then what is parked behind it. Returns how many events were handled. `note(db,
    "handled" or "failed", error)` is called in the transaction that does it.

    Raises NoSuchDeadLetter, NotItsTurn, Awaited; StillFailing when it failed again: it stays, with one attempt more
    and the new error.
    """
    try:
        record = handle_again(db, event_id, reading, by, note)
    except REFUSED:
        raise
    except Exception as error:
        if mongo.is_transient(error):
            raise
        note_failure(db, event_id, error, by, "retry", note)
        raise StillFailing(error=type(error).__name__) from error
    return 1 + go_on(db, reading, record.case(), event_id)


def discard(db: Database, event_id: str, reason: str, reading: Reading, by: audit.Who) -> int:
    """Sets it aside for good, kept until it expires, and goes on with its case. Returns how many events were
    released. Raises NoSuchDeadLetter."""
    record = _discard(db, event_id, reason, reading, by)
    return go_on(db, reading, record.case(), event_id)


@mongo.transactional
def handle_again(db: Database, event_id: str, reading: Reading, by: audit.Who, note: Note) -> Record:
    row = take_up(db, event_id)
    record = Record.of(row)
    handle(db, reading, row, record, by, "retried")
    note(db, "handled", None)
    audit.record(db, by, "retry dead letter", event_id)
    return record


def take_up(db: Database, event_id: str) -> dict[str, Any]:
    """The dead letter, claimed by writing it, so that of two only one goes on. Raises NoSuchDeadLetter."""
    row = db.inbox.find_one_and_update({"_id": event_id, "state": DEAD}, {"$inc": {"taken_up": 1}})
    if row is None:
        raise NoSuchDeadLetter
    return row


def handle(db: Database, reading: Reading, row: dict[str, Any], record: Record, by: audit.Who, how: str) -> None:
    """Handles a record in place of its dead letter, in its turn; what was noted of the letter stays with its row.
    Raises what the handler raises, NotItsTurn, Awaited."""
    compacted = record.topic in reading.compacted
    case = lift(db, record)
    if not compacted:
        _wait_for_turn(db, row, case)
    event = events.read(record.topic, record.key, record.headers, record.value)
    passed = compacted and 0 < event.sequence <= case.get("last", 0)
    taking.handle(db, reading, record, event, effect=not passed)
    settled = {"by": who(by), "at": clock.now(), "how": how}
    kept = {name: row[name] for name in ("attempts", "group", "tries", "notes") if name in row}
    db.inbox.update_one({"_id": row["_id"]}, {"$set": kept | {"settled": settled}})
    _leave_going_on(db, case, row["_id"])


def lift(db: Database, record: Record) -> dict[str, Any]:
    """The case's document as it was, after the letter no longer counts in it."""
    return db.inbox_cases.find_one_and_update({"_id": record.case()}, {"$inc": {"dead": -1}}) or {}


def _wait_for_turn(db: Database, row: dict[str, Any], case: dict[str, Any]) -> None:
    number, reached = row["sequence"], taking.reached(case)
    if not number:
        return
    in_case = {"topic": row["topic"], "key": row["key"], "sequence": {"$gt": 0, "$lt": number}}
    earlier = db.inbox.find_one(in_case | {"state": DEAD}, {"sequence": 1}, sort=[("sequence", 1)])
    if earlier:
        raise NotItsTurn(first=earlier["sequence"])
    if number <= reached + 1:
        return
    before = db.inbox.find_one(in_case | {"state": PARKED, "sequence": {"$gt": reached, "$lt": number}}, {"_id": 1})
    if before or row["at"] > clock.now() - taking.GAP_PATIENCE:
        raise Awaited(first=reached + 1, minutes=round(taking.GAP_PATIENCE.total_seconds() / 60))
    db.inbox_cases.update_one({"_id": case["_id"]}, {"$push": {"passed_over": [reached + 1, number - 1]}})


@mongo.transactional
def _discard(db: Database, event_id: str, reason: str, reading: Reading, by: audit.Who) -> Record:
    row = take_up(db, event_id)
    record = Record.of(row)
    case = lift(db, record)
    number, reached = row["sequence"], taking.reached(case)
    ahead = number > reached + 1 and record.topic not in reading.compacted
    change = {"$addToSet": {"skipped": number}} if ahead else {"$max": {"last": number}}
    db.inbox_cases.update_one({"_id": record.case()}, change)
    told = {"by": who(by), "at": clock.now(), "reason": reason, "before": case.get("last", 0)}
    set_ = {"state": DISCARDED, "discarded": told, "expires_at": taking.expiry(db)}
    db.inbox.update_one({"_id": event_id}, {"$set": set_})
    _leave_going_on(db, case, event_id)
    audit.record(db, by, "discard dead letter", event_id)
    return record


@mongo.transactional
def restore(db: Database, event_id: str, reading: Reading, by: audit.Who) -> bool:
    """Makes a dead letter again of a discarded one. True when it is late: later events of its case have been handled.
    Raises NoSuchDeadLetter, CaseWentOn."""
    row = db.inbox.find_one({"_id": event_id, "state": DISCARDED})
    if row is None:
        raise NoSuchDeadLetter
    record, number = Record.of(row), row["sequence"]
    before = row.get("discarded", {}).get("before", max(number - 1, 0))
    case = db.inbox_cases.find_one_and_update({"_id": record.case()}, {"$inc": {"dead": 1}}, upsert=True) or {}
    last = case.get("last", 0)
    stands = last == max(before, number)
    skipped = number in case.get("skipped", []) and last < number
    if record.topic in reading.compacted and not stands:
        raise CaseWentOn
    back: dict[str, Any] = {"$pull": {"skipped": number}} if skipped else {"$set": {"last": before}} if stands else {}
    if back and number:
        db.inbox_cases.update_one({"_id": record.case()}, back)
    late = 0 < number <= (before if stands else last)
    note = {"at": clock.now(), "by": who(by), "what": "restored", "discarded": row.get("discarded")}
    change = {"$set": {"state": DEAD, "late": late}, "$unset": {"expires_at": "", "discarded": ""}}
    db.inbox.update_one({"_id": event_id}, change | {"$push": {"history": note}})
    audit.record(db, by, "restore dead letter", event_id, late=late)
    return late


@mongo.transactional
def note_failure(
    db: Database, event_id: str, error: BaseException, by: audit.Who, action: str, note: Note = lambda *_: None
) -> None:
    """One attempt more, with its error; the class and place of it, never its message."""
    told, now = telemetry.describe(error), clock.now()
    attempt = {"at": now, "by": who(by), "how": action, "group": told["group"], "fields": told["fields"]}
    change = {
        "$set": told | {"failed_at": now},
        "$inc": {"attempts": 1},
        "$push": {"tries": {"$each": [attempt], "$slice": -MOST_TRIES_KEPT}},
    }
    db.inbox.update_one({"_id": event_id, "state": DEAD}, change)
    note(db, "failed", told["group"])
    audit.record(db, by, f"{action} dead letter", event_id, outcome="failed")


@mongo.transactional
def add_note(db: Database, event_id: str, text: str, by: audit.Who, request: dict[str, str]) -> dict[str, Any]:
    """A remark for those who look next. `request`: the key of the request, so that a repeated one adds no second.
    Raises NoSuchDeadLetter."""
    of_letter = {"_id": event_id, "state": {"$in": [DEAD, DISCARDED]}}
    row = db.inbox.find_one(of_letter, {"notes": 1})
    if row is None:
        raise NoSuchDeadLetter
    for known in row.get("notes", []):
        if known["request"]["scope"] == request["scope"]:
            return known
    note = {"at": clock.now(), "by": who(by), "text": text, "request": request}
    db.inbox.update_one(of_letter, {"$push": {"notes": note}})
    audit.record(db, by, "note on dead letter", event_id)
    return note


def who(by: audit.Who) -> dict[str, str]:
    return {"id": by.id, "kind": by.kind}


def _leave_going_on(db: Database, case: dict[str, Any], event_id: str) -> None:
    """Written with the settling, for the process that dies before it has gone on with the case, or does not get to its
    end."""
    if case.get("parked"):
        id_ = f"{GO_ON}:{event_id}"
        db.due.delete_one({"_id": id_})
        due.add(db, GO_ON, LANE, {"case": case["_id"]}, due_at=clock.now() + GO_ON_AFTER, priority=1, id=id_)


def go_on(db: Database, reading: Reading, case: str, event_id: str) -> int:
    """Handles what waits in a case, for at most `RELEASE_SECONDS`; the rest is the worker's. Returns how many."""
    released, to_the_end = taking.release_for(db, reading, case, RELEASE_SECONDS)
    if to_the_end:
        due.cancel(db, f"{GO_ON}:{event_id}")
    return released
