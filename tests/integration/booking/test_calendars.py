"""An office is given another calendar: what is taken, and what is refused."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from marshmallow import ValidationError
from pymongo.database import Database

from services.booking import commands, model, refusals, store, upkeep
from tests.integration.booking import between
from tests.integration.booking.calendars import REASON, a_rule, bring, slots_on
from tests.integration.booking.slots import book


def test_a_calendar_that_was_checked_with_what_is_not_so_any_more_is_refused(db: Database, today: date) -> None:
    bring(db)
    closed = {"closed": [{"first": today.isoformat(), "reason": REASON}]}
    meanwhile = {"opening": [a_rule(minutes=480)]}

    def change(own: Database) -> None:
        with pytest.raises(refusals.Changed):
            upkeep.set_calendar(own, "guatemala", {"exceptions": closed})

    assert between.run(db, change, 2, lambda: db.offices.update_one({}, {"$set": meanwhile}), longest=10)
    office = store.office(db, "guatemala")
    assert (office.opening, office.exceptions) == (tuple(meanwhile["opening"]), {"closed": []})


def test_a_calendar_that_is_not_right_changes_nothing(db: Database, today: date) -> None:
    bring(db)
    before = db.offices.find_one({}), db.slots.estimated_document_count()
    for said in (
        {"opening": [a_rule(), a_rule()]},
        {"timezone": "Nowhere"},
        {"openings": []},
        {"limits": {"protection": {}}},
    ):
        with pytest.raises(ValidationError):
            upkeep.set_calendar(db, "guatemala", said)
    with pytest.raises(refusals.UnknownOffice):
        upkeep.set_calendar(db, "nowhere", {})
    assert before == (db.offices.find_one({}), db.slots.estimated_document_count())


def test_an_office_with_a_calendar_that_is_not_right_is_not_loaded(db: Database, office: model.Office) -> None:
    row = {"id": "izabal", "timezone": "Nowhere", "pathways": []}
    with pytest.raises(ValidationError):
        upkeep.load(db, [], [row], [])
    assert db.offices.find_one({"_id": "izabal"}) is None


def test_the_command_tells_what_became_of_a_calendar_and_who_is_concerned(
    db: Database, today: date, tmp_path: Path
) -> None:
    bring(db)
    mine = book(db, slots_on(db, today + timedelta(days=1))[0])
    file = tmp_path / "calendar.json"

    def told(said: dict[str, Any]) -> tuple[int, str]:
        file.write_text(json.dumps(said))
        result = CliRunner().invoke(commands.cli, ["calendar", "guatemala", str(file)], obj=db)
        return result.exit_code, result.output

    closed = {"first": (today + timedelta(days=1)).isoformat(), "reason": REASON}
    code, output = told({"exceptions": {"closed": [closed]}})
    assert code == 0
    assert "0 new slots, 6 withdrawn, 0 with other capacity" in output
    assert f"to be moved, 1: {mine.reference}\n" in output
    code, output = told({"opening": [a_rule(days=["someday"])], "timezone": "x"})
    assert code == 1
    assert "opening.0.days.0: Days are mon" in output
    assert "timezone: This is no time zone" in output
