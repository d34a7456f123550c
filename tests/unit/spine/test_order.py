"""Rows of the outbox get their positions by arrival, and within a case by sequence."""

import logging
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared import clock, events, relay, telemetry

START = datetime(2026, 1, 1)  # noqa: DTZ001 - only compared


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5)), max_size=30))
def test_whatever_the_clocks_of_the_writers_say_a_case_keeps_its_order(arrivals: list[tuple[str, int]]) -> None:
    counters: dict[str, int] = {}
    rows = []
    for case, skew in arrivals:
        counters[case] = counters.get(case, 0) + 1
        rows.append({"topic": "t", "key": case, "sequence": counters[case], "at": START + timedelta(seconds=skew)})
    ordered = relay.in_order(rows)
    assert len(ordered) == len(rows)
    for case, count in counters.items():
        assert [row["sequence"] for row in ordered if row["key"] == case] == list(range(1, count + 1))


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
