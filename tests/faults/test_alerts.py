"""A system in trouble, its own page of figures, and the alerts that Prometheus makes of it."""

from pathlib import Path

from tests.monitoring import must_fire
from tests.stack import Stack
from tests.wait import wait_until


def figures(stack: Stack, service: str) -> str:
    return stack.get(service, "/metrics", expect=200)


def test_a_worker_that_was_killed_fires_its_alerts_and_none_once_another_stands_in_its_place(tmp_path: Path) -> None:
    """On a system of its own: what other tests have left waiting would fire alerts too."""
    alive = 'sendero_worker_alive{part="relay",service="referrals"} 1.0'
    dead = alive.replace("1.0", "0.0")
    replaced = 'sendero_worker_missing{part="relay",service="referrals"} 0.0'
    with Stack(tmp_path) as stack:
        stack.start("referrals web", "referrals worker", "notifications web", "notifications worker")
        wait_until(lambda: alive in figures(stack, "referrals"), 120)
        stack.kill("referrals worker")
        wait_until(lambda: dead in figures(stack, "referrals"), 120, "the figures say that it is dead", every=0.5)
        must_fire(figures(stack, "referrals"), tmp_path, WorkerDead=3, WorkerMissing=3)
        must_fire(figures(stack, "notifications"), tmp_path)
        stack.start("referrals worker")
        wait_until(lambda: replaced in figures(stack, "referrals"), 120)
        must_fire(figures(stack, "referrals"), tmp_path)
