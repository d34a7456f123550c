"""Work of requests that come at the same moment, done in one go: a transaction costs much the same for several.

Whoever comes while nobody works begins at once. Who comes meanwhile waits for the end of that, and then one of them
does the work of all who wait. Those who are on the way already (`coming`) are waited for as well, for a moment: so the
more there is to do, the less each costs, and who is alone waits for nobody.

A go says for each what it was refused with. One that fails does not say for whom: each of it is done again alone, and
hears of its own failure only. So `do` must be able to run again after it failed, as a transaction is, which has left
nothing.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from pymongo.database import Database
from pymongo.errors import PyMongoError

Work = TypeVar("Work")
Refused = Exception | None  # None: it is done
PATIENCE = 0.01


class _Waiting(Generic[Work]):
    def __init__(self, work: Work) -> None:
        self.work = work
        self.tried = False
        self.failed = True
        self.refused: Refused = None


class _Line(Generic[Work]):
    """Those who wait, and how many are on the way, of one database."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.changed = threading.Condition()
        self.waiting: list[_Waiting[Work]] = []
        self.coming = 0


class Together(Generic[Work]):
    """At most `most` in one go. `do` returns what each was refused with; it raises the database's own errors, and
    `failures`, which it need not put down to one of them. `patience`: how many seconds a go waits for those on
    the way."""

    def __init__(
        self,
        do: Callable[[Database, list[Work]], Sequence[Refused]],
        most: int,
        failures: tuple[type[Exception], ...],
        patience: float = PATIENCE,
    ) -> None:
        self._do = do
        self._most = most
        self._patience = patience
        self._expected: tuple[type[Exception], ...] = (PyMongoError, *failures)
        self._lines: WeakKeyDictionary[Database, _Line[Work]] = WeakKeyDictionary()

    def add(self, db: Database, work: Work) -> None:
        """Returns when it is done. Raises what it was refused with, or failed with."""
        with self.coming(db) as add:
            add(work)

    @contextmanager
    def coming(self, db: Database) -> Iterator[Callable[[Work], None]]:
        """For who prepares work that it will then `add`, once or not at all."""
        line, mine = self._lines.setdefault(db, _Line()), list[_Waiting[Work]]()

        def add(work: Work) -> None:
            mine.append(_Waiting(work))
            self._arrive(line, mine[0])
            self._see_done(db, line, mine[0])

        with line.changed:
            line.coming += 1
        try:
            yield add
        finally:
            if not mine:
                self._arrive(line, None)

    def _arrive(self, line: _Line[Work], mine: _Waiting[Work] | None) -> None:
        with line.changed:
            line.coming -= 1
            if mine:
                line.waiting.append(mine)
            line.changed.notify_all()

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
            line.changed.wait_for(lambda: not line.coming or len(line.waiting) >= self._most, self._patience)
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
