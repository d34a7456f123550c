"""A system of its own, watched by the real Prometheus: all that it is asked for is there, and a cause that is really
made fires its alert.

The rules are those of deploy/monitoring but for their `for`, which is nothing here; what would take minutes to grow old
is made older in the database. Alerts that none of these causes fires are seen to fire by their figures alone
(deploy/monitoring/alerts_test.yaml). At last it is read what the processes have written of all that.
"""

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from kafka import KafkaProducer

from shared import clock
from tests import monitoring
from tests.person import Person
from tests.prometheus import Prometheus, watching
from tests.stack import EVERYTHING, Stack
from tests.wait import wait_until

PROCESSES = [name for name in EVERYTHING if name.endswith((" web", " worker"))]
# only who was shown a certificate can say when it ends, and only who takes backups how old they are
SEEN_ELSEWHERE = {
    "sendero_certificate_end_seconds",
    "sendero_backup_copied_seconds",
    "sendero_backup_snapshot_seconds",
}
OF_THE_MACHINE = "SlowAnswers"  # how fast the machine is that runs the tests, they do not judge
LONG_AGO = timedelta(minutes=20)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    monitoring.program("prometheus")
    with Stack(tmp_path_factory.mktemp("watched")) as running:
        running.start(*EVERYTHING)
        yield running


@pytest.fixture(scope="module")
def people() -> list[Person]:
    """Who came."""
    return []


@pytest.fixture
def person(stack: Stack, people: list[Person]) -> Person:
    people.append(Person(stack))
    return people[-1]


@pytest.fixture(scope="module")
def prometheus(stack: Stack, people: list[Person], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with watching(stack, tmp_path_factory.mktemp("prometheus")) as found:
        person = Person(stack)
        people.append(person)
        person.is_referred()
        person.waits_for_messages()
        yield found


def address(stack: Stack, process: str) -> str:
    return stack.url(process.removesuffix(" web").replace(" ", "_")).removeprefix("http://")


def fires(prometheus: Prometheus, *alerts: tuple[str, str]) -> None:
    def missing() -> set[tuple[str, str]]:
        return set(alerts) - prometheus.firing()

    wait_until(lambda: not missing(), 90, f"{sorted(alerts)} fire", every=0.5)


def test_each_web_process_and_each_worker_is_scraped(stack: Stack, prometheus: Prometheus) -> None:
    expected = {address(stack, name): "up" for name in PROCESSES}
    assert len(expected) == 6
    wait_until(lambda: prometheus.targets() == expected, 60, "all are scraped", every=0.5)


def test_each_line_of_the_dashboard_shows_something(prometheus: Prometheus) -> None:
    empty = set(monitoring.dashboard())

    def shown() -> bool:
        empty.difference_update([name for name in empty if prometheus.query(monitoring.dashboard()[name])])
        return not empty

    try:
        wait_until(shown, 60, "every line shows something", every=1)
    except AssertionError as error:
        raise AssertionError(f"nothing is shown by {sorted(empty)}") from error


def test_each_figure_that_an_alert_looks_at_is_there_before_its_trouble(prometheus: Prometheus) -> None:
    wanted = set().union(*(monitoring.figures_of(rule["expr"]) for rule in monitoring.rules())) - SEEN_ELSEWHERE
    wait_until(lambda: wanted <= prometheus.names(), 60, f"{sorted(wanted)} are there", every=0.5)
    for rule in monitoring.rules():
        prometheus.query(rule["expr"])
    assert {(one["name"], one["health"]) for one in prometheus.rules()} == {
        (rule["alert"], "ok") for rule in monitoring.rules()
    }


def test_no_alert_fires_while_all_is_well(prometheus: Prometheus) -> None:
    def well() -> bool:
        fired = {one for one in prometheus.firing() if one[0] != OF_THE_MACHINE}
        assert fired == set()
        return True

    wait_until(well, 60, "nothing fires", every=0.5)


def test_who_does_not_take_what_is_handed_over_fires_an_alert(
    stack: Stack, prometheus: Prometheus, person: Person
) -> None:
    stack.kill("postbox")
    stack.kill("demo partner")
    person.is_referred()
    fires(prometheus, ("ProviderAway", "email"), ("ProviderAway", "sms"), ("PartnerAway", "partner:unhcr"))


def test_cases_that_fail_one_after_the_other_fire_alerts(stack: Stack, prometheus: Prometheus) -> None:
    producer = KafkaProducer(bootstrap_servers=stack.settings["KAFKA_BOOTSTRAP_SERVERS"])
    for _ in range(10):
        case = str(uuid.uuid4())
        told = {
            "ce_specversion": "1.0",
            "ce_id": str(uuid.uuid4()),
            "ce_source": "/test",
            "ce_type": "referral.requested.v1",
            "ce_time": clock.rfc3339(clock.now()),
        }
        headers = [(name, text.encode()) for name, text in told.items()]
        producer.send("booking", key=case.encode(), value=b'{"appointment_id": 7}', headers=headers)
    producer.flush(30)
    producer.close()
    fires(prometheus, ("DeadLetters", "referrals"), ("ReadingStopped", "referrals"))


def test_a_worker_that_is_gone_and_a_broker_that_is_away_fire_alerts(
    stack: Stack, prometheus: Prometheus, person: Person
) -> None:
    stack.kill("booking worker")
    stack.kill("broker")
    person.book()
    booking, long_ago = stack.database("booking"), clock.now() - LONG_AGO
    assert booking.outbox.update_many({"waiting": True}, {"$set": {"at": long_ago}}).modified_count
    lane = booking.due.find_one({"state": "waiting"})["lane"]
    booking.due.update_many({"state": "waiting", "lane": lane}, {"$set": {"due_at": long_ago}})
    fires(
        prometheus,
        ("NotAnswering", address(stack, "booking worker")),
        ("WorkerDead", "booking"),
        ("WorkerMissing", "booking"),
        ("OutboxStuck", "booking"),
        ("DueWorkLate", lane),
        ("PartInTrouble", "notifications"),
    )


def test_a_database_that_is_away_fires_alerts(stack: Stack, prometheus: Prometheus) -> None:
    stack.kill("mongod")

    def ask(_: int) -> None:
        stack.get("booking", "/readyz", expect=503)

    fires(prometheus, *(("DatabaseAway", service) for service in ("booking", "referrals", "notifications")))
    with ThreadPoolExecutor(4) as many:
        list(many.map(ask, range(40)))
    fires(prometheus, ("ErrorsAnswered", "booking"))


def test_a_web_process_that_is_gone_fires_an_alert(stack: Stack, prometheus: Prometheus) -> None:
    stack.kill("referrals web")
    fires(prometheus, ("NotAnswering", address(stack, "referrals web")))


def test_whatever_happened_each_line_of_each_log_is_json_and_tells_of_no_person(
    stack: Stack, people: list[Person]
) -> None:
    """The web process and the worker of each service have seen providers, broker and database go."""
    assert people
    for name in PROCESSES:
        text = (stack.folder / "logs" / stack.by_name[name].log).read_text()
        told = [json.loads(line) for line in text.splitlines()]
        assert told, name
        for line in told:
            assert {"timestamp", "level", "service", "event"} <= line.keys(), line
            assert line["service"] == name.split()[0]
        assert not [word for one in people for word in (one.word, one.phone, one.phone[1:]) if word in text], name
