"""What an operator can do, each audited before it happens; used by the routes and by the console alike."""

from datetime import datetime
from typing import Any

from shared import audit, consumer, due, errors, heartbeats, outbox
from shared.errors import N_
from shared.operations.access import actor
from shared.web import context


class NoSuchWork(errors.NotFound):
    code = "no-such-work"
    title = N_("There is no such work to try again")
    detail = N_("It may have been tried again meanwhile.")


class StillLives(errors.Conflict):
    code = "still-lives"
    title = N_("This process gives signs, or is not known any more")
    detail = N_("Only one that is dead is dismissed. Look again.")


def retry_work(work_id: str) -> None:
    """Raises NoSuchWork."""
    db = context.db()
    audit.record(db, actor(), "retry due work", work_id)
    if not due.retry(db, work_id):
        raise NoSuchWork


def retry_all_work(lane: str | None) -> int:
    """What waits for another try, of one lane or of all, is tried now. Returns how many."""
    db = context.db()
    audit.record(db, actor(), "retry all due work", lane or "all lanes")
    return due.retry_all(db, lane)


def announce_again(since: datetime | None) -> dict[str, Any]:
    """How many `events` will be sent again, and how far back the archive reaches (`archive_from`)."""
    db = context.db()
    audit.record(db, actor(), "announce again", since.isoformat() if since else "everything")
    return {"events": outbox.announce_again(db, since), "archive_from": outbox.archive_from(db)}


def resume() -> None:
    db = context.db()
    audit.record(db, actor(), "resume consumer", "consumer")
    consumer.resume(db)


def dismiss(instance: str) -> None:
    """A process that is gone for good is no longer missed. Raises StillLives."""
    db = context.db()
    audit.record(db, actor(), "dismiss process", instance)
    if not heartbeats.dismiss(db, instance):
        raise StillLives
