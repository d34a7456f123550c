"""`verify_draw.py`: it finds the same as we do, and whatever was changed."""

import ast
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.examples import verify_draw
from services.booking import refusals
from services.booking.model import draw
from services.booking.model.draw import allocation, capacity, entry, published
from tests.unit.booking.draw import draws

PROGRAM = Path(verify_draw.__file__)
ROUND = draw.Drand.not_before(draws.CLOSE + timedelta(minutes=10))
ONE, OTHER = "1" * 64, "2" * 64
OFFICERS = draw.Officers((published.sha256(ONE), published.sha256(OTHER)))
SEEDS = {ROUND: ROUND.entered("a" * 64, "a" * 64), OFFICERS: OFFICERS.revealed(ONE, OTHER)}


def publish(folder: Path, entries, slots, rule, source=ROUND, seed=None) -> str:
    """The six files, and the hash of the draw."""
    known = [
        draw.Entry(one.id, one.party, one.choices, one.waited, tuple(n for n in one.needs if n in rule.minimums))
        for one in entries
    ]
    commitment = draw.commit("orientation-2026-12", draws.CLOSE, known, slots, rule, source)
    seed = seed or SEEDS[source]
    result = allocation.publish(draw.hold(commitment, known, slots, rule, seed))
    files = {
        "entries.jsonl": entry.publish(known),
        "capacity.jsonl": capacity.publish(slots),
        "rule.json": rule.publish(),
        "commitment.json": commitment.publish(),
        "seed.json": seed.publish(),
        "result.jsonl": result,
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return commitment.hash


@settings(max_examples=60)
@given(
    entries=draws.entries,
    slots=draws.capacities,
    rule=draws.rules,
    value=st.binary(min_size=32, max_size=32),
)
def test_it_finds_the_same_result_of_any_draw(entries, slots, rule, value):
    try:
        rule.must_fit(slots)
    except refusals.UnfitRule:
        rule = draw.Rule(rule.waiting, rule.chance)
    with tempfile.TemporaryDirectory() as folder:
        hash = publish(Path(folder), entries, slots, rule, seed=ROUND.entered(value.hex(), value.hex()))
        assert verify_draw.main([folder, "--hash", hash]) == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A draw of many with everything in it."""
    entries = [
        draws.an_entry(draws.opaque(number), 1 + number % 3, number % 4, ("medical",) if number % 7 == 0 else ())
        for number in range(60)
    ]
    slots = [draws.a_slot(number, office=draws.OFFICES[number % 2]) for number in range(6)]
    publish(tmp_path, entries, slots, draw.Rule(minimums={"medical": 3}))
    return tmp_path


def told(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    code = verify_draw.main([str(folder), *more])
    said = capsys.readouterr().out.splitlines()
    assert (code, said[-1][:5]) in ((0, "RIGHT"), (1, said[-1][:5])), said
    return next((line for line in said if line.startswith(("WRONG", "RIGHT"))), "")


def change(folder: Path, name: str, what: Callable[[list[dict]], object]) -> None:
    rows = [json.loads(line) for line in (folder / name).read_text().splitlines()]
    what(rows)
    (folder / name).write_text("".join(published.row(row) for row in rows))


def test_the_right_result_is_told_to_be_right(folder, capsys):
    assert told(folder, capsys).startswith("RIGHT")


def test_a_seed_of_two_officers_is_checked(folder, capsys):
    publish(folder, draws.people(9), [draws.a_slot()], draw.Rule(), OFFICERS)
    assert told(folder, capsys).startswith("RIGHT")
    change(folder, "seed.json", lambda rows: rows[0]["revealed"].reverse())
    assert "value 1 is not what was committed to" in told(folder, capsys)


def _swap_outcomes(rows: list[dict]) -> None:
    drawn = next(row for row in rows if "slot" in row)
    waits = next(row for row in rows if "waitlist" in row)
    drawn["id"], waits["id"] = waits["id"], drawn["id"]
    rows.sort(key=lambda row: row["id"])


CHANGES: dict[str, tuple[str, Callable[[list[dict]], object], str]] = {
    "two outcomes swapped": ("result.jsonl", _swap_outcomes, "result: 2 entries differ"),
    "a share renamed": ("result.jsonl", lambda rows: [row.update(share="chance") for row in rows], "entries differ"),
    "an outcome left out": ("result.jsonl", lambda rows: rows.pop(), "not the same entries"),
    "an entry changed": ("entries.jsonl", lambda rows: rows[3].update(party=9), "entries: not what was committed"),
    "an entry left out": ("entries.jsonl", lambda rows: rows.pop(), "entries: not what was committed"),
    "a place more": ("capacity.jsonl", lambda rows: rows[0].update(places=4), "capacity: not what was committed"),
    "another rule": ("rule.json", lambda rows: rows[0].update(waiting=0, chance=100), "rule: not what was"),
    "another seed": ("seed.json", lambda rows: rows[0].update(value="b" * 64), "entries differ"),
    "another close": ("commitment.json", lambda rows: rows[0].update(closed_at="2026-12-01T17:59:59Z"), "differ"),
    "too early a round": ("commitment.json", lambda rows: rows[0]["seed"].update(round=9), "came too early"),
    "another chain": ("commitment.json", lambda rows: rows[0]["seed"].update(chain="0"), "unknown drand chain"),
    "a signature not its own": ("seed.json", lambda rows: rows[0].update(signature="00"), "round's signature"),
    "another algorithm": ("commitment.json", lambda rows: rows[0].update(algorithm="2"), "another algorithm"),
    "a field missing": ("seed.json", lambda rows: rows[0].pop("value"), "a field is missing"),
}


@pytest.mark.parametrize("which", CHANGES)
def test_whatever_was_changed_is_found_and_named(folder, capsys, which):
    name, what, words = CHANGES[which]
    change(folder, name, what)
    found = told(folder, capsys)
    assert found.startswith("WRONG")
    assert words in found


def test_a_draw_made_anew_from_other_entries_has_another_hash_than_the_one_noted(folder, capsys):
    noted = published.sha256((folder / "commitment.json").read_text())
    assert told(folder, capsys, "--hash", noted).startswith("RIGHT")
    publish(folder, draws.people(9), [draws.a_slot()], draw.Rule())
    assert "not the one you noted" in told(folder, capsys, "--hash", noted)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"id": "a"}\n', "not in the canonical form"),
        ('{"id":"a"}', "not in the canonical form"),
        ('{"id":"a","id":"a"}\n', "not in the canonical form"),
        ('{"id":"b"}\n{"id":"a"}\n', "not in the order of ids"),
        ('{"id":"a"}\n{"id":"a"}\n', "not in the order of ids"),
        ("{", "not JSON"),
        ("[]\n", "no object"),
        ("é", "cannot be read"),
    ],
)
def test_what_is_not_in_the_one_form_is_refused(folder, capsys, text, words):
    (folder / "result.jsonl").write_text(text)
    assert words in told(folder, capsys)


def test_a_file_that_is_missing_is_named(folder, capsys):
    (folder / "seed.json").unlink()
    assert "seed.json" in told(folder, capsys)


def test_it_runs_by_itself_and_answers_by_its_exit_code(folder, tmp_path_factory):
    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", PROGRAM, *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path_factory.mktemp("elsewhere"))

    assert "example:" in run("--help").stdout
    assert run(folder).returncode == 0
    change(folder, "result.jsonl", _swap_outcomes)
    assert run(folder).returncode == 1


def test_it_imports_the_standard_library_alone():
    tree = ast.parse(PROGRAM.read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names
