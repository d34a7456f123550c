"""What changes seldom and is asked for with every request: an answer of the database, kept in the process for a moment.

Whoever uses it says why an answer that old is right. Nothing is kept of a read that raised.
"""

import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from pymongo.database import Database

MOST = 5000  # answers of one database; one more, and all are forgotten

Answer = TypeVar("Answer")

_kept: WeakKeyDictionary[Database, dict[Hashable, tuple[float, Any]]] = WeakKeyDictionary()


def get(db: Database, name: Hashable, read: Callable[[], Answer], seconds: float) -> Answer:
    """What `read` answered at most so many seconds ago."""
    kept = _kept.setdefault(db, {})
    now = time.monotonic()
    until, answer = kept.get(name, (now, None))
    if until > now:
        return answer
    answer = read()
    if len(kept) >= MOST:
        kept.clear()
    kept[name] = (now + seconds, answer)
    return answer
