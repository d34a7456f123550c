"""The restore drill: booking's database is thrown away while others know of what came after its backup, brought back
from the snapshot alone, announced again, and compared with what all the others know."""

import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from kafka import KafkaConsumer, TopicPartition
from pymongo import MongoClient
from pymongo.database import Database

from deploy import replica_set
from deploy.local import parts, settings
from tests.person import Person
from tests.stack import Stack
from tests.wait import wait_until

READERS = ("referrals", "notifications")
OF_BOOKING = ("booking", "people")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A system of its own: one of its databases is lost."""
    with Stack(tmp_path_factory.mktemp("restoring")) as own:
        own.start("postbox", "booking web", *(f"{service} worker" for service in settings.SERVICES))
        yield own


def command(stack: Stack, service: str, *words: str, **more: str) -> str:
    told = {**parts.environment(), **settings.of_part(stack.settings, service, ("BACKUP_KEYS",))}
    told |= {"BACKUP_FOLDER": str(stack.folder / "backups")} | more
    line = [sys.executable, "-m", f"services.{service}.commands", *words]
    done = subprocess.run(line, env=told, cwd=parts.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def as_backup(stack: Stack) -> str:
    password = stack.settings["BOOKING_MONGO_BACKUP_PASSWORD"]
    return replica_set.uri(int(stack.settings["MONGO_PORT"]), "booking-backup", password, "booking")


def cancel(stack: Stack, booked: dict[str, Any]) -> None:
    credentials = urllib3.make_headers(basic_auth=f"{booked['reference']}:{booked['code']}")
    stack.post("booking", f"/api/v1/appointments/{booked['reference']}/cancellation", headers=credentials, expect=200)


def all_is_heard(stack: Stack) -> None:
    """What was announced is sent, and what was sent is read, by all. Nothing is set aside, but what tells of a case
    that booking has forgotten and says so."""
    for service in settings.SERVICES:
        db = stack.database(service)
        with db.client:
            wait_until(lambda db=db: not db.outbox.count_documents({"waiting": True}), 180, f"{service} has sent")
            wait_until(lambda db=db: "again" not in db.relay.find_one({"_id": "relay"}), 180, f"{service} is through")
    for service in settings.SERVICES:
        db = stack.database(service)
        with db.client:
            wait_until(lambda db=db: all_read(stack, db), 180, f"{service} has read")
            set_aside = db.inbox.distinct("key", {"state": {"$in": ["dead_letter", "parked"]}})
            assert set(set_aside) <= set(db.inbox_gone.distinct("where", {"why": "restored"})), service


def all_read(stack: Stack, db: Database) -> bool:
    """Up to where the publishers' relays say that the logs end."""
    ends = {}
    for publisher in settings.SERVICES:
        with (of := stack.database(publisher)).client:
            topics = (of.relay.find_one({"_id": "relay"}) or {}).get("topics", {})
        ends |= {f"{topic}:{one}": end for topic, told in topics.items() for one, end in told["ends"].items()}
    rows = list(db.consumer_positions.find())
    return bool(rows) and all(row["position"] >= ends.get(row["_id"], 0) for row in rows)


def events_in_kafka(stack: Stack) -> list[dict[str, Any]]:
    client = KafkaConsumer(
        bootstrap_servers=stack.settings["KAFKA_BOOTSTRAP_SERVERS"],
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    topics = [*OF_BOOKING, *READERS]
    left = {TopicPartition(topic, one) for topic in topics for one in client.partitions_for_topic(topic)}
    client.assign(list(left))
    client.seek_to_beginning()
    found: list[dict[str, Any]] = []

    def read() -> bool:
        for records in client.poll(timeout_ms=300).values():
            for one in records:
                told = {name: content.decode() for name, content in one.headers}
                about = {"topic": one.topic, "key": one.key.decode(), "sequence": int(told["ce_sequence"])}
                found.append(about | {"id": told["ce_id"], "type": told["ce_type"]})
        ended = {one for one in left if (end := client.highwater(one)) is not None and client.position(one) >= end}
        left.difference_update(ended)
        return not left

    wait_until(read, 120, "all topics are read")
    client.close()
    return found


def case(stack: Stack, booked: dict[str, Any]) -> str:
    with (db := stack.database("booking")).client:
        return db.appointments.find_one({"reference": booked["reference"]})["case_id"]


def person_id(stack: Stack, booked: dict[str, Any]) -> str:
    with (db := stack.database("booking")).client:
        return db.appointments.find_one({"reference": booked["reference"]})["person_id"]


@pytest.fixture(scope="module")
def restored(stack: Stack) -> dict[str, Any]:
    """Everything of the drill that the tests compare. `ana` cancels after the backup, `bea` before it; `dora` was
    erased before it, `gil` after it; `eve` comes after it, and `hal`, who is erased at once."""
    ana, bea, dora, gil, eve, hal = (Person(stack) for _ in range(6))
    booked = {name: one.book() for name, one in (("ana", ana), ("bea", bea), ("dora", dora), ("gil", gil))}
    ids = {name: person_id(stack, one) for name, one in booked.items()}
    cancel(stack, booked["bea"])
    Person(stack).is_referred()
    command(stack, "booking", "erase", booked["dora"]["reference"])
    all_is_heard(stack)
    command(stack, "booking", "backup", BOOKING_MONGO_URI=as_backup(stack))

    booked |= {name: one.book() for name, one in (("eve", eve), ("hal", hal))}
    ids |= {name: person_id(stack, booked[name]) for name in ("eve", "hal")}
    cancel(stack, booked["ana"])
    Person(stack).is_referred()
    command(stack, "booking", "erase", booked["gil"]["reference"])
    command(stack, "booking", "erase", booked["hal"]["reference"])
    all_is_heard(stack)
    cases = {name: case(stack, one) for name, one in booked.items()}
    known = {name: of_booking(stack, name) for name in READERS}

    stack.stop("booking worker")
    stack.stop("booking web")
    port, password = int(stack.settings["MONGO_PORT"]), stack.settings["MONGO_ADMIN_PASSWORD"]
    with MongoClient(replica_set.uri(port, replica_set.ADMIN, password)) as server:
        server.drop_database("booking")
    said = command(stack, "booking", "restore")
    stack.start("booking web", "booking worker")
    for service in settings.SERVICES:
        command(stack, service, "announce-again")
    all_is_heard(stack)
    return {"booked": booked, "ids": ids, "cases": cases, "known": known, "said": said}


def of_booking(stack: Stack, reader: str) -> dict[str, int]:
    """How far the reader knows each case and each person of booking, by topic and key."""
    with (db := stack.database(reader)).client:
        return {
            row["_id"]: row["last"]
            for row in db.inbox_cases.find({"last": {"$exists": True}})
            if row["_id"].partition(":")[0] in OF_BOOKING
        }


def test_nothing_that_others_know_is_missing_without_being_told(stack: Stack, restored: dict[str, Any]) -> None:
    with (db := stack.database("booking")).client:
        given = {row["_id"]: row["last"] for row in db.outbox_sequences.find()}
        archive = {(row["topic"], row["key"], row["sequence"]) for row in db.outbox.find()}
        told = {f"{row['topic']}:{row['where']}": row for row in db.inbox_gone.find({"why": "restored"})}
    for reader, known in restored["known"].items():
        assert known, reader
        for name, last in known.items():
            topic, _, key = name.partition(":")
            assert given[name] >= last, f"{reader} knows {name} to {last}"
            if topic == "booking":
                assert {(topic, key, number) for number in range(1, last + 1)} <= archive
    expected = {restored["cases"][name] for name in ("ana", "gil", "eve", "hal")}
    assert {f"booking:{one}" for one in expected} <= told.keys()
    assert not {f"booking:{restored['cases'][name]}" for name in ("bea", "dora")} & told.keys()
    for name in told:
        assert name.partition(":")[2] in restored["said"] or len(told) > 20


def test_no_number_of_a_case_was_given_twice(stack: Stack, restored: dict[str, Any]) -> None:
    ids = defaultdict(set)
    for one in events_in_kafka(stack):
        ids[one["topic"], one["key"], one["sequence"]].add(one["id"])
    assert len(ids) > 20
    assert {place: given for place, given in ids.items() if len(given) > 1} == {}


def test_who_was_erased_is_erased_and_who_was_not_is_known(stack: Stack, restored: dict[str, Any]) -> None:
    ids = restored["ids"]
    with (db := stack.database("booking")).client:
        sealed = {row["_id"] for row in db.people.find({"sealed": {"$exists": True}})}
        gil = db.appointments.find_one({"reference": restored["booked"]["gil"]["reference"]})
    assert {ids[name] for name in ("ana", "bea", "eve")} <= sealed
    assert not {ids[name] for name in ("dora", "gil", "hal")} & sealed
    assert gil["status"] == "cancelled"
    for reader in READERS:
        with (db := stack.database(reader)).client:
            still = {row["_id"] for row in db.people.find({"sealed": {"$exists": True}})}
        assert ids["eve"] in still, reader
        assert not {ids[name] for name in ("dora", "gil", "hal")} & still, reader


def test_what_happens_next_is_heard_by_others(stack: Stack, restored: dict[str, Any]) -> None:
    """Booking has forgotten that this one was cancelled; others have not. It is cancelled once more, and all agree."""
    cancel(stack, restored["booked"]["ana"])
    newcomer = Person(stack)
    newcomer.book()
    newcomer.waits_for_messages()
    all_is_heard(stack)
    case_of_ana = f"booking:{restored['cases']['ana']}"
    with (db := stack.database("booking")).client:
        last = db.outbox_sequences.find_one({"_id": case_of_ana})["last"]
    assert of_booking(stack, "notifications")[case_of_ana] == last > restored["known"]["notifications"][case_of_ana]
