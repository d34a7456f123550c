"""A service whose handler makes one write per event, run by the product's own worker: `--only consumer`.

Its settings are those of a service called `load`; it reads the topic in LOAD_TOPIC.
"""

import os

from pymongo.database import Database

from shared import inbox, settings, telemetry, worker
from shared.events import Event


def booked(db: Database, event: Event) -> None:
    data = event.data or {}
    db.load_effects.insert_one({"_id": event.id, "case": event.key, "appointment": data["appointment_id"]})


def main() -> None:
    reading = inbox.Reading({"appointment.booked.v1": booked})
    telemetry.configure("load")
    worker.run(settings.load("load"), reading, [os.environ["LOAD_TOPIC"]], {}, {})


if __name__ == "__main__":
    main()
