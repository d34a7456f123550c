"""Work of the same moment, done in one go."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.together import Together
from tests.wait import wait_until


class Wrong(Exception):
    """Of one piece of work."""


class Goes:
    """Notes each go; the first waits until it is let go on, so that others gather behind it."""

    def __init__(self) -> None:
        self.seen: list[list[int]] = []
        self.go_on = threading.Event()

    def __call__(self, _db: Any, work: list[int]) -> list[Wrong | None]:
        """Below zero fails the whole go, 100 and above is refused alone."""
        self.seen.append(sorted(work))
        if len(self.seen) == 1:
            self.go_on.wait(20)
        if any(number < 0 for number in work):
            raise Wrong
        return [Wrong() if number >= 100 else None for number in work]


class Place:
    """Stands for a database: something that work belongs to."""


def gather(
    goes: Goes, behind: list[int], together: Together[int] | None = None, place: Place | None = None
) -> list[Any]:
    """Work 0 first, alone; what becomes of each of the others, which come while it is done."""
    together, db = together or Together[int](goes, 8, (Wrong,)), place or Place()
    with ThreadPoolExecutor(len(behind) + 1) as threads:
        first = threads.submit(together.add, db, 0)  # type: ignore[arg-type]
        wait_until(lambda: goes.seen, what="the first works")
        others = [threads.submit(together.add, db, number) for number in behind]  # type: ignore[arg-type]
        wait_until(lambda: len(together._lines[db].waiting) == len(behind), what="the others wait")  # type: ignore[index]
        goes.go_on.set()
        first.result(20)
        return [one.exception(20) for one in others]


def test_who_comes_while_one_works_is_done_with_the_others_in_one_go() -> None:
    goes = Goes()
    assert gather(goes, [1, 2, 3]) == [None, None, None]
    assert goes.seen == [[0], [1, 2, 3]]


def test_a_go_takes_no_more_than_it_may() -> None:
    goes = Goes()
    gather(goes, [1, 2, 3, 4, 5], Together[int](goes, 2, (Wrong,)))
    assert [len(group) for group in goes.seen] == [1, 2, 2, 1]


def test_a_go_that_fails_is_done_one_by_one_and_each_hears_of_its_own_failure_only() -> None:
    goes = Goes()
    outcomes = gather(goes, [1, -2, 3])
    assert [type(one) for one in outcomes] == [type(None), Wrong, type(None)]
    assert goes.seen[:2] == [[0], [-2, 1, 3]]
    assert sorted(goes.seen[2:]) == [[-2], [1], [3]]


def test_one_who_is_refused_hears_of_it_and_the_others_of_its_go_are_done() -> None:
    goes = Goes()
    outcomes = gather(goes, [1, 100, 3])
    assert [type(one) for one in outcomes] == [type(None), Wrong, type(None)]
    assert goes.seen == [[0], [1, 3, 100]]


def test_one_who_fails_alone_is_not_done_again() -> None:
    goes = Goes()
    goes.go_on.set()
    with pytest.raises(Wrong):
        Together[int](goes, 8, (Wrong,)).add(Place(), -1)  # type: ignore[arg-type]
    assert goes.seen == [[-1]]


def test_as_many_as_were_there_a_moment_ago_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.together.REMEMBERED", 60)
    goes = Goes()
    together, db = gathered(goes)
    monkeypatch.setattr("shared.together.PATIENCE", 20)
    with ThreadPoolExecutor(3) as threads:
        again = [threads.submit(together.add, db, number) for number in (4, 5)]  # type: ignore[arg-type]
        wait_until(lambda: len(together._lines[db].waiting) == 2, what="two of three wait")  # type: ignore[index]
        assert len(goes.seen) == 2
        again.append(threads.submit(together.add, db, 6))  # type: ignore[arg-type]
        for one in again:
            one.result(20)
    assert goes.seen[2:] == [[4, 5, 6]]


def test_one_who_stays_away_is_waited_for_no_longer_than_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.together.REMEMBERED", 60)
    goes = Goes()
    together, db = gathered(goes)
    monkeypatch.setattr("shared.together.PATIENCE", 0.05)
    begun = time.monotonic()
    together.add(db, 4)  # type: ignore[arg-type]
    assert goes.seen[2:] == [[4]]
    assert time.monotonic() - begun >= 0.05
    together.add(db, 5)  # type: ignore[arg-type]
    assert goes.seen[3:] == [[5]]


def test_who_was_there_long_ago_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.together.REMEMBERED", 0)
    goes = Goes()
    together, db = gathered(goes)
    monkeypatch.setattr("shared.together.PATIENCE", 20)
    together.add(db, 4)  # type: ignore[arg-type]
    assert goes.seen[2:] == [[4]]


def gathered(goes: Goes) -> tuple[Together[int], Place]:
    """Three have just been done in one go, behind a first one."""
    together, db = Together[int](goes, 8, (Wrong,)), Place()
    gather(goes, [1, 2, 3], together, db)
    return together, db
