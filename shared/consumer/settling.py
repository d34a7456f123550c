"""Records become done, parked, or dead letters: together while all goes well, one by one when it does not."""

import time

from pymongo.database import Database

from shared import inbox, mongo
from shared.consumer.positions import stop, stopped
from shared.inbox import Reading, Record
from shared.telemetry import log

ATTEMPTS = 3
STOP_AFTER_CASES = 10
RELEASE_SECONDS = 5.0
TRANSACTION_SECONDS = 0.25


class Settler:
    """Hands records to the inbox; ten cases in a row that fail stop the consumer, since then the fault is ours."""

    def __init__(self, db: Database, reading: Reading) -> None:
        self.db = db
        self.reading = reading
        self._failed_cases: list[str] = []
        self._unreleased: dict[str, None] = {}
        self._at_once = 1

    def settle(self, records: list[Record], until: float) -> int:
        """How many of the records, from the first, are settled. Fewer than all: the database is away, the consumer was
        stopped, or it is later than `until` (monotonic); the first one is tried all the same."""
        done = 0
        while done < len(records) and (not done or time.monotonic() < until):
            part = records[done : done + self._at_once]
            settled = self._settle(part, until)
            done += settled
            if settled < len(part):
                break
        return done

    def _settle(self, records: list[Record], until: float) -> int:
        """Together or, when that fails by a fault of their own, one by one. A transaction that the database could not
        end (it is away, or this was too much for the time that a transaction may take) is tried with half as many."""
        begun = time.monotonic()
        try:
            self._take(records)
            self._fit(len(records), time.monotonic() - begun)
            return len(records)
        except Exception as error:  # noqa: BLE001 - one of the three loops: sorted into transient and the record's own
            if mongo.is_transient(error):
                self._at_once = max(len(records) // 2, 1)
                log.warning("not settled; will go on", records=len(records), error=type(error).__name__)
                return 0
        done = 0
        try:
            for done, record in enumerate(records):
                late = done and time.monotonic() > until
                if late or stopped(self.db) or not self._alone(record):
                    return done
        except Exception as error:
            if mongo.is_transient(error):
                return done
            raise
        return len(records)

    def _fit(self, records: int, seconds: float) -> None:
        """Whoever else writes what a handler has written waits until the transaction ends, so it is to be short."""
        if seconds > TRANSACTION_SECONDS:
            self._at_once = max(int(records * TRANSACTION_SECONDS / seconds), 1)
        elif records >= self._at_once and seconds < TRANSACTION_SECONDS / 2:
            self._at_once *= 2

    def _take(self, records: list[Record]) -> None:
        taken = inbox.take(self.db, self.reading, records)
        if taken.handled:
            self._failed_cases.clear()
        self._unreleased.update(dict.fromkeys(taken.cases))
        self.go_on()

    def go_on(self) -> None:
        """With cases of which parked events may be next, for a while: what is left has its turn after the next
        records. Dies here: the sweep over gaps finds them."""
        until = time.monotonic() + RELEASE_SECONDS
        for case in list(self._unreleased):
            _, whole = inbox.release_for(self.db, self.reading, case, until - time.monotonic())
            if whole:
                del self._unreleased[case]

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
