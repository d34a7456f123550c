"""What is asked of a broker that takes its time."""

import socket

from kafka import TopicPartition

from shared import kafka_topics
from tests.integration.spine.conftest import some_settings


def test_where_logs_end_is_not_waited_for_longer_than_asked_when_a_busy_broker_does_not_let_us_in():
    """A relay that gave up over it would begin anew, and ask the busy broker for more."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        told = some_settings("late", "mongodb://127.0.0.1:1/none", f"127.0.0.1:{silent.getsockname()[1]}")
        assert kafka_topics.ends(told, {TopicPartition("events", 0): 3}, seconds=0.5) == {}
