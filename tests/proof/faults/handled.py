"""Events that cannot be handled, among those that can."""

import json
import random
import uuid
from typing import Any

from kafka import KafkaProducer

from shared import clock
from tests.proof.plan import Fault
from tests.proof.system import System
from tests.wait import lasts

TOPIC_OF = {"booking": "referrals", "referrals": "booking", "notifications": "booking"}  # what each reads
TYPES = {  # reader -> a type that it handles
    "booking": "referral.opened.v1",
    "referrals": "referral.requested.v1",
    "notifications": "appointment.attended.v1",
}
ONE_IN = 12
WRITTEN_WITHIN = 30  # seconds


def not_json(system: System, fault: Fault) -> dict[str, Any]:
    event_type = TYPES[fault.target]
    return _send(system, fault, event_type, b'{"appointment_id": "' + bytes([0xFF, 0xFE]), "discard")


def wrong_shape(system: System, fault: Fault) -> dict[str, Any]:
    """One of those for notifications is put right by the operator: what it tells has no message."""
    if fault.target != "notifications":
        return _send(system, fault, TYPES[fault.target], b'{"appointment_id": 7}', "discard")
    right = {
        "appointment_id": str(uuid.UUID(int=fault.draw)),
        "reference": "SND-PR00-F000",
        "person_id": str(uuid.UUID(int=fault.draw + 1)),
    }
    wrong = json.dumps({**right, "reference": None}).encode()
    return _send(system, fault, TYPES[fault.target], wrong, "edit") | {"corrected": right}


def unknown_version(system: System, fault: Fault) -> dict[str, Any]:
    stem = TYPES[fault.target].rpartition(".")[0]
    return _send(system, fault, f"{stem}.v9", b"{}", "discard")


def _send(system: System, fault: Fault, event_type: str, value: bytes, operator: str) -> dict[str, Any]:
    """Straight to the topic, without a sequence: a stranger that is not in the publisher's count. For a case that is
    under way (what comes after it then waits), or one of its own."""
    topic, event_id = TOPIC_OF[fault.target], f"proof-poison-{fault.n}"
    key = (operator != "edit" and fault.draw % 3 and _a_case(system, fault.draw)) or str(uuid.UUID(int=fault.draw))
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_source": "/sendero/proof",
        "ce_type": event_type,
        "ce_time": clock.rfc3339(clock.now()),
        "ce_partitionkey": key,
        "ce_correlationid": key,
        "content-type": "application/json",
    }
    producer = KafkaProducer(bootstrap_servers=[system.kafka], acks="all", bootstrap_timeout_ms=WRITTEN_WITHIN * 1000)
    try:
        sent = producer.send(
            topic, key=key.encode(), value=value, headers=[(name, text.encode()) for name, text in headers.items()]
        ).get(WRITTEN_WITHIN)
    finally:
        producer.close(timeout=5)
    where = {"topic": topic, "partition": sent.partition, "offset": sent.offset}
    return {**where, "key": key, "event_id": event_id, "type": event_type, "operator": operator}


def _a_case(system: System, draw: int) -> str | None:
    """One of the newest: it is not over yet."""
    rows = list(system.database("booking").appointments.find({}, {"case_id": 1}).sort("history.0.at", -1).limit(20))
    return random.Random(draw).choice(rows)["case_id"] if rows else None


def raising(system: System, fault: Fault) -> dict[str, Any]:
    """Its handlers raise for one case in so many, at each of their events, as long as it lasts."""
    told = {"of": ONE_IN, "which": fault.draw % ONE_IN}
    lever = system.lever(fault.target, "raising", json.dumps(told))
    try:
        lasts(fault.seconds)
    finally:
        lever.unlink()
    return {**told, "operator": "retry"}


KINDS = {
    "poison-not-json": not_json,
    "poison-wrong-shape": wrong_shape,
    "poison-unknown-version": unknown_version,
    "raising": raising,
}
