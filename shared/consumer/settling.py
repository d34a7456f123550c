"""Records become done, parked, or dead letters: together while all goes well, one by one when it does not."""

import time

from pymongo.database import Database

from shared import inbox, mongo
from shared.consumer.positions import stop, stopped
from shared.inbox import Reading, Record
from shared.telemetry import log

ATTEMPTS = 3
STOP_AFTER_CASES = 10


class Settler:
    """Hands records to the inbox; ten cases in a row that fail stop the consumer, since then the fault is ours."""

    def __init__(self, db: Database, reading: Reading) -> None:
        self.db = db
        self.reading = reading
        self._failed_cases: list[str] = []

    def settle(self, records: list[Record]) -> int:
        """How many of the records, from the first, are settled. Fewer than all: the database is away, or the consumer
        was stopped."""
        try:
            self._take(records)
            return len(records)
        except Exception as error:  # noqa: BLE001 - one of the three loops: sorted into transient and the record's own
            if mongo.is_transient(error):
                log.warning("database away; will go on", error=type(error).__name__)
                return 0
        try:
            for done, record in enumerate(records):
                if stopped(self.db) or not self._alone(record):
                    return done
        except Exception as error:
            if mongo.is_transient(error):
                return done
            raise
        return len(records)

    def _take(self, records: list[Record]) -> None:
        taken = inbox.take(self.db, self.reading, records)
        if taken.handled:
            self._failed_cases.clear()
        for case in taken.cases:
            inbox.release(self.db, self.reading, case)

    def _alone(self, record: Record) -> bool:
        """One record in a transaction of its own, a few times; then it is set aside. False for a transient cause."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._take([record])
                return True
            except Exception as error:  # noqa: BLE001 - see settle
                if mongo.is_transient(error):
                    return False
                failure = error
                time.sleep(0.1 * attempt)
        inbox.set_aside(self.db, record, failure, ATTEMPTS)
        self._count(record.case(), failure)
        return True

    def _count(self, case: str, failure: Exception) -> None:
        if case not in self._failed_cases:
            self._failed_cases.append(case)
        if len(self._failed_cases) >= STOP_AFTER_CASES:
            stop(self.db, f"{STOP_AFTER_CASES} cases in a row failed, last with {type(failure).__name__}")
            self._failed_cases.clear()
