"""The operator after the faults, by the API alone: dead letters retried, edited or discarded, reading let go on, due
work run again, waiting tries brought forward; and the partner's own clerk at the buttons of its program."""

import itertools
import json
import random
import threading
import time
from typing import Any

import urllib3

from tests.proof.checker.evidence import faults, topics
from tests.proof.clients.asking import Answer, Asker, Log
from tests.proof.clients.staff import Account
from tests.wait import wait_until

SERVICES = ("booking", "referrals", "notifications")
OPERATOR = "operator@sendero.test"
ROUNDS = 5
EVERY_SECONDS = 1.0
IN_A_ROW = 4  # looks at which nothing may be stuck: one event may be between two queues
PATIENCE_SECONDS = 600.0  # with services that do not answer
FOR_LATER = (
    "deadlines",
    "upkeep",
    "windows",
    "requests",
    "mass_cancellation",
)  # lanes in which things wait for their time
API = "/api/v1/operations"


class Operator:
    """Signed in to every service, for so many seconds: then what is being asked raises Ended. `done`: what it did."""

    def __init__(self, system: Any, seconds: float) -> None:
        self.system = system
        self.done: list[str] = []
        goes_home = threading.Event()
        self._until = threading.Timer(seconds, goes_home.set)
        self._until.daemon = True
        self._until.start()
        self._log = Log(system.folder / "operator.jsonl")
        asker = Asker("operator", self._log, random.Random(0), goes_home)
        self._accounts = {service: Account(asker, system.url(service), OPERATOR) for service in SERVICES}
        told = [fault.detail for fault in faults.read(system.folder)]
        self._planned = {detail["event_id"]: detail for detail in told if "event_id" in detail}

    def settle(self) -> None:
        """Until no dead letter is left that can be settled, a few rounds."""
        for _ in range(ROUNDS):
            letters = [(service, letter) for service in SERVICES for letter in self._letters(service)]
            for service, letter in letters:
                self._settle_one(service, letter)
            for service in SERVICES:
                self._resume(service)
                self._bring_forward(service)
            self._answer_for_the_partner()
            if not letters:
                return

    def stuck(self) -> list[str]:
        """What is not at rest, by each service's own word, and when they say that all is well, by the broker's and the
        postbox's: a reader that has just begun knows of nothing unread yet."""
        said = [line for service in SERVICES for line in self._of_service(service)] + self._open_at_the_partner()
        return said or self._unread() + self._receipts()

    def close(self) -> None:
        self._until.cancel()
        self._log.close()

    # dead letters

    def _letters(self, service: str) -> list[dict[str, Any]]:
        found, after = [], ""
        while True:
            page = self._get(service, f"{API}/dead-letters?limit=200{after}").body
            found += page["items"]
            if page["next"] is None:
                return found
            after = f"&after={page['next']}"

    def _settle_one(self, service: str, letter: dict[str, Any]) -> None:
        """As it was planned for this event; an event that failed for another reason is tried again."""
        planned = self._planned.get(letter["id"], {})
        wanted = planned.get("operator", "retry")
        if wanted == "edit":
            body = {"value": planned["corrected"], "reason": "the proof run: mended by hand"}
            answer = self._post(service, f"{API}/dead-letters/{letter['id']}/edit", body)
        elif wanted == "discard":
            body = {"reason": "the proof run: nothing to be done with it"}
            answer = self._post(service, f"{API}/dead-letters/{letter['id']}/discard", body)
        else:
            answer = self._post(service, f"{API}/dead-letters/{letter['id']}/retry")
        self.done.append(f"{service}: {wanted} {letter['type']} {letter['id']} ({letter['error']}): {_said(answer)}")

    # what else waits for a person

    def _resume(self, service: str) -> None:
        health = self._get(service, f"{API}/health").body
        if any(row["state"] == "stopped" for row in health["consumers"]):
            answer = self._post(service, f"{API}/consumer/resumption")
            self.done.append(f"{service}: reading let go on: {_said(answer)}")

    def _bring_forward(self, service: str) -> None:
        """Due work that failed for good, one by one; what waits for another try, all of it."""
        for row in self._get(service, f"{API}/due-work?limit=200").body["items"]:
            answer = self._post(service, f"{API}/due-work/{row['id']}/retry")
            self.done.append(f"{service}: {row['kind']} {row['id']} ({row['error']}) again: {_said(answer)}")
        answer = self._post(service, f"{API}/due-work/retries", {})
        if answer.status != 200 or answer.body["retried"]:
            self.done.append(f"{service}: what waits for another try, now: {_said(answer)}")

    def _answer_for_the_partner(self) -> None:
        """Its program tries a few times to answer by itself; what is left is for its clerk."""
        for case in self._partner("/api/v1/referrals"):
            if case["state"] == "offered":
                path = f"/referrals/{case['partner']}/{case['id']}/accept"
                urllib3.request("POST", self.system.url("partner", path), retries=False, redirect=False, timeout=90)
                self.done.append(f"partner: accept {case['id']}")

    def _open_at_the_partner(self) -> list[str]:
        cases = self._partner("/api/v1/referrals")
        return [f"partner: {case['id']} is {case['state']}" for case in cases if case["state"] == "offered"]

    def _unread(self) -> list[str]:
        unread = topics.unread(self.system.kafka)
        return [f"{service}: {number} records not committed" for service, number in unread.items() if number]

    def _receipts(self) -> list[str]:
        """Of SMS, that the provider has still to tell of."""
        answer = urllib3.request("GET", self.system.url("postbox", "/api/v1/messages?channel=sms"), timeout=30)
        open_ = sum(item["status"] == "accepted" for item in answer.json()["items"])
        return [f"postbox: {open_} receipts not delivered"] if open_ else []

    def _partner(self, path: str) -> list[dict[str, Any]]:
        answer = urllib3.request("GET", self.system.url("partner", path), retries=False, timeout=20)
        return answer.json()["items"] if answer.status == 200 else []

    # what is stuck

    def _of_service(self, service: str) -> list[str]:
        health = self._get(service, f"{API}/health").body
        found = []
        if health["outbox"]["waiting"] or health["outbox"]["restating"]:
            found.append(f"{service}: {health['outbox']['waiting']} events wait to be sent")
        lag = sum(row["lag"] or 0 for row in health["consumers"])
        states = {row["state"] for row in health["consumers"]} & {"stopped", "dead"}
        if lag or states:
            found.append(f"{service}: {lag} events unread {sorted(states)}")
        letters = health["dead_letters"]
        if letters["dead_letters"] or letters["parked"]:
            found.append(f"{service}: {letters['dead_letters']} dead letters, {letters['parked']} parked")
        for row in health["due"]:
            open_ = row["overdue"] + row["running"] + row["failed"]
            if open_ or (row["waiting"] and row["lane"] not in FOR_LATER):
                found.append(
                    f"{service}: lane {row['lane']}: {row['waiting']} wait, {open_} overdue, running or failed"
                )
        return found

    def _get(self, service: str, path: str) -> Answer:
        answer = self._accounts[service].get(-1, "look", path)
        if answer.status != 200:
            raise RuntimeError(f"{service} {path} answered {answer.status}: {answer.text[:300]}")
        return answer

    def _post(self, service: str, path: str, body: Any = None) -> Answer:
        return self._accounts[service].post(-1, "operate", path, body)


def _said(answer: Answer) -> str:
    return f"{answer.status} {json.dumps(answer.body, ensure_ascii=False)[:200] if answer.body else ''}".strip()


def settle(system: Any) -> list[str]:
    """What was done, one line each."""
    operator = Operator(system, PATIENCE_SECONDS)
    try:
        operator.settle()
        return operator.done
    finally:
        operator.close()


def wait_until_empty(system: Any, seconds: float = 60) -> list[str]:
    """What is still stuck after so long; the operator looks after it meanwhile. Empty as soon as everything is."""
    operator, until = Operator(system, seconds + PATIENCE_SECONDS), time.monotonic() + seconds
    rounds, quiet = itertools.count(1), 0

    def empty() -> bool:
        nonlocal quiet
        quiet = 0 if operator.stuck() else quiet + 1
        if not quiet and next(rounds) % 5 == 0:
            operator.settle()
        return quiet >= IN_A_ROW or time.monotonic() > until

    try:
        wait_until(empty, seconds + 30, "the queues are empty", every=EVERY_SECONDS)
        return [] if quiet >= IN_A_ROW else operator.stuck()
    finally:
        operator.close()
