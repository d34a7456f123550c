"""A service's canvas, its code and its rights in Kafka name the same topics."""

import importlib
import re
from pathlib import Path

import pytest

from shared import commands
from shared.kafka_access import Right

NAMES = ("booking", "referrals", "notifications")
ROOT = Path(__file__).parents[2]
SERVICES: dict[str, commands.Service] = {
    name: importlib.import_module(f"services.{name}.commands").SERVICE for name in NAMES
}
TOPICS = {topic for one in SERVICES.values() for topic in one.topics}


def canvas(name: str, row: str) -> set[str]:
    """The topics in one row of the table."""
    text = (ROOT / "services" / name / "README.md").read_text()
    [line] = [line for line in text.splitlines() if line.startswith(f"| **{row}** |")]
    return set(re.findall("`([a-z]+)`", line)) & TOPICS


@pytest.mark.parametrize("name", NAMES)
def test_the_canvas_names_the_topics_that_the_code_publishes_and_reads(name):
    assert canvas(name, "Publishes") == set(SERVICES[name].topics)
    assert canvas(name, "Reads") == set(SERVICES[name].reads)


@pytest.mark.parametrize("name", NAMES)
def test_a_service_may_write_what_its_canvas_publishes_read_what_it_reads_and_nothing_else(name):
    rights = SERVICES[name].kafka_rights()
    publishes, reads = canvas(name, "Publishes"), canvas(name, "Reads")
    own = {"CREATE", "READ", "WRITE"}
    assert rights == {
        Right("GROUP", name, "READ"),
        *(Right("TOPIC", topic, may) for topic in publishes for may in own),
        *(Right("TOPIC", topic, "READ") for topic in reads),
    }


def test_every_topic_has_one_owner_who_alone_may_write():
    owners = [topic for one in SERVICES.values() for topic in one.topics]
    assert len(owners) == len(set(owners))
    writers = [right.name for one in SERVICES.values() for right in one.kafka_rights() if right.may == "WRITE"]
    assert sorted(writers) == sorted(owners)


def test_what_somebody_reads_somebody_publishes():
    assert {topic for one in SERVICES.values() for topic in one.reads} <= TOPICS
