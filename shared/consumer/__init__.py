"""Reads topics into the inbox: at least once from Kafka, once in effect, and nothing passed over.

An offset is committed after the transactions that handled what lies before it. Dies in between: the records come
again and the inbox ignores them. A slice of records shares one transaction; when that fails, each is done again
alone, so that one bad record costs only itself. Causes outside the record (database away, write conflict) pause
everything and are tried again for as long as it takes, while polling goes on so that the group keeps its member. All
partitions are paused, never some: a kafka-python consumer can lose a partition that was paused alone.

A log that was lost (topic made anew, or ending before where we were) would be skipped silently by kafka-python. So
the id of each topic is kept beside the position reached; when it differs, the partition is read from its beginning.
"""

from shared.consumer.member import Consumer
from shared.consumer.positions import COLLECTIONS, health, resume, stopped

__all__ = ["COLLECTIONS", "Consumer", "health", "resume", "stopped"]
