"""Topics: made by their owner when they are missing, and known by id, so that a lost log is noticed."""

import time
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaTimeoutError, TopicAlreadyExistsError, TopicAuthorizationFailedError

from shared.events import Topic
from shared.kafka_security import ForbiddenTopic
from shared.retention import Retention
from shared.settings import Settings
from shared.telemetry import log

DAY_MS = 86_400_000
LET_IN_MS = 15_000  # a broker that is cold or busy takes its time; a few such waits fit before a worker counts as stuck


class Unreachable(Exception):
    """No broker answers at any of the addresses."""


def client_options(settings: Settings) -> dict[str, Any]:
    """What producer, consumer and admin client have in common. Raises kafka_security.FileMissing."""
    own = {"bootstrap_servers": settings.kafka_bootstrap_servers, "client_id": f"sendero-{settings.service}"}
    return own | {"bootstrap_timeout_ms": LET_IN_MS} | settings.kafka_security.options()


def probe(settings: Settings, timeout: float = 1.0) -> None:
    """Raises Unreachable when nothing listens, kafka_security.Refused when we are not let in. Asked first, since a
    client that fails to bootstrap does not say why, and leaks its thread."""
    for address in settings.kafka_bootstrap_servers:
        try:
            settings.kafka_security.sign_in(address, timeout)
            return
        except OSError:
            continue
    raise Unreachable(",".join(settings.kafka_bootstrap_servers))


def admin(settings: Settings) -> KafkaAdminClient:
    probe(settings)
    return KafkaAdminClient(**client_options(settings), request_timeout_ms=10_000)


def config(topic: Topic, days: int = Retention.kafka_days) -> dict[str, str]:
    """`days`: how long records stay, and tombstones for whoever was away that long."""
    if topic.compacted:
        return {
            "cleanup.policy": "compact",
            "max.compaction.lag.ms": str(DAY_MS),
            "delete.retention.ms": str(days * DAY_MS),
        }
    return {"cleanup.policy": "delete", "retention.ms": str(days * DAY_MS)}


def ids(client: KafkaAdminClient, names: list[str]) -> dict[str, tuple[str, int]]:
    """Topic name to (topic id, partitions), of those that exist. Raises ForbiddenTopic, since whoever subscribes to
    one hears nothing of it for ever."""
    told = client.describe_topics(names)
    forbidden = sorted(one["name"] for one in told if one["error_code"] == TopicAuthorizationFailedError.errno)
    if forbidden:
        raise ForbiddenTopic(f"no right on {', '.join(forbidden)}")
    return {one["name"]: (str(one["topic_id"]), len(one["partitions"])) for one in told if not one["error_code"]}


def ensure(settings: Settings, topics: dict[str, Topic], client: KafkaAdminClient | None = None) -> None:
    """Makes the topics that are missing; those that are there stay as they are. Raises Unreachable, KafkaError."""
    own = client or admin(settings)
    try:
        missing = set(topics) - set(ids(own, list(topics)))
        for name in sorted(missing):
            _create(own, name, topics[name], settings)
        if missing:
            own.wait_for_topics(sorted(missing), timeout_ms=15_000)
    finally:
        if client is None:
            own.close()


def keep(settings: Settings, topics: dict[str, Topic], client: KafkaAdminClient | None = None) -> list[str]:
    """Lets the broker keep the records of topics that are there for as long as the settings say. Returns the names of
    those that were told otherwise before. Raises Unreachable, KafkaError."""
    own = client or admin(settings)
    try:
        wanted = {name: config(topic, settings.retention.kafka_days) for name, topic in topics.items()}
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in wanted]
        told = own.describe_configs(resources, config_filter="all").get("topic", {})
        changed = [
            ConfigResource(ConfigResourceType.TOPIC, name, given)
            for name, given in wanted.items()
            if any(told.get(name, {}).get(key, {}).get("value", value) != value for key, value in given.items())
        ]
        if changed:
            own.alter_configs(changed, raise_on_unknown=False)
        return [one.name for one in changed]
    finally:
        if client is None:
            own.close()


def ends(settings: Settings, known: dict[TopicPartition, int], seconds: float = 5.0) -> dict[TopicPartition, int]:
    """Where the logs of these partitions end now, of those that answer in time; `known` is where they ended once. Read
    as a consumer's high water, since not every broker answers a question for the latest offset rightly."""
    found: dict[TopicPartition, int] = {}
    if not known:
        return found
    own = {"bootstrap_timeout_ms": int(seconds * 1000), "request_timeout_ms": 5_000}
    told = client_options(settings) | own | {"enable_auto_commit": False, "auto_offset_reset": "earliest"}
    try:
        client = KafkaConsumer(**told)
    except KafkaTimeoutError:  # a busy broker takes its time to let us in: then none has answered
        return found
    try:
        client.assign(list(known))
        for partition, end in known.items():
            client.seek(partition, end)
        until = time.monotonic() + seconds
        while len(found) < len(known) and time.monotonic() < until:
            client.poll(timeout_ms=200, max_records=1)
            marks = {partition: client.highwater(partition) for partition in known}
            found = {partition: mark for partition, mark in marks.items() if mark is not None}
    finally:
        client.close(autocommit=False, timeout_ms=5000)
    return found


def _create(client: KafkaAdminClient, name: str, topic: Topic, settings: Settings) -> None:
    layout = {
        "num_partitions": topic.partitions,
        "replication_factor": settings.kafka_replication_factor,
        "configs": config(topic, settings.retention.kafka_days),
    }
    try:
        client.create_topics({name: layout})
        log.info("topic made", topic=name, partitions=topic.partitions)
    except TopicAlreadyExistsError:
        log.info("topic was made by another", topic=name)
