"""Pilots made by routes and by a command, and the report as the database counts it."""

import csv
import io
import json
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandListener

from services.booking import actions, answers, commands, model, schemas, store
from services.booking.model import pilot as rules
from shared import auth, clock, mongo
from tests import builders
from tests.integration.booking.cancelling import approved, work
from tests.integration.booking.conftest import CLERK, a_key, add_slot
from tests.integration.booking.slots import book
from tests.integration.booking.test_api import script

PATH = "/api/v1/staff/pilots"
LEAD = auth.Actor("lead-1", roles=("programme_lead",), offices=("*",))


@pytest.fixture
def client(web_app: Flask, office: model.Office) -> FlaskClient:
    return web_app.test_client()


def body(**changes: Any) -> dict[str, Any]:
    today = builders.an_office().today(clock.now())
    first, last = (today + timedelta(days=days) for days in (-30, 150))
    made = {
        "name": "Piloto de enero",
        "offices": ["guatemala"],
        "pathways": ["orientation"],
        "first": first.isoformat(),
        "last": last.isoformat(),
        "opens_on": first.isoformat(),
        "opens_at": "08:00",
        "plan": [{"office": "guatemala", "pathway": "orientation", "places": 40}],
    }
    return made | changes


def made(client: FlaskClient, headers: dict[str, str], **changes: Any) -> Any:
    key = {"Idempotency-Key": secrets.token_hex(16)}
    return client.post(PATH, json=body(**changes), headers=headers | key)


def test_a_programme_lead_plans_a_pilot_and_finds_it_again(client: FlaskClient, db: Database, tmp_path: Path) -> None:
    lead, key = script(db, tmp_path, "programme_lead"), {"Idempotency-Key": secrets.token_hex(16)}
    answers = [client.post(PATH, json=body(), headers=lead | key) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    pilot = client.get(answers[0].headers["Location"], headers=lead).json
    assert (pilot["name"], pilot["weeks"], pilot["plan"][0]["places"]) == ("Piloto de enero", 26, 40)
    assert [one["id"] for one in client.get(PATH, headers=lead).json["items"]] == [pilot["id"]]
    assert db.audit.find_one({"action": "pilot.make"})["subject"] == pilot["id"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"offices": []}, "offices"),
        ({"offices": ["atlantis"]}, "offices"),
        ({"first": "2027-02-30"}, "first"),
        ({"opens_at": "8"}, "opens_at"),
        ({"plan": [{"office": "guatemala", "pathway": "protection", "places": 1}]}, "plan"),
        ({"plan": [{"office": "guatemala", "pathway": "orientation", "places": -1}]}, "plan.0.places"),
    ],
)
def test_what_is_wrong_is_named(
    client: FlaskClient, db: Database, tmp_path: Path, changes: dict[str, Any], field: str
) -> None:
    answer = made(client, script(db, tmp_path, "admin"), **changes)
    assert (answer.status_code, [one["field"] for one in answer.json["errors"]]) == (422, [field])


def test_nobody_else_sees_pilots(client: FlaskClient, db: Database, tmp_path: Path) -> None:
    others = script(db, tmp_path, "supervisor", "clerk", "operator", "caseworker", "privacy_officer")
    assert client.get(PATH).status_code == 401
    assert made(client, others).status_code == client.get(PATH, headers=others).status_code == 403


def happened(db: Database) -> None:
    """Seven attended (six of them referred), six cancelled by the person, five by the office, nine to come; one that
    is of another service."""
    near = add_slot(db, capacity=7, hours=0.2)
    for number in range(7):
        mine = book(db, near)
        actions.attend(db, mine.reference, CLERK)
        if number < 6:
            actions.refer(db, mine.reference, builders.a_referral_request(), a_key(), CLERK)
    later = add_slot(db, capacity=20, hours=30)
    for _ in range(6):
        actions.cancel(db, book(db, later).reference, "person")
    called_off = add_slot(db, capacity=5, hours=5)
    for _ in range(5):
        book(db, called_off)
    approved(db, first=clock.now() + timedelta(hours=4), days=0.1)
    work(db)
    for _ in range(9):
        book(db, later)
    other = add_slot(db, capacity=1, hours=8, pathway="protection")
    actions.book(db, builders.a_booking_request(slot_id=other, pathway_id="protection"), a_key())


def test_a_report_counts_what_happened(client: FlaskClient, db: Database, tmp_path: Path) -> None:
    db.offices.update_one({"_id": "guatemala"}, {"$set": {"pathways": ["orientation", "protection"]}})
    happened(db)
    lead = script(db, tmp_path, "programme_lead")
    where = made(client, lead).headers["Location"]
    found = client.get(f"{where}/report", headers=lead).json
    counts = {name: value for name, value in found["total"]["counts"].items() if value}
    assert counts == {
        "booked": 27,
        "attended": 7,
        "cancelled_by_person": 6,
        "cancelled_by_office": 5,
        "to_come": 9,
        "referred": 6,
        "referral_open": 6,
    }
    assert found["total"]["waiting_days"] == {"median": 1, "p90": 1}
    assert (found["total"]["planned"], found["total"]["offered"]) == (26 * 40, 27)
    assert [line["group"] for line in found["by_office"]] == ["guatemala"]
    assert [line["group"] for line in found["by_pathway"]] == ["orientation"]
    assert [(line["group"], line["counts"]["booked"]) for line in found["by_language"]] == [("es", 27)]
    assert sum(line["counts"]["booked"] for line in found["by_week"]) == 27
    rows = list(csv.DictReader(io.StringIO(client.get(f"{where}/report.csv", headers=lead).text)))
    assert [(row["by"], row["booked"]) for row in rows][:2] == [("total", "27"), ("office", "27")]
    assert db.audit.count_documents({"action": "pilot.report"}) == 1


def test_what_was_asked_for_in_a_window_is_counted_by_what_became_of_it(db: Database, office: model.Office) -> None:
    statuses = ["allocated"] * 6 + ["confirmed"] * 5 + ["waitlisted"] * 4 + ["received"] * 2 + ["expired"] * 7
    for number, status in enumerate(statuses):
        one = {"request": {"scope": f"s{number}", "body": "b"}, "id": f"r{number}", "reference": f"SND-{number}"}
        store.requests.add(db, builders.a_request(**one, entry_id=f"{number:016}", status=status))
    pilot, _ = actions.pilot.make(db, schemas.PilotIn().load(body()), a_key(), LEAD)
    found = store.pilots.counted(db, pilot)
    expected = {"asked": 24, "request_drawn": 6, "request_confirmed": 5, "request_waiting": 6, "request_without": 7}
    for dimension, group in (("office", "guatemala"), ("pathway", "orientation"), ("language", "es")):
        assert {name: number for name, number in found[dimension][group].counts.items() if number} == expected
    assert len(found["week"]) == 1


def test_a_table_for_spreadsheets_has_no_formula_in_it(db: Database, office: model.Office) -> None:
    line = rules.Line('=HYPERLINK("x")', dict.fromkeys(rules.COUNTS, 9), 1, 2)
    hidden = rules.Line("@x", dict.fromkeys(rules.COUNTS), None, None)
    text = answers.report_csv(rules.Report(line, {"office": (hidden,)}))
    groups = [row[1] for row in csv.reader(io.StringIO(text))]
    assert groups == ["group", '\'=HYPERLINK("x")', "'@x"]
    assert text.count("<5") == len(rules.COUNTS)


class Aggregating(CommandListener):
    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []

    def started(self, event: Any) -> None:
        if event.command_name == "aggregate":
            self.seen.append({name: event.command[name] for name in ("aggregate", "pipeline", "cursor")})

    def succeeded(self, event: Any) -> None:
        pass

    def failed(self, event: Any) -> None:
        pass


def test_counting_goes_by_the_index_in_four_commands(db: Database, office: model.Office) -> None:
    pilot, _ = actions.pilot.make(db, schemas.PilotIn().load(body()), a_key(), LEAD)
    uri, listener = mongo.settings(db).mongo_uri, Aggregating()
    with MongoClient(uri, tz_aware=True, event_listeners=[listener]) as client:
        store.pilots.counted(client[db.name], pilot)
    assert [one["aggregate"] for one in listener.seen] == ["appointments", "appointments", "slots", "requests"]
    for one in listener.seen:
        plan = json.dumps(db.command("explain", one, verbosity="queryPlanner"), default=str)
        assert "IXSCAN" in plan
        assert "COLLSCAN" not in plan


def test_a_command_makes_a_pilot_from_a_file_once(db: Database, office: model.Office, tmp_path: Path) -> None:
    file = tmp_path / "pilot.json"
    file.write_text(json.dumps(body()))
    for _ in range(2):
        done = CliRunner().invoke(commands.cli, ["pilot", str(file)], obj=db)
        assert done.exit_code == 0, done.output
        assert "26 weeks, 40 places a week" in done.output
    (pilot,) = store.pilots.all_of_them(db)
    assert pilot.made_by == "command"
    file.write_text(json.dumps(body(offices=["atlantis"])))
    wrong = CliRunner().invoke(commands.cli, ["pilot", str(file)], obj=db)
    assert "offices: There is no such office." in wrong.output
