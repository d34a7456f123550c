"""`make run` on some of its parts: starts, ends, deaths on the way, and what it says when it cannot."""

import os
import re
import signal
import socket
import urllib.request

import pymongo
import pytest

from deploy.local import settings
from tests import supervised
from tests.wait import wait_until

SOME = "databases,broker,postbox"


@pytest.fixture
def ports():
    return supervised.ports()


def test_ctrl_c_stops_everything_and_leaves_no_process(tmp_path, ports):
    with supervised.running(tmp_path, SOME, ports) as some:
        assert f"http://127.0.0.1:{ports['POSTBOX_PORT']}" in some.output
        assert len(some.pids()) == 3
        assert some.interrupt() == 0
        assert "Everything is stopped" in some.output
        assert not some.pids()


def test_data_survives_and_passwords_still_fit_at_the_next_start(tmp_path, ports):
    for expected in (1, 2):
        with supervised.running(tmp_path, "databases", ports) as some:
            with pymongo.MongoClient(some.settings["BOOKING_MONGO_URI"], timeoutMS=5000) as client:
                kept = client.get_default_database().kept
                kept.insert_one({})
                assert kept.count_documents({}) == expected
            assert some.interrupt() == 0


def test_a_user_of_one_database_is_a_stranger_in_the_others(tmp_path, ports):
    with (
        supervised.running(tmp_path, "databases", ports) as some,
        pymongo.MongoClient(some.settings["BOOKING_MONGO_URI"], timeoutMS=5000) as client,
        pytest.raises(pymongo.errors.OperationFailure, match="not authorized"),
    ):
        client.referrals.anything.find_one()


def test_a_killed_run_does_not_block_the_next(tmp_path, ports):
    with supervised.running(tmp_path, SOME, ports) as some:
        os.kill(some.process.pid, signal.SIGKILL)
        some.process.wait()
        with supervised.running(tmp_path, SOME, ports) as again:
            assert len(again.pids()) == 3


def test_a_second_run_is_told_of_the_first(tmp_path, ports):
    with supervised.running(tmp_path, "broker", ports) as some:
        second = supervised.launch(tmp_path / "second", "broker", ports)
        assert second.process.wait(60) == 1
        assert f"Port {ports['KAFKA_PORT']} is taken" in second.output
        (tmp_path / "output").write_text("")
        same = supervised.launch(tmp_path, "broker", ports)
        assert same.process.wait(60) == 1
        assert f"runs already (process {some.process.pid})" in same.output


def test_a_part_that_dies_is_reported_and_started_again(tmp_path, ports):
    with supervised.running(tmp_path, SOME, ports) as some:
        for words, name in (("tansu", "broker"), ("postbox", "postbox"), ("mongod", "mongod")):
            (before,) = some.pids(words)
            os.kill(before, signal.SIGKILL)
            wait_until(lambda name=name: f"{name} ended (signal 9)" in some.output, 60, f"{name} is reported")
            wait_until(lambda name=name: f"{name} is ready again" in some.output, 60, f"{name} is back")
            (after,) = some.pids(words)
            assert after != before


def test_a_part_that_cannot_start_is_shown_with_its_last_lines_and_all_is_stopped(tmp_path, ports):
    some = supervised.launch(tmp_path, SOME, {**ports, "RECEIPT_DELAY_SECONDS": "soon"})
    assert some.process.wait(60) == 1
    assert "postbox: ended with exit code 1 before it was ready" in some.output
    assert "could not convert string to float" in some.output
    assert "make run` again" in some.output
    assert not some.pids()


def test_a_taken_port_is_named_before_anything_starts(tmp_path, ports):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(ports["POSTBOX_SMTP_PORT"])))
        taken.listen()
        some = supervised.launch(tmp_path, SOME, ports)
        assert some.process.wait(60) == 1
    assert "make run POSTBOX_SMTP_PORT=" in some.output
    assert not (tmp_path / "logs" / "mongod.log").exists()


def test_a_broker_elsewhere_is_used_and_none_is_started(tmp_path, ports):
    given = {**ports, "KAFKA_BOOTSTRAP_SERVERS": "kafka.example:9092"}
    with supervised.running(tmp_path, SOME, given) as some:
        assert not some.pids("tansu")
        assert some.settings["KAFKA_BOOTSTRAP_SERVERS"] == "kafka.example:9092"


def test_a_killed_run_takes_gunicorn_and_its_workers_with_it(tmp_path, ports):
    with supervised.running(tmp_path, "booking web", ports) as some:
        assert len(some.pids("gunicorn")) == 3
        os.kill(some.process.pid, signal.SIGKILL)
        some.process.wait()
        wait_until(lambda: not some.pids(), 60, "nothing is left")


def test_all_of_it_is_ready_within_15_seconds_the_second_time(tmp_path, ports):
    with supervised.running(tmp_path, None, ports) as first:
        assert "clerk@sendero.test" in first.output
        assert first.interrupt() == 0
        assert not first.pids()
    with supervised.running(tmp_path, None, ports) as second:
        assert re.search(r"ready, after ([\d.]+) s", second.output)
        for service in settings.SERVICES:
            address = second.settings[f"{service.upper()}_PUBLIC_URL"]
            with urllib.request.urlopen(f"{address}/healthz", timeout=30) as answer:
                assert answer.status == 200
        assert second.interrupt() == 0
        assert not second.pids()
