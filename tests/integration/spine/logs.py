"""What a topic's log holds, and whether all is sent."""

from kafka import KafkaConsumer, TopicPartition
from pymongo.database import Database

from shared import outbox


def log_of(kafka: str, topic: str) -> list[tuple[str, int]]:
    """The whole log of a topic: (case, sequence) in order, partition by partition."""
    client = KafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    partitions = [TopicPartition(topic, number) for number in client.partitions_for_topic(topic) or ()]
    client.assign(partitions)
    client.seek_to_beginning()
    found, empty = [], 0
    while empty < 3:
        polled = client.poll(timeout_ms=300)
        empty = 0 if polled else empty + 1
        for records in polled.values():
            found += [(one.key.decode(), int(dict(one.headers)["ce_sequence"])) for one in records]
    client.close()
    return found


def is_sent(db: Database) -> bool:
    return outbox.health(db)["waiting"] == 0
