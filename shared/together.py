"""Work of requests that come at the same moment, done in one go: a transaction costs much the same for several.

Whoever comes while nobody works begins at once. Who comes meanwhile waits for the end of that, and then one of them
does the work of all who wait. As many as were there a moment ago are likely to come again, each with the next request
of its thread: they are waited for, a few milliseconds. So the more there is to do, the less each costs, and who is
alone waits for nobody.

A go says for each what it was refused with. One that fails does not say for whom: each of it is done again alone, and
hears of its own failure only. So `do` must be able to run again after it failed, as a transaction is, which has left
nothing.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from pymongo.database import Database
from pymongo.errors import PyMongoError

Work = TypeVar("Work")
Refused = Exception | None  # None: it is done
# seconds that a go waits for those who were there last time: about what a thread needs from an answer to its next work
PATIENCE = 0.004
REMEMBERED = 0.02  # seconds after the end of a go


class _Waiting(Generic[Work]):
    def __init__(self, work: Work) -> None:
        self.work = work
        self.tried = False
        self.failed = True
        self.refused: Refused = None


class _Line(Generic[Work]):
    """Those who wait, of one database; and how many there were in the last go, or waited when it ended."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.changed = threading.Condition()
        self.waiting: list[_Waiting[Work]] = []
        self.expected = 1
        self.ended = float("-inf")


class Together(Generic[Work]):
    """At most `most` in one go. `do` returns what each was refused with; it raises the database's own errors, and
    `failures`, which it need not put down to one of them."""

    def __init__(
        self,
        do: Callable[[Database, list[Work]], Sequence[Refused]],
        most: int,
        failures: tuple[type[Exception], ...],
    ) -> None:
        self._do = do
        self._most = most
        self._expected: tuple[type[Exception], ...] = (PyMongoError, *failures)
        self._lines: WeakKeyDictionary[Database, _Line[Work]] = WeakKeyDictionary()

    def add(self, db: Database, work: Work) -> None:
        """Returns when it is done. Raises what it was refused with, or failed with."""
        line, mine = self._lines.setdefault(db, _Line()), _Waiting(work)
        with line.changed:
            line.waiting.append(mine)
            line.changed.notify_all()
        self._see_done(db, line, mine)

    def _see_done(self, db: Database, line: _Line[Work], mine: _Waiting[Work]) -> None:
        while not mine.tried:
            with line.turn:
                if not mine.tried:
                    self._go(db, line)
        if mine.failed:
            (mine.refused,) = self._do(db, [mine.work])
        if mine.refused:
            raise mine.refused

    def _go(self, db: Database, line: _Line[Work]) -> None:
        with line.changed:
            if time.monotonic() - line.ended < REMEMBERED:
                line.changed.wait_for(lambda: len(line.waiting) >= line.expected, PATIENCE)
            group = line.waiting[: self._most]
            del line.waiting[: len(group)]
        try:
            for one, refused in zip(group, self._do(db, [one.work for one in group]), strict=True):
                one.failed, one.refused = False, refused
        except self._expected:
            if len(group) == 1:
                raise
        finally:
            for one in group:
                one.tried = True
            with line.changed:
                line.expected, line.ended = min(len(group) + len(line.waiting), self._most), time.monotonic()
