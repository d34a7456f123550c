"""The broker killed, and its disk wiped; a group that reads everything once more."""

import signal
import time
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError

from tests.proof.faults.processes import READERS_OF
from tests.proof.plan import Fault
from tests.proof.system import System
from tests.wait import lasts, wait_until

REFILLED_WITHIN = 50  # seconds: a process that is paused for a minute leaves by itself when it wakes up


def kill(system: System, fault: Fault) -> dict[str, Any]:
    system.broker.kill()
    lasts(fault.seconds)
    system.broker.start_again()
    return {}


def wipe(system: System, fault: Fault) -> dict[str, Any]:
    system.broker.kill()
    lasts(fault.seconds)
    system.broker.begin_anew()
    return {}


def wipe_past(system: System, fault: Fault) -> dict[str, Any]:
    """Those who read `booking` are paused while it is wiped and filled again beyond where they were: the offsets that
    they know exist again, with other records behind them. `past`: it got that far."""
    readers = READERS_OF[fault.target]
    known = _positions(system, fault.target)
    for name in readers:
        system.keeper.send(name, signal.SIGSTOP)
    stopped = time.monotonic()
    try:
        system.broker.kill()
        lasts(fault.seconds)
        system.broker.begin_anew()
        past = False
        while not past and time.monotonic() < stopped + REFILLED_WITHIN:
            past = _reaches(system, known)
            lasts(0.5)
    finally:
        for name in readers:
            system.keeper.send(name, signal.SIGCONT)
    system.keeper.wait_ready(*readers)
    return {"past": past, "paused": list(readers)}


def _positions(system: System, service: str) -> dict[TopicPartition, int]:
    rows = system.database(service).consumer_positions.find({"topic": "booking"})
    return {TopicPartition(row["topic"], row["partition"]): row["position"] for row in rows}


def _reaches(system: System, known: dict[TopicPartition, int]) -> bool:
    try:
        admin = KafkaAdminClient(bootstrap_servers=[system.kafka], request_timeout_ms=5000, bootstrap_timeout_ms=5000)
        try:
            ends = admin.list_partition_offsets(dict.fromkeys(known, OffsetSpec.LATEST))
        finally:
            admin.close()
    except KafkaError:
        return False  # the topics are being made again
    return all(ends[partition].offset >= position for partition, position in known.items())


def group_reset(system: System, fault: Fault) -> dict[str, Any]:
    """Every record comes again, from the first."""
    readers = READERS_OF[fault.target]
    system.keeper.put_down(*readers)
    try:
        partitions = wait_until(lambda: _reset(system, fault.target), 60, "the group is reset", every=0.5)
    finally:
        system.keeper.start(*readers)
    system.keeper.wait_again(*readers)
    return {"partitions": partitions[0]}


def _reset(system: System, group: str) -> tuple[int] | None:
    """How many partitions begin anew; None while the group still has members."""
    try:
        admin = KafkaAdminClient(bootstrap_servers=[system.kafka], request_timeout_ms=5000, bootstrap_timeout_ms=5000)
        try:
            offsets = admin.list_group_offsets({group: None})[group]
            done = admin.reset_group_offsets(group, dict.fromkeys(offsets, OffsetSpec.EARLIEST))
        finally:
            admin.close()
    except KafkaError:
        return None
    return (len(done),) if all(_went_well(answer) for answer in done.values()) else None


def _went_well(answer: Any) -> bool:
    error = answer.get("error") if isinstance(answer, dict) else answer
    return error is None or getattr(error, "errno", 0) == 0


KINDS = {"broker-kill": kill, "broker-wipe": wipe, "broker-wipe-past": wipe_past, "group-reset": group_reset}
