"""How often no place was left: counted without a write for each."""

import threading
from datetime import date
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandListener

from services.booking import model, refusals, refused, store
from shared import mongo
from tests.integration.booking.conftest import add_slot, race
from tests.integration.booking.slots import book
from tests.unit.booking.pilots import a_pilot


class Writes(CommandListener):
    def __init__(self) -> None:
        self.of_refusals = 0

    def started(self, event: Any) -> None:
        self.of_refusals += "refused_days" in map(str, event.command.values())

    def succeeded(self, event: Any) -> None:
        pass

    def failed(self, event: Any) -> None:
        pass


def test_a_race_for_a_full_time_is_counted_by_one_write_for_all_who_were_refused(
    db: Database, office: model.Office, today: date
) -> None:
    slot, writes, settings = add_slot(db, capacity=2), Writes(), mongo.settings(db)
    client: MongoClient = MongoClient(settings.mongo_uri, tz_aware=True, event_listeners=[writes])
    with client:
        mine = mongo.ServiceDatabase(client, db.name, settings)
        answers = race(12, lambda _: book(mine, slot).status)
        assert answers.count(refusals.SlotTaken) == 10
        assert writes.of_refusals == 0
        refused.write(mine)
        assert writes.of_refusals == 1
        refused.write(mine)
        assert writes.of_refusals == 1
    (row,) = db.refused_days.find()
    assert (row["refused"], row["day"], row["office_id"], row["pathway_id"]) == (
        10,
        today.isoformat(),
        "guatemala",
        "orientation",
    )
    assert set(row) == {"_id", "refused", "day", "week", "office_id", "pathway_id"}


def test_two_processes_add_to_one_row_and_the_report_tells_it(db: Database, office: model.Office, today: date) -> None:
    gate = threading.Barrier(2)

    def one(number: int) -> None:
        refused.note(db, [("guatemala", "orientation", today)] * 3)
        gate.wait()
        refused.write(db)

    race(2, one)
    refused.write(db)
    pilot = a_pilot(first=today, last=today, opens_on=today)
    found = store.pilots.counted(db, pilot)
    assert found["office"]["guatemala"].refused == found["pathway"]["orientation"].refused == 6
    assert "language" not in found


def test_what_cannot_be_written_is_lost_and_nobody_fails(db: Database, office: model.Office, today: date) -> None:
    settings = mongo.settings(db)
    client: MongoClient = MongoClient(settings.mongo_uri, tz_aware=True)
    gone = mongo.ServiceDatabase(client, db.name, settings)
    refused.note(gone, [("guatemala", "orientation", today)])
    client.close()
    refused.write(gone)
    assert db.refused_days.count_documents({}) == 0
