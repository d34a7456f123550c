"""What the event path is measured against, as programs of their own: `produce` and `consume` with kafka-python and
pymongo, and nothing else. Each prints how many records in how many seconds, as one line of JSON."""

import json
import os
import sys
import time
from typing import Any

import pymongo
from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

PER_TRANSACTION = 500
SERVERS = {"bootstrap_servers": os.environ["KAFKA_BOOTSTRAP_SERVERS"]}


def database() -> Any:
    return pymongo.MongoClient(os.environ["BOOKING_MONGO_URI"], tz_aware=True).get_default_database()


def produce(topic: str, count: int) -> float:
    """The records that wait in the outbox, from memory, with the settings that were fastest for this."""
    rows = list(database().outbox.find({"topic": topic}, {"key": 1, "value": 1, "headers": 1}).limit(count))
    records = [(row["key"].encode(), row["value"], [tuple(one) for one in row["headers"]]) for row in rows]
    producer = KafkaProducer(**SERVERS, acks="all", enable_idempotence=True, linger_ms=5, batch_size=131_072)
    producer.partitions_for(topic)
    begun = time.monotonic()
    futures = [producer.send(topic, key=key, value=value, headers=headers) for key, value, headers in records]
    for future in futures:
        future.get(60)
    seconds = time.monotonic() - begun
    producer.close()
    return seconds


def consume(topic: str, count: int) -> float:
    """Two documents a record, each with an insert of its own, 500 records to a transaction; then the offsets."""
    db = database()
    consumer = KafkaConsumer(
        topic, **SERVERS, group_id=f"bare-{os.getpid()}", enable_auto_commit=False, auto_offset_reset="earliest"
    )
    done, begun = 0, 0.0
    while done < count:
        polled = consumer.poll(timeout_ms=500, max_records=PER_TRANSACTION)
        if not polled:
            continue
        begun = begun or time.monotonic()
        records = [record for of_partition in polled.values() for record in of_partition]
        with db.client.start_session() as session:
            session.with_transaction(
                lambda session, records=records: _write(db, session, records),
                ReadConcern("snapshot"),
                WriteConcern("majority"),
            )
        consumer.commit({one: OffsetAndMetadata(some[-1].offset + 1) for one, some in polled.items()})
        done += len(records)
    seconds = time.monotonic() - begun
    consumer.close(autocommit=False)
    return seconds


def _write(db: Any, session: Any, records: list[Any]) -> None:
    for record in records:
        told = {name: value.decode() for name, value in record.headers}
        data = json.loads(record.value)
        seen = {
            "_id": told["ce_id"],
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "key": record.key.decode(),
            "type": told["ce_type"],
            "sequence": int(told["ce_sequence"]),
            "correlation": told["ce_correlationid"],
        }
        db.bare_seen.insert_one(seen, session=session)
        effect = {"_id": told["ce_id"], "case": told["ce_partitionkey"], "appointment": data["appointment_id"]}
        db.bare_effects.insert_one(effect, session=session)


if __name__ == "__main__":
    work, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    seconds = {"produce": produce, "consume": consume}[work](topic, count)
    print(json.dumps({"records": count, "seconds": seconds}))
