"""Nothing waits any more in any queue: outboxes, topics, inboxes, due work, deliveries."""

from collections.abc import Iterator
from datetime import UTC, datetime

from tests.proof.checker.evidence import Evidence
from tests.proof.checker.findings import STUCK, Found

OPEN = ("waiting", "running", "failed")
AGAIN = ("renew_slots", "wake_places", "count_places")  # come again and again, when the worker does
FOR_LATER = (  # wait for their time by their nature
    *("expire_offer", "forget_verification", "move_concerned", "cancel_many"),
    *("open_window", "close_window", "draw_window", "end_waitlist", "remind_request", "expire_request"),
)


def stuck(e: Evidence) -> Iterator[Found]:
    for service in e.data:
        yield from _outbox(service, e)
        yield from _inbox(service, e)
        yield from _due(service, e)
        for row in e.rows(service, "consumer"):
            if row.get("state") == "stopped":
                yield Found(STUCK, f"{service} has stopped reading: {row.get('why')}")
    for (service, topic, partition), offset in e.committed.items():
        behind = e.ends[topic, partition] - offset
        if behind > 0:
            yield Found(STUCK, f"{service} has {behind} unread in {topic} {partition}")
    for row in e.rows("referrals", "deliveries"):
        if row["state"] in ("waiting", "failed"):
            yield Found(STUCK, f"delivery {row['_id']} of {row['event_id']} is {row['state']}")
    for row in e.rows("notifications", "messages"):
        if row["state"] in ("queued", "failed"):
            yield Found(STUCK, f"message {row['_id']} is {row['state']}: {row['reason']}")


def _outbox(service: str, e: Evidence) -> Iterator[Found]:
    relay = next((row for row in e.rows(service, "relay") if row["_id"] == "relay"), {})
    sent = relay.get("acknowledged", 0)
    for row in e.rows(service, "outbox"):
        if row.get("waiting") or row.get("position", 0) > sent:
            yield Found(STUCK, f"{service} has not sent {row['type']} {row['_id']} of {row['key']}")
    if relay.get("restate") is not None:
        yield Found(STUCK, f"{service} has not announced all persons again")


def _inbox(service: str, e: Evidence) -> Iterator[Found]:
    for row in e.rows(service, "inbox"):
        if row["state"] not in ("done", "discarded"):
            about = f"{row.get('type')} {row['_id']} of {row['topic']} {row['key']}"
            yield Found(STUCK, f"{service} holds {about} as {row['state']}")
    for row in e.rows(service, "inbox_cases"):
        if row.get("dead") or row.get("parked"):
            counted = f"{row.get('dead', 0)} dead letters and {row.get('parked', 0)} parked"
            yield Found(STUCK, f"{service} counts {counted} of {row['_id']}")


def _due(service: str, e: Evidence) -> Iterator[Found]:
    now = datetime.fromtimestamp(e.read_at, UTC)
    for row in e.rows(service, "due"):
        its_time_comes = row["kind"] in AGAIN or (row["kind"] in FOR_LATER and row["due_at"] > now)
        if row["state"] in OPEN and not (row["state"] == "waiting" and its_time_comes):
            yield Found(STUCK, f"{service} has {row['kind']} {row['_id']} {row['state']} ({row.get('error')})")
