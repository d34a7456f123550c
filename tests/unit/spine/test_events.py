"""Events as records carry them, and what ties them together."""

import logging
from datetime import datetime

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat

from shared import clock, events, telemetry


def test_events_are_cloudevents_to_the_library_of_that_standard_and_its_are_events_to_us() -> None:
    data = {"name": "José", "n": [1, {"x": None}]}
    said = events.Event("thing.done.v1", "case", data, topic="t", source="/x", sequence=3, traceparent=events.trace())
    headers, value = events.write(said)
    found = from_binary(KafkaMessage(dict(headers), b"case", value or b""), JSONFormat())
    assert (found.get_id(), found.get_type(), found.get_source()) == (said.id, said.type, "/x")
    assert (found.get_time(), found.get_data()) == (said.time, data)
    assert (found.get_extension("sequence"), found.get_extension("partitionkey")) == ("3", "case")
    theirs = to_binary(found, JSONFormat())
    assert events.read("t", b"case", list(theirs.headers.items()), theirs.value) == said


RIGHT = dict(events.write(events.Event("thing.done.v1", "case", {}, source="/x"))[0])


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ({"ce_id": b""}, b"{}"),
        ({"ce_id": b"\xff"}, b"{}"),
        ({"ce_specversion": b"2.0"}, b"{}"),
        ({"ce_time": b"2026-01-01T00:00:00"}, b"{}"),
        ({"ce_time": b"soon"}, b"{}"),
        ({"ce_sequence": b"-1"}, b"{}"),
        ({"ce_sequence": b"9223372036854775808"}, b"{}"),
        ({}, b"[]"),
        ({}, b"{"),
        ({}, b"\xff"),
        ({}, b"[" * 100_000),
    ],
)
def test_what_is_no_event_is_unreadable_whatever_is_wrong_with_it(change: dict[str, bytes], value: bytes) -> None:
    with pytest.raises(events.Unreadable):
        events.read("t", b"case", list((RIGHT | change).items()), value)


@pytest.mark.parametrize("missing", ["ce_id", "ce_source", "ce_type", "ce_time", "ce_specversion"])
def test_a_record_without_what_makes_an_event_is_unreadable(missing: str) -> None:
    headers = [(name, value) for name, value in RIGHT.items() if name != missing]
    with pytest.raises(events.Unreadable):
        events.read("t", b"case", headers, b"{}")


def test_instants_are_written_in_utc_with_z() -> None:
    moment = clock.now()
    assert clock.rfc3339(moment).endswith("Z")
    assert datetime.fromisoformat(clock.rfc3339(moment)) == moment


def test_an_event_carries_on_the_trace_of_what_caused_it() -> None:
    request = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    events.correlate("request", request)
    first = events.trace()
    with events.handling(events.Event("thing.done.v1", "case", {}, traceparent=first)):
        second = events.trace()
    events.correlate(None)
    assert len({request[:35], first[:35], second[:35]}) == 1
    assert len({request, first, second}) == 3
    assert events.trace()[:35] != request[:35]
    headers, _ = events.write(events.Event("thing.done.v1", "case", {}, source="/x", traceparent=first))
    assert events.read("t", b"case", headers, b"{}").traceparent == first


def test_a_library_that_says_the_same_thing_all_the_time_is_heard_once_in_a_while() -> None:
    seldom = telemetry.Seldom("kafka", seconds=30)

    def heard(logger: str, line: int, at: float) -> bool:
        record = logging.LogRecord(logger, logging.ERROR, "net.py", line, "no connection", (), None)
        record.created = at
        return seldom.filter(record)

    assert [heard("kafka.net", 7, at) for at in (100, 101, 129, 131)] == [True, False, False, True]
    assert heard("kafka.net", 8, 101)
    assert heard("elsewhere", 7, 101)
    assert heard("elsewhere", 7, 101)
