"""Waiting for something to become true: the only place of the tests that sleeps."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], timeout: float = 30, what: str = "", every: float = 0.02) -> T:
    """The first true answer of `condition`. An AssertionError inside it means "not yet"; the last one is shown. Asked
    once more when the time is over: on a machine that stood still for a while, the time alone says nothing."""
    deadline = time.monotonic() + timeout
    while True:
        over, failure = time.monotonic() > deadline, None
        try:
            answer = condition()
            if answer:
                return answer
        except AssertionError as error:
            answer, failure = None, error
        if over:
            named = what or getattr(condition, "__name__", "the condition")
            raise AssertionError(f"{named}: not within {timeout} s (last answer: {answer!r})") from failure
        time.sleep(every)


def lasts(seconds: float) -> None:
    """For what has a length of its own, such as a fault: whoever waits for something asks `wait_until`."""
    time.sleep(seconds)
