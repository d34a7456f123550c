"""What happened outside is noted, whatever befalls the database meanwhile."""

import time
from collections.abc import Callable

from pymongo.database import Database
from pymongo.errors import PyMongoError

from shared import leases, mongo
from shared.due.rows import LEASE_SECONDS, Work
from shared.telemetry import log

PAUSE_SECONDS = 0.5


def insist(db: Database, work: Work, note: Callable[[], None]) -> None:
    """Calls `note`, which finishes the work, again and again while the database is away or in conflict: to give up
    would be to do a second time, when the database is back, what was already done. It ends when the lease has: Raises
    leases.Lost, and what lies in `note` itself at once."""
    until = time.monotonic() + LEASE_SECONDS
    while True:
        try:
            return note()
        except PyMongoError as error:
            if not mongo.is_transient(error):
                raise
            if time.monotonic() > until:
                raise leases.Lost(work.id) from error
            log.warning("done but not noted yet", work=work.id, kind=work.kind, error=type(error).__name__)
            time.sleep(PAUSE_SECONDS)
