"""The example of DRAW.md: every value on the page is what the draw gives."""

import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from deploy.examples import verify_draw
from services.booking.model import draw
from services.booking.model.draw import allocation, capacity, commitment, entry, turns

PAGE = Path(draw.__file__).parents[2] / "DRAW.md"
FILES = dict(re.findall(r"^`(\w+\.jsonl?)`\n```\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL))


def rows(name: str) -> list[dict]:
    return [json.loads(line) for line in FILES[name].splitlines()]


ENTRIES = [
    draw.Entry(row["id"], row["party"], tuple(row["choices"]), row["waited"], tuple(row["needs"]))
    for row in rows("entries.jsonl")
]
SLOTS = [draw.Slot(**row | {"starts_at": datetime.fromisoformat(row["starts_at"])}) for row in rows("capacity.jsonl")]
RULE = draw.Rule(**rows("rule.json")[0])
COMMITTED, TOLD = rows("commitment.json")[0], rows("seed.json")[0]
SOURCE = draw.Drand(COMMITTED["seed"]["round"])
SEED = SOURCE.fetched(TOLD["value"], TOLD["signature"])
COMMITMENT = draw.commit(
    COMMITTED["draw"], datetime.fromisoformat(COMMITTED["closed_at"]), ENTRIES, SLOTS, RULE, SOURCE
)


def test_the_files_of_the_page_are_what_is_published():
    published = {
        "rule.json": RULE.publish(),
        "capacity.jsonl": capacity.publish(SLOTS),
        "entries.jsonl": entry.publish(ENTRIES),
        "commitment.json": COMMITMENT.publish(),
        "seed.json": SEED.publish(),
        "result.jsonl": allocation.publish(draw.hold(COMMITMENT, ENTRIES, SLOTS, RULE, SEED)),
    }
    assert published == FILES


def test_the_hash_and_the_key_of_the_page_are_those_of_its_files():
    page = PAGE.read_text()
    assert f"The hash of the draw is `{COMMITMENT.hash}`" in page
    assert f"`key` = `{COMMITMENT.key(SEED)}`" in page
    assert commitment.ALGORITHM in page


def test_the_tickets_of_the_page_are_in_the_order_of_the_lists():
    key = COMMITMENT.key(SEED)
    lists = turns.lists(ENTRIES, RULE, key)
    for name, those in ((turns.CHANCE, lists.chance), (turns.WAITING, lists.waiting)):
        row = [f"`{one.id}` {turns.ticket(key, name, one.id)[:8]}" for one in those]
        assert f"| `{name}` | {' · '.join(row)} |" in PAGE.read_text()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_who_checks_the_page_finds_it_right(folder):
    assert verify_draw.main([str(folder), "--hash", COMMITMENT.hash]) == 0
