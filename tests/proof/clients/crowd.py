"""All who use the system, on a few threads: each thread takes up whoever wants to go on, else somebody new.

Who has booked waits for the first word of it, and when too many wait nobody new comes: as fast as a machine can tell
people, so fast they come, and a run does not end with thousands of messages that it had no time for.
"""

import heapq
import itertools
import json
import random
import threading
import time
from typing import Any

from tests.proof.clients import people, scripts
from tests.proof.clients.asking import Asker, Ended, Log
from tests.proof.clients.hands import Hands, Script
from tests.proof.clients.postbox import Listener
from tests.proof.clients.staff import Account

THREADS = 10
A_SECOND = 8  # cases begun at most
ON_THEIR_WAY = 240  # people who have come and have not yet been told: at so many nobody else comes
LOOKED_AGAIN = 1.0  # after so many seconds, whether somebody who went home has been told
CLERK = "clerk@sendero.test"
LEADS = ("lead-1@sendero.test", "lead-2@sendero.test")
OFFICERS = ("officer-1@sendero.test", "officer-2@sendero.test")


class Crowd:
    """`system`: tests/proof/system.py, or whatever has its `url`, `office` and `folder`."""

    def __init__(self, system: Any, cases: int, seed: int) -> None:
        self.system = system
        self.cases = cases
        self.seed = seed
        self._allowed = 0
        self._begun = 0
        self._next_begins = 0.0
        self._finished = 0
        self._waiting: list[tuple[float, int, people.Case, Script]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._failed: list[BaseException] = []
        self._gone_home: set[people.Case] = set()  # who had waited long enough, and are still to be told
        self._listener = Listener(system.url("postbox"), system.folder / "clients" / "postbox.jsonl")
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(THREADS)]

    def start(self) -> None:
        about = {"seed": self.seed, "cases": self.cases}
        (self.system.folder / "clients" / "crowd.json").write_text(json.dumps(about))
        self._listener.start()
        for thread in self._threads:
            thread.start()

    def allow(self, count: int) -> None:
        """No more than so many cases are begun, until more are allowed."""
        with self._changed:
            self._allowed = min(count, self.cases)
            self._changed.notify_all()

    def begun(self) -> int:
        return self._begun

    def progress(self) -> tuple[int, int]:
        """Cases finished, cases in all."""
        return self._finished, self.cases

    def stop_beginning(self) -> None:
        self.allow(self._begun)

    def wait(self, seconds: float) -> bool:
        """Whether everybody who has begun has come to an end, within so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._finished >= self._begun or bool(self._failed), seconds)

    def close(self) -> None:
        """Everybody goes home; who still waited for an answer is in the log as `ended`. Raises what broke a thread of
        the crowd itself."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(30)
        self._listener.close()
        if self._failed:
            raise RuntimeError("the crowd itself failed") from self._failed[0]

    def _run(self, number: int) -> None:
        log = Log(self.system.folder / "clients" / f"crowd-{number}.jsonl")
        chance = random.Random(f"{self.seed} thread {number}")
        asker = Asker(f"c{number}", log, chance, self._stopped)
        booking = self.system.url("booking")
        clerk, lead_1, lead_2, officer_1, officer_2 = (
            Account(asker, booking, email) for email in (CLERK, *LEADS, *OFFICERS)
        )
        hands = Hands(
            asker,
            clerk=clerk,
            clerk_of_referrals=Account(asker, self.system.url("referrals"), CLERK),
            leads=(lead_1, lead_2),
            officers=(officer_1, officer_2),
            booking=booking,
            office=self.system.office,
            reached=self._listener.reached,
            gone_home=self._gone_home,
            chance=chance,
        )
        try:
            while (taken := self._next()) is not None:
                self._go_on(*taken, hands)
        except Ended:
            return
        except BaseException as error:
            self._failed.append(error)
            with self._changed:
                self._changed.notify_all()
            raise
        finally:
            log.close()

    def _next(self) -> tuple[people.Case, Script] | None:
        with self._changed:
            while not self._stopped.is_set():
                now = time.monotonic()
                if self._waiting and self._waiting[0][0] <= now:
                    return heapq.heappop(self._waiting)[2:]
                if self._may_begin() and self._next_begins <= now:
                    self._begun += 1
                    self._next_begins = now + 1 / A_SECOND
                    case = people.case(self.seed, self._begun - 1)
                    script = scripts.of(case)
                    next(script)
                    return case, script
                self._changed.wait(self._until_next(now))
        return None

    def _may_begin(self) -> bool:
        return self._begun < self._allowed and self._begun - self._finished + self._untold() < ON_THEIR_WAY

    def _untold(self) -> int:
        reached, waiting = self._listener.reached, tuple(self._gone_home)
        self._gone_home.difference_update(one for one in waiting if not reached.isdisjoint((one.email, one.phone)))
        return len(self._gone_home)

    def _until_next(self, now: float) -> float | None:
        """Seconds until somebody wants to go on, or the next one may begin; None: until something changes."""
        wanted = [self._waiting[0][0]] if self._waiting else []
        wanted += [self._next_begins] if self._may_begin() else []
        wanted += [now + LOOKED_AGAIN] if self._gone_home else []
        return max(min(wanted) - now, 0) if wanted else None

    def _go_on(self, case: people.Case, script: Script, hands: Hands) -> None:
        try:
            pause = script.send(hands)
        except StopIteration:
            with self._changed:
                self._finished += 1
                self._changed.notify_all()
            return
        with self._changed:
            heapq.heappush(self._waiting, (time.monotonic() + pause, next(self._numbers), case, script))
            self._changed.notify()
