"""Every process restarted, one after another, while people look for times and book: nobody notices."""

from pathlib import Path

from tests.faults.rolling import TWICE, Rolling
from tests.wait import wait_until


def test_a_rolling_restart_under_load_fails_no_request_and_leaves_nothing_to_time_out(tmp_path: Path) -> None:
    with Rolling(tmp_path) as rolling:
        rolling.restart_all()
        stream = rolling.stream
        assert stream.failed == []
        assert len(stream.booked) >= 6 * len(TWICE)
        assert stream.listed > len(stream.booked)
        assert rolling.stopped == dict.fromkeys([*TWICE, *(f"second {name}" for name in TWICE)], True), (
            "each ended by itself"
        )
        wait_until(lambda: rolling.heard().keys() >= rolling.said().keys(), 120, "all that was booked is handled")
        assert len(rolling.said()) == len(stream.booked)
        messages = rolling.stack.database("notifications").messages
        wait_until(lambda: messages.count_documents({"state": "queued"}) == 0, 120, "all messages are handed over")
        assert messages.count_documents({}) == 2 * len(stream.booked)
        logs = rolling.logs()
        assert logs.count('"part left"') == 3 * 4, "each of three parts of four workers said goodbye"
        assert "part left without a word" not in logs
        assert "leases ran out" not in logs
        print("longest waits, in seconds:", rolling.waits())
