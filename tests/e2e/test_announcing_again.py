"""Announce again, by command and by the console, on each service: all goes out once more and has no second effect."""

import subprocess
import sys
from datetime import datetime

import pytest

from deploy.demo import client
from deploy.local import parts, settings
from tests.person import PASSWORD, Person
from tests.stack import Stack
from tests.wait import wait_until


def by_command(stack: Stack, service: str) -> None:
    told = {**parts.environment(), **settings.of_part(stack.settings, service)}
    command = [sys.executable, "-m", f"services.{service}.commands", "announce-again"]
    said = subprocess.run(command, env=told, cwd=parts.ROOT, check=True, capture_output=True, text=True).stdout
    assert "events will be announced again" in said


def by_the_console(stack: Stack, service: str) -> None:
    operator = client.Site(stack.url(service), Accept="text/html")
    operator.sign_in("operator@sendero.test", PASSWORD)
    answer = operator.submit("/operations/replays", {"csrf_token": operator.headers["X-CSRFToken"], "since": ""})
    answer.must(303)


def announced_at(stack: Stack, service: str) -> datetime | None:
    return (stack.database(service).relay.find_one({"_id": "relay"}) or {}).get("announced_again_at")


def sent(stack: Stack, service: str) -> int:
    return (stack.database(service).relay.find_one({"_id": "relay"}) or {}).get("sent", 0)


@pytest.fixture
def archive(stack: Stack, person: Person) -> dict[str, int]:
    """How many events each service has announced, after somebody was told and somebody else was referred (at once:
    who has come already gets no confirmation any more)."""
    person.book()
    person.waits_for_messages()
    Person(stack).is_referred()
    for service in settings.SERVICES:
        wait_until(lambda name=service: stack.database(name).outbox.count_documents({"waiting": True}) == 0, 120)
    return {name: stack.database(name).outbox.count_documents({}) for name in settings.SERVICES}


@pytest.mark.parametrize("announce", [by_command, by_the_console])
@pytest.mark.parametrize("service", settings.SERVICES)
def test_what_a_service_announced_is_announced_again_and_nobody_is_told_twice(
    stack: Stack, person: Person, archive: dict[str, int], service: str, announce
) -> None:
    before, last = sent(stack, service), announced_at(stack, service)
    assert archive[service] > 0
    announce(stack, service)
    assert announced_at(stack, service) not in (None, last)
    wait_until(lambda: sent(stack, service) >= before + archive[service], 120, "all went out again")
    wait_until(lambda: "again" not in stack.database(service).relay.find_one({"_id": "relay"}), 120, "it is through")
    for reader in settings.SERVICES:
        rows = stack.database(reader).consumer_positions
        wait_until(lambda rows=rows: rows.count_documents({"lag": {"$gt": 0}}) == 0, 120, f"{reader} has read it")
        assert stack.database(reader).inbox.count_documents({"state": {"$in": ["dead_letter", "parked"]}}) == 0
    assert len(person.mails()) == len({mail["message_id"] for mail in person.mails()})
