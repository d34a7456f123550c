"""Who may talk to whom on a cluster: what policies allow, against the networks of compose.yaml."""

from functools import cache
from typing import Any

import pytest

from deploy import secrets
from tests.k8s.manifests import COMPOSE, of, picks, pods

SERVICES = secrets.SERVICES
# in compose a replica set is made from within its server's own network
OF_WORKLOAD = {f"{service}-kafka-setup": f"{service}-topics" for service in SERVICES}
PORTS = (2525, 8000, 8025, 8026, 8027, 8080, 8443, 8444, 8445, 9000, 9092, 9093, 9094, 27017)
Way = tuple[str, str, int]


def policies(kind: str, pod: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules of one direction that hold for a pod."""
    labels = pod["metadata"]["labels"]
    held = [one["spec"] for one in of("NetworkPolicy").values() if picks(one["spec"]["podSelector"], labels)]
    return [rule for spec in held if kind.title() in spec["policyTypes"] for rule in spec.get(kind, [])]


def lets(rule: dict[str, Any], peers: str, labels: dict[str, str], port: int) -> bool:
    told = rule.get(peers)
    ports = {one["port"] for one in rule.get("ports", [])}
    known = told is None or any("podSelector" in one and picks(one["podSelector"], labels) for one in told)
    return known and (not ports or port in ports)


@cache
def ways() -> set[Way]:
    """From pod to pod and port, where both sides let it."""
    told = {
        name: (pod["metadata"]["labels"], policies("egress", pod), policies("ingress", pod))
        for name, pod in pods().items()
    }
    return {
        (source, target, port)
        for source, (sends, egress, _) in told.items()
        for target, (takes, _, ingress) in told.items()
        for port in PORTS
        if any(lets(rule, "to", takes, port) for rule in egress)
        and any(lets(rule, "from", sends, port) for rule in ingress)
    }


def networks(workload: str) -> set[str]:
    return set(COMPOSE["services"][OF_WORKLOAD.get(workload, workload)]["networks"])


def test_whoever_talks_is_on_a_network_with_the_other_in_compose():
    assert not [way for way in ways() if not networks(way[0]) & networks(way[1])]


def test_each_finds_what_it_needs_and_nothing_else():
    web = {f"{service}-web" for service in SERVICES}
    needed = {(one, other, 8000) for one in web for other in web}
    needed |= {("front", one, 8000) for one in web}
    for service in SERVICES:
        needed |= {(f"{service}-{part}", f"{service}-mongo", 27017) for part in ("web", "worker", "setup")}
        needed |= {(f"{service}-worker", "kafka", 9092), (f"{service}-kafka-setup", "kafka", 9094)}
    needed |= {("notifications-worker", "postbox", 8025), ("notifications-worker", "postbox", 2525)}
    needed |= {("postbox", "notifications-web", 8000), ("partner", "referrals-web", 8000)}
    needed |= {("referrals-worker", "partner", 8026)}
    assert ways() == needed


@pytest.mark.parametrize("service", SERVICES)
def test_only_workers_whose_network_leads_outside_reach_it(service):
    for part in ("web", "worker", "setup", "kafka-setup"):
        blocks = [
            one for rule in policies("egress", pods()[f"{service}-{part}"]) for one in rule["to"] if "ipBlock" in one
        ]
        internal = all(COMPOSE["networks"][name] for name in networks(f"{service}-{part}"))
        assert bool(blocks) == (part == "worker" and not internal)


def test_nobody_who_is_not_named_is_let_in_or_out():
    everybody = of("NetworkPolicy")["nobody"]["spec"]
    assert everybody == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_from_everywhere_only_the_front_door_and_the_demo_are_reached():
    open_ways = {
        (name, port["port"])
        for name, pod in pods().items()
        for rule in policies("ingress", pod)
        if "from" not in rule
        for port in rule["ports"]
    }
    assert open_ways == {
        *(("front", port) for port in (8443, 8444, 8445, 8080)),
        ("postbox", 8025),
        ("partner", 8026),
        ("website", 8027),
    }
