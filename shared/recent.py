"""What changes seldom and is asked for with every request: an answer of the database, kept in the process for a moment.

Whoever uses it says why an answer that old is right. Nothing is kept of a read that raised.
"""

import time
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from pymongo.database import Database

MOST = 5000  # answers of one database; one more, and all are forgotten

Answer = TypeVar("Answer")
Name = TypeVar("Name", bound=Hashable)

_kept: WeakKeyDictionary[Database, dict[Hashable, tuple[float, Any]]] = WeakKeyDictionary()


def get(db: Database, name: Hashable, read: Callable[[], Answer], seconds: float) -> Answer:
    """What `read` answered at most so many seconds ago."""
    found: dict[None, Answer] = get_all(db, name, [None], lambda _: {None: read()}, seconds)
    return found[None]


def get_all(
    db: Database,
    kind: Hashable,
    names: Iterable[Name],
    read: Callable[[list[Name]], dict[Name, Answer]],
    seconds: float,
) -> dict[Name, Answer]:
    """The same for several of one kind: those that are missing are read at once. What `read` does not find is not
    kept."""
    kept = _kept.setdefault(db, {})
    now = time.monotonic()
    found, missing = {}, []
    for name in names:
        until, answer = kept.get((kind, name), (now, None))
        if until > now:
            found[name] = answer
        else:
            missing.append(name)
    if missing:
        new = read(missing)
        if len(kept) + len(new) > MOST:
            kept.clear()
        kept.update({(kind, name): (now + seconds, answer) for name, answer in new.items()})
        found |= new
    return found


def forget(db: Database) -> None:
    """Whatever is kept of this database: somebody in this process has just changed it, and wants to see that."""
    _kept.pop(db, None)
