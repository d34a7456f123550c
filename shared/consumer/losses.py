"""Has a log been cut off before we had read it? kafka-python goes on silently where the log now begins: so we look."""

from datetime import datetime, timedelta
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from pymongo.database import Database

from shared import clock, inbox, mongo
from shared.consumer import positions


def tell_of_cuts(db: Database, client: KafkaConsumer, assigned: list[TopicPartition], now: dict[str, str]) -> None:
    """Tells of records that Kafka deleted, by age, before they were read. To be asked before positions are noted, since
    it compares what was noted last with where each log begins (`now`: topic to id; one made anew is another log)."""
    known = _known(db)
    of_same_log = [
        one for one in assigned if now.get(one.topic) and _row(known, one).get("topic_id") == now.get(one.topic)
    ]
    beginnings = client.beginning_offsets(of_same_log) if of_same_log else {}
    for partition, beginning in beginnings.items():
        row = _row(known, partition)
        committed = client.committed(partition) if row["position"] < beginning else None
        reached = max(row["position"], committed or 0)
        if reached < beginning:
            _tell(db, "log", partition, (reached, beginning - 1), (row["at"], None))


def tell_of_archive(db: Database, partition: TopicPartition) -> None:
    """To be asked when a lost log is read from its start: what was announced after we left and before archives begin
    is in neither."""
    row = _row(_known(db), partition)
    begins = clock.now() - timedelta(days=mongo.settings(db).retention.archive_days)
    if row and row["at"] < begins:
        _tell(db, "archive", partition, (None, None), (row["at"], begins))


def _tell(
    db: Database,
    why: str,
    partition: TopicPartition,
    numbers: tuple[int | None, int | None],
    times: tuple[datetime | None, datetime | None],
) -> None:
    inbox.tell(db, why, partition.topic, f"partition {partition.partition}", numbers, times)


def _known(db: Database) -> dict[str, dict[str, Any]]:
    return {row["_id"]: row for row in db.consumer_positions.find()}


def _row(known: dict[str, dict[str, Any]], partition: TopicPartition) -> dict[str, Any]:
    return known.get(positions.name(partition), {})
