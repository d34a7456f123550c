"""A request window planned from a file, by command."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pymongo.database import Database

from services.booking import commands, model, store
from services.booking.model import draw
from shared import clock
from tests.integration.booking import windows
from tests.integration.booking.conftest import add_slot


@pytest.fixture
def plan(db: Database, office: model.Office) -> dict[str, Any]:
    add_slot(db, capacity=3, hours=24 * 5)
    now = clock.now().replace(microsecond=0)
    times = {"opens_at": 1, "closes_at": 2, "from": 24 * 4, "until": 24 * 6}
    at = {name: clock.rfc3339(now + timedelta(hours=hours)) for name, hours in times.items()}
    return {"id": "orientation-1", "pathway": "orientation", "offices": ["guatemala"], **at}


def run(db: Database, tmp_path: Path, plan: dict[str, Any]) -> tuple[int, str]:
    file = tmp_path / "window.json"
    file.write_text(json.dumps(plan))
    result = CliRunner().invoke(commands.cli, ["window", str(file)], obj=db)
    return result.exit_code, result.output


def test_a_window_is_planned_once_however_often_the_command_runs(
    db: Database, tmp_path: Path, plan: dict[str, Any]
) -> None:
    assert "not drawn" in run(db, tmp_path, plan)[1]
    assert CliRunner().invoke(commands.cli, ["mode", "orientation", "request_window"], obj=db).exit_code == 0
    for _ in range(2):
        assert run(db, tmp_path, plan) == (0, "booking: orientation-1 is planned: 3 places\n")
    window = store.windows.get(db, "orientation-1")
    assert (window.rule, window.confirm_hours) == (draw.Rule(), 23)
    assert isinstance(window.source, draw.Drand)
    assert window.source.comes_at >= window.closes_at + draw.PAUSE
    assert db.due.find_one({"kind": "open_window"})["due_at"] == window.opens_at


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"seed": {"commitments": ["a"]}}, "seed"),
        ({"seed": {"commitments": ["a", "b"]}}, "first"),
        ({"rule": {"waiting": 70, "chance": 50}}, "waiting"),
        ({"rule": {"minimums": {"medical": 9}}}, "minimums"),
        ({"offices": ["nowhere"]}, "offices"),
        ({"closes_at": "tomorrow"}, "closes_at"),
        ({"more": 1}, "more"),
    ],
)
def test_what_is_wrong_with_a_plan_is_named(
    db: Database, tmp_path: Path, plan: dict[str, Any], changes: dict[str, Any], named: str
) -> None:
    windows.be_drawn(db)
    code, output = run(db, tmp_path, plan | changes)
    assert code == 1
    assert named in output
    assert db.places.count_documents({"state": "reserved"}) == 0
