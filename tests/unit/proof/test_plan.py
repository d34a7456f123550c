"""The plan of faults of a proof run: drawn, complete, and never so that something stays down for ever."""

import pytest

from shared.due import rows
from shared.relay import carrier
from tests.proof import plan
from tests.proof.__main__ import FAULTS, SHORT_FAULTS

FULL = plan.plan(seed=1, count=FAULTS)
SHORT = plan.plan(seed=1, count=SHORT_FAULTS, short=True)


def at_once(faults: list[plan.Fault], moment: float) -> list[plan.Fault]:
    return [fault for fault in faults if fault.at <= moment < fault.at + plan.lasts(fault) - 0.01]


def test_the_same_seed_draws_the_same_plan() -> None:
    assert plan.plan(7, 60) == plan.plan(7, 60)
    assert plan.plan(7, 15, short=True) == plan.plan(7, 15, short=True)


def test_another_seed_draws_another_plan() -> None:
    assert plan.plan(7, 60) != plan.plan(8, 60)


def test_a_full_plan_has_at_least_60_faults_and_every_kind_several_times() -> None:
    assert len(FULL) >= 60
    counts = {row.kind: sum(fault.kind == row.kind for fault in FULL) for row in plan.ROWS}
    assert {kind: count for kind, count in counts.items() if count < 2} == {}


def test_a_full_plan_kills_every_process_and_at_every_named_moment() -> None:
    killed = {fault.target for fault in FULL if fault.kind == "kill"}
    assert killed == {*plan.WEB, *plan.ALL_IN_ONE, *plan.APART}
    met = {fault.target for fault in FULL if fault.kind == "kill-at"}
    assert met == {target for row in plan.ROWS if row.kind == "kill-at" for target in row.targets}


def test_pauses_are_longer_than_what_they_are_to_outlast() -> None:
    shortest = {"consumer": 6, "relay": carrier.LEASE_SECONDS, "sending": rows.LEASE_SECONDS}
    pauses = [fault for fault in (*FULL, *SHORT) if fault.kind == "pause"]
    for fault in pauses:
        assert fault.seconds > shortest.get(fault.target.partition(" ")[2], 0), fault


def test_a_short_plan_has_every_one_of_its_kinds() -> None:
    assert sorted(fault.kind for fault in SHORT) == sorted(kind for kind, _ in plan.SHORT)
    assert plan.length(SHORT) < 120


@pytest.mark.parametrize("seed", range(20))
def test_faults_that_go_on_together_touch_different_things(seed: int) -> None:
    for faults in (plan.plan(seed, FAULTS), plan.plan(seed, SHORT_FAULTS, short=True)):
        for fault in faults:
            going = at_once(faults, fault.at)
            used = [part for one in going for part in one.uses]
            assert len(used) == len(set(used)), going
            assert len(going) <= plan.AT_ONCE


@pytest.mark.parametrize("seed", range(5))
def test_faults_overlap(seed: int) -> None:
    faults = plan.plan(seed, FAULTS)
    assert sum(len(at_once(faults, fault.at)) > 1 for fault in faults) > 20


def test_they_begin_one_after_the_other() -> None:
    assert [fault.at for fault in FULL] == sorted(fault.at for fault in FULL)


def test_servers_that_were_given_are_left_in_peace() -> None:
    faults = plan.plan(1, 60, servers=False)
    assert len(faults) == 60
    assert not [fault for fault in faults if fault.kind.startswith(plan.OF_SERVERS)]
