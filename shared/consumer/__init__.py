"""Reads topics into the inbox: at least once from Kafka, once in effect, and nothing passed over.

A turn, and what happens when the process dies after each step:

1. *Poll.* Positions move in memory only. Dies: another member begins at the committed offsets.
2. *Compare*, at a new assignment and before anything of it is handled: has Kafka cut the log off before we had read
   it? kafka-python would go on silently where it now begins; here it is told (losses.py).
3. *Settle.* As many records as the time allows, mark and effect of each in one transaction; when that fails by a
   fault of theirs each is done again alone, so that one bad record costs only itself, and after a few tries it is set
   aside as a dead letter, in a transaction as well. Dies before a commit: nothing happened. After: the records come
   again, and the inbox ignores them.
4. *Release* what is parked behind them, each in a transaction of its own. Dies in between: the repeated record, or at
   last the sweep over gaps, sets the rest going.
5. *Commit* the offsets of what was settled, never the position of the poll. Dies before: as after 3. A member that
   was paused for longer than its session finds at its commit that the partition is another's (`False`): what it
   handled late was refused by the other's marks, or was the first to be marked; either way it had its effect once.
6. *Rewind* whatever was polled and not settled: it comes again with the next poll.

Causes outside the record (database away, write conflict) pause everything and are tried again for as long as it takes,
while polling goes on so that the group keeps its member; a transaction that was too much for its time is tried with
half the records. All partitions are paused, never some: a kafka-python consumer can lose a partition that was paused
alone. No turn holds records for longer than a few seconds, however slow the handlers are, so the interval between two
polls stays far below the one that the group allows, and a rebalance waits for nobody.

A log that was lost (topic made anew, or ending before where we were) would be skipped silently by kafka-python. So
the id of each topic is kept beside the position reached; when it differs, the partition is read from its beginning.

A process that leaves closes its client, which tells the group: the others have its partitions with their next heartbeat
and wait for no session to end.
"""

from shared.consumer.member import Consumer
from shared.consumer.positions import COLLECTIONS, health, resume, stopped

__all__ = ["COLLECTIONS", "Consumer", "health", "resume", "stopped"]
