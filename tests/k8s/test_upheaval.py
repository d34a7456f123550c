"""What operators do to a cluster, and what happens to it, while fifty requests a second come in by the front door."""

import json
import os
import subprocess
import sys
from datetime import datetime

import pytest
import urllib3

from deploy import cluster, rollouts, secrets
from deploy.demo import client, settings
from deploy.demo.settings import Settings
from tests.k8s.kube import all_there, is_ready, kubectl, pods_of, serving, shown
from tests.k8s.visitors import Booked, Visitors, stands
from tests.wait import lasts, wait_until

NEXT = os.environ.get("NEXT_TAG", "next")
BEFORE = os.environ.get("TAG", "local")
BROKEN = {
    "op": "add",
    "path": "/spec/template/spec/containers/0/command",
    "value": ["python", "-m", "http.server", "8000", "--directory", "/tmp"],
}
PATIENCE = 300
DEPLOYMENTS = ("front", *(f"{service}-{part}" for service in secrets.SERVICES for part in ("web", "worker")))
pytestmark = pytest.mark.kubernetes
CALM = 15  # seconds of visits before and after what is done


@pytest.fixture(scope="module")
def given() -> Settings:
    return settings.load()


def test_an_upgrade_and_the_way_back_fail_no_request_and_lose_nothing(given: Settings) -> None:
    for go in (lambda: apply(NEXT), lambda: run("undo")):
        with Visitors(given) as visitors:
            lasts(CALM)
            go()
            lasts(CALM)
        assert visitors.failed == []
        tell("upgrade" if BEFORE not in tags() else "way back", visitors, all_is_there(given, visitors))
    assert tags() == {BEFORE}


def test_a_broken_version_is_held_by_its_readiness_and_takes_no_traffic(given: Settings) -> None:
    before = pods_of("booking-web").keys()
    with Visitors(given) as visitors:
        kubectl("patch", "deployment/booking-web", "--type", "json", "--patch", json.dumps([BROKEN]))
        refused = kubectl("rollout", "status", "deployment/booking-web", "--timeout", "60s", works=False)
        assert "timed out" in refused
        now = pods_of("booking-web")
        assert {name for name, pod in now.items() if is_ready(pod)} == before
        assert len(now) > len(before), "the broken one was started"
        kubectl("rollout", "undo", "deployment/booking-web")
        wait_until(all_there, PATIENCE, "the old one alone is there", every=1)
        lasts(CALM)
    assert visitors.failed == []
    tell("broken version", visitors, all_is_there(given, visitors))


def test_set_ups_run_again_beside_what_runs_and_nobody_notices(given: Settings) -> None:
    with Visitors(given) as visitors:
        apply(BEFORE)
        lasts(CALM)
    assert visitors.failed == []
    tell("set up again", visitors, all_is_there(given, visitors))


def test_a_node_that_is_drained_keeps_one_of_each_as_the_budgets_say_and_no_request_fails(given: Settings) -> None:
    """On a node alone, whose servers are no part of it: nowhere else could anything begin."""
    (node,) = shown("nodes")
    name, ours = rollouts.name(node), "app.kubernetes.io/component in (web, worker, front)"
    drain = ("drain", name, "--ignore-daemonsets", "--delete-emptydir-data", "--pod-selector", ours, "--timeout", "60s")
    with Visitors(given) as visitors:
        try:
            refused = kubectl(*drain, works=False)
            left = {one: pods_of(one) for one in DEPLOYMENTS}
        finally:
            kubectl("uncordon", name)
        assert "disruption budget" in refused
        assert {one for one, pods in left.items() if sum(map(is_ready, pods.values())) != 1} == set()
        wait_until(all_there, PATIENCE, "all are there again", every=1)
    assert visitors.failed == []
    tell("drained", visitors, all_is_there(given, visitors))


@pytest.mark.parametrize("how", [(), ("--grace-period=0", "--force")], ids=["told to go", "killed"])
def test_every_pod_deleted_in_turn_servers_too_loses_nothing(given: Settings, how: tuple[str, ...]) -> None:
    """Who gets no answer to a booking asks again, with the same key."""
    with Visitors(given, again=True) as visitors:
        for pod in serving():
            kubectl("delete", "pod", rollouts.name(pod), *how)
            wait_until(all_there, PATIENCE, f"all are there after {rollouts.name(pod)}", every=1)
    bookings = [one for one in visitors.failed if "_book" in one]
    assert bookings == []
    tell(f"deleted {' '.join(how)}", visitors, all_is_there(given, visitors))


def test_a_process_that_takes_more_memory_than_it_may_is_started_anew_and_nothing_is_lost(given: Settings) -> None:
    (name, *_), limit = pods_of("booking-worker"), 10**9
    with Visitors(given, again=True) as visitors:
        lasts(CALM)
        kubectl("exec", name, "--", "python", "-c", f"held = b'x' * {limit}", works=False)
        wait_until(all_there, PATIENCE, "all are there again", every=1)
        lasts(CALM)
    (told,) = pods_of("booking-worker")[name]["status"]["containerStatuses"]
    assert told["lastState"]["terminated"]["reason"] == "OOMKilled"
    tell("memory", visitors, all_is_there(given, visitors))


def run(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "deploy.cluster", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def apply(tag: str) -> None:
    run("apply", tag)


def tags() -> set[str]:
    """Of the images that Sendero's own Deployments say."""
    found = shown("deployments", "--selector", cluster.OURS)
    return {image.rpartition(":")[2] for one in found for image in rollouts.images(one)}


def all_is_there(given: Settings, visitors: Visitors) -> float:
    """Each accepted booking stands, and its person was told by email and SMS. The longest that the email took, in
    seconds from the booking's own time to the postbox's."""
    assert visitors.booked
    http = urllib3.PoolManager(retries=3, ssl_context=client.trusting())
    for one in visitors.booked:
        assert stands(http, given.booking, one) == "booked", one.reference
    wait_until(lambda: all(told(http, given, one) for one in visitors.booked), 240, "everybody was told", every=2)
    return max(told(http, given, one) for one in visitors.booked)


def told(http: urllib3.PoolManager, given: Settings, one: Booked) -> float:
    """0 as long as not by both."""
    received: list[float] = []
    for to in (one.email, one.phone):
        items = http.request("GET", f"{given.postbox}/api/v1/messages", fields={"to": to}).json()["items"]
        if not items:
            return 0.0
        received += [datetime.fromisoformat(each["received_at"]).timestamp() for each in items]
    return max(max(received) - one.at, 0.001)


def tell(what: str, visitors: Visitors, longest: float) -> None:
    print(
        f"\n{what}: {visitors.answered} requests, the longest {visitors.longest:.1f} s, {len(visitors.failed)} failed;"
        f" {len(visitors.booked)} booked, the last told {longest:.1f} s after it was accepted"
    )
    for line in visitors.failed[:10]:
        print(f"  {line}")
