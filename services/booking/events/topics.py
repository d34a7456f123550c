"""The topics that booking owns."""

from typing import Any

from shared.events import Topic

BOOKING = "booking"
PEOPLE = "people"
TOPICS = {
    BOOKING: Topic(partitions=12),
    PEOPLE: Topic(partitions=12, compacted=True),
}


Data = dict[str, Any]
