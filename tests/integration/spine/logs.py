"""What a topic's log holds, and whether all is sent."""

from kafka import KafkaConsumer, TopicPartition
from pymongo.database import Database

from shared import outbox
from tests.wait import wait_until


def log_of(kafka: str, topic: str) -> list[tuple[str, int]]:
    """The whole log of a topic: (case, sequence) in order, partition by partition."""
    client = KafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    partitions = [TopicPartition(topic, number) for number in client.partitions_for_topic(topic) or ()]
    client.assign(partitions)
    client.seek_to_beginning()
    ends, found = client.end_offsets(partitions), []

    def read_to_the_end() -> bool:
        for records in client.poll(timeout_ms=300).values():
            found.extend((one.key.decode(), int(dict(one.headers)["ce_sequence"])) for one in records)
        return all(client.position(one) >= end for one, end in ends.items())

    wait_until(read_to_the_end, 60, f"{topic} is read to its end")
    client.close()
    return found


def is_sent(db: Database) -> bool:
    return outbox.health(db)["waiting"] == 0
