"""A broker that comes back with nothing is filled again, by those who announce, for those who read."""

import time
from pathlib import Path

from deploy.local import processes
from shared import consumer, mongo, relay, worker
from shared.events import Topic
from tests.conftest import free_port, start_broker
from tests.integration.spine.conftest import Heard, say, some_settings, turn_until
from tests.integration.spine.logs import is_sent, log_of


def test_a_broker_that_comes_back_empty_is_filled_again_and_every_reader_has_every_event_once(
    database_uri: str, tmp_path: Path, topic: str, heard: Heard
) -> None:
    port = free_port()
    broker = start_broker(port, tmp_path)
    db = mongo.open(some_settings("lossy", database_uri, f"127.0.0.1:{port}"))
    mongo.create(db, worker.COLLECTIONS)
    sender = relay.Relay(db, {topic: Topic(partitions=3)})
    reader = consumer.Consumer(db, [topic], heard.reading())
    try:
        for n in range(10):
            say(db, topic, f"case{n % 4}", n)
        turn_until(sender, lambda: is_sent(db))
        turn_until(reader, lambda: db.heard.count_documents({}) == 10)
        processes.stop(broker, 5)
        for n in range(10, 20):
            say(db, topic, f"case{n % 4}", n)
        broker = start_broker(port, tmp_path)
        recovering(sender, reader, lambda: db.heard.count_documents({}) == 20)
        assert [heard.of(db, f"case{n}") for n in range(4)] == [list(range(n, 20, 4)) for n in range(4)]
        assert len(set(log_of(f"127.0.0.1:{port}", topic))) == 20
    finally:
        reader.drop()
        sender.close()
        processes.stop(broker, 5)
        db.client.close()


def recovering(sender: relay.Relay, reader: consumer.Consumer, condition, seconds: float = 180) -> None:
    """Turns both as the worker does: what fails is dropped and begun afresh."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not recovered"
        for part in (sender, reader):
            try:
                part.turn()
            except Exception as error:
                print(type(error).__name__, error)
                part.drop()
