"""What is kept how long, in days: settings, refused by name when they contradict each other.

| setting | rows | counted from |
| --- | --- | --- |
| `ARCHIVE_DAYS` | `outbox` (sent; what waits never expires) | its acknowledgement by the broker |
| `INBOX_DAYS` | `inbox` done or discarded, `inbox_gone` (dead letters and what is parked never expire) | its handling |
| `KAFKA_RETENTION_DAYS` | the records in Kafka, tombstones in compacted topics | their writing |
| `DUE_DAYS` | `due` that is done (what waits, runs or failed never expires) | its end |
| `AUDIT_DAYS` | `audit` | its writing |

All but Kafka's are TTL indexes on `expires_at`, set when a row is settled: a changed setting holds for what is settled
from then on. The rest has a reason of its own to go: idempotency answers live as long as what they created; sessions
are cookies (`SESSION_HOURS`); `throttles` and bookings per contact last a day; `samples` and heartbeats a day or
less; `outbox_sequences`, `inbox_cases`, `relay`, `consumer_positions`, `leases` are one small row per case, partition
or part, and the order of a case rests on them, so they stay.

Why the relations: a reader that fell behind is filled from Kafka, or from the archive when Kafka has lost its log. An
event that is announced again must still find its row in every inbox that handled it, or it would be handled twice,
so inboxes outlive the archive; by a week, because the archive of one service and the inbox of another begin to count at
different moments. And were Kafka to keep longer than the archive, a log that was lost could not be filled again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from environs import FileAwareEnv

from shared import clock

INBOX_OUTLIVES_BY = 7


class Contradiction(ValueError):
    """Two settings of which one must be longer than the other, both named."""


@dataclass(frozen=True)
class Retention:
    """Days. Raises Contradiction, ValueError."""

    archive_days: int = 90
    inbox_days: int = 97
    kafka_days: int = 60
    due_days: int = 30
    audit_days: int = 1095

    def __post_init__(self) -> None:
        for name, days in vars(self).items():
            if days < 1:
                raise ValueError(f"{VARIABLES[name]} must be at least 1 day")
        if self.inbox_days < self.archive_days + INBOX_OUTLIVES_BY:
            raise Contradiction(
                f"INBOX_DAYS ({self.inbox_days}) must be at least ARCHIVE_DAYS ({self.archive_days}) and a week: an "
                "event announced again from the archive would be handled twice"
            )
        if self.kafka_days > self.archive_days:
            raise Contradiction(
                f"KAFKA_RETENTION_DAYS ({self.kafka_days}) must not exceed ARCHIVE_DAYS ({self.archive_days}): a log "
                "that was lost could not be filled again"
            )

    @classmethod
    def read(cls, env: FileAwareEnv) -> "Retention":
        archive = env.int("ARCHIVE_DAYS", cls.archive_days)
        return cls(
            archive_days=archive,
            inbox_days=env.int("INBOX_DAYS", archive + INBOX_OUTLIVES_BY),
            kafka_days=env.int("KAFKA_RETENTION_DAYS", min(cls.kafka_days, archive)),
            due_days=env.int("DUE_DAYS", cls.due_days),
            audit_days=env.int("AUDIT_DAYS", cls.audit_days),
        )

    def archive_until(self) -> datetime:
        return _in(self.archive_days)

    def inbox_until(self) -> datetime:
        return _in(self.inbox_days)

    def due_until(self) -> datetime:
        return _in(self.due_days)

    def audit_until(self) -> datetime:
        return _in(self.audit_days)


VARIABLES = {
    "archive_days": "ARCHIVE_DAYS",
    "inbox_days": "INBOX_DAYS",
    "kafka_days": "KAFKA_RETENTION_DAYS",
    "due_days": "DUE_DAYS",
    "audit_days": "AUDIT_DAYS",
}


def _in(days: int) -> datetime:
    return clock.now() + timedelta(days=days)
