"""Work of requests that come at the same moment, done in one go: a transaction costs much the same for several.

Whoever comes while nobody works begins at once, alone. Who comes meanwhile waits for the end of that, and then one of
them does the work of all who wait. So nobody waits for company, and the more there is to do, the less each costs.

A go that fails does not say for whom it failed: each of it is done again alone, and hears of its own failure only. So
`do` must be able to run again after it failed, as a transaction is, which has left nothing.
"""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from pymongo.database import Database
from pymongo.errors import PyMongoError

Work = TypeVar("Work")


class _Waiting(Generic[Work]):
    def __init__(self, work: Work) -> None:
        self.work = work
        self.tried = False
        self.done = False


class _Line(Generic[Work]):
    """Those who wait, of one database."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.waiting: list[_Waiting[Work]] = []


class Together(Generic[Work]):
    """At most `most` in one go. `refusals`: what `do` raises besides the database's own errors."""

    def __init__(
        self, do: Callable[[Database, list[Work]], None], most: int, refusals: tuple[type[Exception], ...]
    ) -> None:
        self._do = do
        self._most = most
        self._expected: tuple[type[Exception], ...] = (PyMongoError, *refusals)
        self._lines: WeakKeyDictionary[Database, _Line[Work]] = WeakKeyDictionary()

    def add(self, db: Database, work: Work) -> None:
        """Returns when it is done. Raises what it failed with."""
        line, mine = self._lines.setdefault(db, _Line()), _Waiting(work)
        line.waiting.append(mine)
        while not mine.tried:
            with line.turn:
                if not mine.tried:
                    self._go(db, line)
        if not mine.done:
            self._do(db, [work])

    def _go(self, db: Database, line: _Line[Work]) -> None:
        group = line.waiting[: self._most]
        del line.waiting[: len(group)]  # whoever came in this instant stands behind them
        try:
            self._do(db, [one.work for one in group])
            for one in group:
                one.done = True
        except self._expected:
            if len(group) == 1:
                raise
        finally:
            for one in group:
                one.tried = True
