"""`python -m tests.load [ROW …]`: measures, prints the table, keeps it; exit 1 when a row with a baseline is below what
is wanted."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from shared import clock
from tests.load import by_database, by_http, by_kafka, cancelling, drawing, grown, people, servers, table
from tests.load.system import System

Measure = Callable[[System, int, bool], Iterable[table.Row]]
ROWS: dict[str, Measure] = {
    "booking": by_http.booking,
    "listing": by_http.listing,
    "race": people.race,
    "rush": people.rush,
    "telling": people.telling,
    "relaying": by_kafka.relaying,
    "consuming": by_kafka.consuming,
    "grown": grown.grown,
    "expiring": by_database.expiring,
    "waiting": by_database.waiting,
    "cancelling": cancelling.cancelling,
    "drawing": drawing.drawing,
}


def main() -> int:
    given = _arguments()
    names = given.rows or list(ROWS)
    begun = clock.rfc3339(clock.now())
    with servers.addresses(given.containers) as (addresses, words), tempfile.TemporaryDirectory() as folder:
        print(f"servers: {words}", flush=True)
        rows = []
        for name in names:
            with System(Path(folder) / name, addresses) as system:
                for row in ROWS[name](system, given.rounds, given.short):
                    print(table.show([row]), flush=True)
                    rows.append(row)
    machine = table.machine()
    print(f"\n{machine['cores']} cores, {machine['processor']}; {words}; median (least-greatest) of {given.rounds}")
    print(table.show(rows))
    about = {"begun": begun, "machine": machine, "servers": words, "rounds": given.rounds, "short": given.short}
    table.keep(rows, about, given.report)
    return 1 if any(row.passed is False for row in rows) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", choices=[[], *ROWS], help=f"of {', '.join(ROWS)}; all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--short", action="store_true", help="a look whether it all works, not a measurement")
    parser.add_argument("--no-containers", dest="containers", action="store_false", help="use the local broker")
    parser.add_argument("--report", type=Path, default=Path("load/report.json"))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
