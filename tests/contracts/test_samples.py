"""The golden samples: a record of every version ever published. What one of them has, its type has for ever."""

import json

import pytest

from services.booking import handlers as booking
from services.notifications import handlers as notifications
from services.referrals import handlers as referrals
from shared import events
from shared.definitions import Envelope
from tests.contracts import paths, published
from tests.contracts.published import Sample

SAMPLES = published.samples()
READERS = {"booking": booking, "referrals": referrals, "notifications": notifications}


def test_every_version_has_its_sample() -> None:
    missing = set(published.DEFINITIONS) - {one.type for one in SAMPLES}
    assert not missing, "python -m tests.contracts.published"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.type)
def test_a_sample_keeps_to_its_definition(sample: Sample) -> None:
    definition = published.DEFINITIONS[sample.type]
    assert sample.type in published.SERVICES[sample.service].DEFINITIONS
    assert definition.topic == sample.topic
    Envelope().load(sample.headers)
    event = sample.event()
    assert (event.type, event.key, event.data) == (sample.type, sample.key, sample.value)
    if definition.schema:
        definition.schema().load(sample.value or {})
    else:
        assert sample.value is None
    if definition.sealed and sample.value:
        definition.sealed().load(published.PEOPLE_KEYS.open(sample.value["sealed"], sample.key))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.type)
def test_a_sample_is_whole(sample: Sample) -> None:
    """A sample that lost a field, or a field that was made required after events had been published without it."""
    schema = published.DEFINITIONS[sample.type].schema
    required = paths.of_schema(schema, only_required=True) if schema else set()
    assert required <= set(paths.of_data(sample.value or {})), "samples never change, and new fields are not required"


@pytest.mark.parametrize("event", published.made_today(), ids=lambda event: event.type)
def test_todays_event_has_all_that_its_sample_has(event: events.Event) -> None:
    """A field may never go, nor change its kind."""
    before, today = paths.of_data(published.sample(event.type).value or {}), paths.of_data(event.data or {})
    assert set(before) <= set(today)
    changed = {path for path, kind in before.items() if today[path] != kind}
    assert changed <= ({"partner_id"} if event.type == "referral.withdrawn.v1" else set()), "null when nobody had it"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.type)
def test_a_sample_is_still_written_as_it_was(sample: Sample) -> None:
    headers, value = events.write(sample.event())
    assert {name: content.decode() for name, content in headers} == sample.headers
    assert json.loads(value or b"null") == sample.value


@pytest.mark.parametrize("reader", READERS)
def test_what_a_reader_reads_is_published_on_a_topic_it_reads(reader: str) -> None:
    handlers, topics = READERS[reader].HANDLERS, READERS[reader].TOPICS
    unknown = set(handlers) - set(published.DEFINITIONS)
    assert not unknown
    assert {published.DEFINITIONS[type_].topic for type_ in handlers} == set(topics)
    assert not set(topics) & set(published.SERVICES[reader].TOPICS), "nobody reads what it says itself"


@pytest.mark.parametrize("reader", READERS)
def test_compacted_topics_are_read_as_such(reader: str) -> None:
    topics = {name: topic for module in published.SERVICES.values() for name, topic in module.TOPICS.items()}
    read = set(READERS[reader].TOPICS)
    assert READERS[reader].READING.compacted == {name for name in read if topics[name].compacted}
