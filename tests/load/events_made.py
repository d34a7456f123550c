"""Events like those of the product: the golden sample of a booking, each with an id and a case of its own."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

from shared import events

SAMPLE = Path(__file__).parents[1] / "contracts" / "samples" / "booking" / "appointment.booked.v1.json"


def bookings(topic: str, count: int) -> Iterator[events.Event]:
    data = json.loads(SAMPLE.read_text())["value"]
    for _ in range(count):
        case = str(uuid.uuid4())
        yield events.Event(
            "appointment.booked.v1",
            case,
            data | {"appointment_id": str(uuid.uuid4())},
            topic=topic,
            sequence=1,
            source="/sendero/booking",
            correlation=case,
            causation=str(uuid.uuid4()),
            traceparent=events.trace(),
        )
