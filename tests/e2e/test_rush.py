"""Two hundred people want ten places at the same moment, over HTTP."""

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import urllib3

from services.booking import places
from shared import clock
from tests.person import Person
from tests.stack import Stack

CLIENTS, PLACES = 200, 10
OFFICE, PATHWAY = "quetzaltenango", "orientation"


@pytest.fixture
def slot(stack: Stack) -> str:
    """A time with ten places, at a minute at which the sample data has none."""
    starts_at = (clock.now() + timedelta(days=3)).replace(minute=secrets.randbelow(29) + 1, second=7, microsecond=0)
    id = f"{OFFICE}.{PATHWAY}.{starts_at:%Y%m%dT%H%M%SZ}"
    row = {
        "_id": id,
        "office_id": OFFICE,
        "pathway_id": PATHWAY,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=30),
        "timezone": "America/Guatemala",
        "capacity": PLACES,
    }
    assert places.add(stack.database("booking"), [row]) == 1
    return id


class Client:
    """Somebody with a connection of their own, who asks once and waits for the answer."""

    def __init__(self, stack: Stack, slot: str) -> None:
        self.person = Person(stack)
        self.body = self.person.request(slot)
        self.url = stack.url("booking", "/api/v1/appointments")
        self.http = urllib3.PoolManager(retries=False, timeout=60)

    def ask(self) -> urllib3.BaseHTTPResponse:
        headers = self.person.headers | {"Accept-Language": "en"}
        return self.http.request("POST", self.url, json=self.body, headers=headers)


def test_of_two_hundred_at_once_ten_are_booked_and_everybody_else_is_told(stack: Stack, slot: str) -> None:
    clients = [Client(stack, slot) for _ in range(CLIENTS)]
    gate = threading.Barrier(CLIENTS)

    def rush(client: Client) -> urllib3.BaseHTTPResponse:
        gate.wait(30)
        return client.ask()

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(rush, clients))  # raises if one was left without an answer
    winners = [(client, answer) for client, answer in zip(clients, answers, strict=True) if answer.status == 201]
    losers = [answer for answer in answers if answer.status != 201]
    assert (len(winners), len(losers)) == (PLACES, CLIENTS - PLACES), {answer.status for answer in answers}
    for answer in losers:
        assert (answer.status, answer.json()["type"]) == (409, "urn:sendero:slot-taken")
        assert answer.json()["detail"] == "Somebody else was faster. Please choose another time."
    booked = [answer.json() for _, answer in winners]
    assert len({one["reference"] for one in booked}) == PLACES
    _the_database_holds_ten(stack, slot, booked)
    for client, answer in winners:
        again = client.ask()
        assert (again.status, again.json()) == (201, answer.json())
        assert again.headers["Idempotency-Replayed"] == "true"
        assert "Idempotency-Replayed" not in answer.headers
    _the_database_holds_ten(stack, slot, booked)


def _the_database_holds_ten(stack: Stack, slot: str, booked: list[dict[str, Any]]) -> None:
    db = stack.database("booking")
    appointments = list(db.appointments.find({"slot_id": slot}))
    assert {one["reference"] for one in appointments} == {one["reference"] for one in booked}
    assert len(appointments) == PLACES
    assert db.places.count_documents({"slot_id": slot, "state": places.TAKEN}) == PLACES
    assert db.places.count_documents({"slot_id": slot}) == PLACES
    assert db.slots.find_one({"_id": slot})["free"] == 0
    cases = {"key": {"$in": [one["case_id"] for one in appointments]}, "topic": "booking"}
    assert db.outbox.count_documents(cases) == PLACES
    people = [one["person_id"] for one in appointments]
    assert db.people.count_documents({"_id": {"$in": people}}) == len(set(people)) == PLACES
