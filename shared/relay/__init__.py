"""Carries the outbox to Kafka: one relay per service at a time, in order, and again from the start when the log is
lost.

A turn, and what happens when the process dies after each step:

1. *Lease.* One process holds it. Dies: the lease runs out and another goes on.
2. *Number.* In one transaction with a check of the lease, waiting rows get the next positions. The transaction is a
   snapshot and a case's sequence is the order of its commits, so a row is never seen without its predecessors:
   sorting each case's rows by sequence puts them in order for good. Dies before the commit: nothing happened. After:
   the rows have their place.
3. *Send* the rows after `acknowledged`, in order of position, with `acks=all` and idempotence. Dies here: the next
   relay sends the same rows again, in the same order.
4. *Mark.* When every row of the slice is acknowledged: in one transaction with a check of the lease, `acknowledged`
   moves on and the rows become archive. Dies between 3 and 4: the slice is sent again.

So what can go wrong is repetition only, never omission: a row is passed over only after its acknowledgement was
written. A relay that was paused and wakes up late can still hand its slice to the broker, but those rows were sent
in this order before (whoever took over began at the same `acknowledged`), and it cannot mark them: its lease check
fails. A reader ignores what it has seen (event id, and a sequence it has passed), so repetition has no effect on it.
In a compacted topic such a late repetition can leave an older state as the last one of its key. Those who have read
the newer one ignore it; for those who begin later the present state is announced again whenever a relay takes over
from one that did not leave by itself, and once a day.

kafka-python's idempotent producer is dead for good after some errors and hangs after others, so after any failure it
is thrown away and a new one begins at the oldest row not acknowledged.
"""

from shared.relay.carrier import Relay, close_producer, new_producer
from shared.relay.ledger import Restate, in_order

__all__ = ["Relay", "Restate", "close_producer", "in_order", "new_producer"]
