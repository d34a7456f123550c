"""Nobody's data stand in the clear: in no topic, log, metric, dead letter or any other row of a datastore. The sealed
topic holds them too, but sealed, so that nothing is to be found there either."""

from collections import Counter
from collections.abc import Iterator

from tests.proof.checker.evidence import Evidence
from tests.proof.checker.findings import PERSONAL, Found


def found(e: Evidence) -> Iterator[Found]:
    for (where, writing, case), number in Counter((one.where, one.writing, one.case) for one in e.leaks).items():
        yield Found(PERSONAL, f"{where}: {writing}, {number} times", case)
