"""Carries the outbox to Kafka: one relay per service at a time, in order, and again from the start when the log is
lost.

A turn, and what happens when the process dies after each step:

1. *Lease.* One process holds it. Dies: the lease runs out and another goes on.
2. *Take.* In one snapshot, the first so many rows that wait, in the order that has every case in its order (outbox.py);
   what a row comes after in its case is sent already, or stands before it. Nothing is written. Dies: nothing happened.
3. *Send* them in that order, with `acks=all` and idempotence. Dies here: the next relay begins at the oldest row that
   still waits, so it sends the same rows again, each case in the same order, and perhaps new ones between those of
   other cases.
4. *Mark.* When every row of the slice is acknowledged: in one transaction with a check of the lease, the rows become
   archive. Dies between 3 and 4: the slice is sent again.
   While much waits, the next slice is handed over while this one is taken by the broker and the one before it is
   marked, so that three may be under way: the database, the producer and the broker work side by side. The order is
   the same, since all of them wait, first in line, until they are marked one after the other; three are sent again.

So what can go wrong is repetition only, never omission: a row stops waiting only after its acknowledgement. A relay
that was paused and wakes up late can still hand its slice to the broker, but it cannot mark it: its lease check fails.
Whoever took over began at rows no later than those, so whoever of the two brings a row first, the rows before it in
its case came before it, by the same sender or acknowledged earlier: the first appearances of a case's events stand in
order in the log. A reader ignores what it has seen (event id, and a sequence it has passed), so repetition has no
effect on it.
In a compacted topic such a late repetition can leave an older state as the last one of its key. Those who have read
the newer one ignore it; for those who begin later the present state is announced again whenever a relay takes over
from one that did not leave by itself, and once a day.

kafka-python's idempotent producer is dead for good after some errors and hangs after others, so after any failure it
is thrown away and a new one begins at the oldest row not acknowledged.
"""

from shared.relay.carrier import Relay, close_producer, new_producer
from shared.relay.ledger import Restate

__all__ = ["Relay", "Restate", "close_producer", "new_producer"]
