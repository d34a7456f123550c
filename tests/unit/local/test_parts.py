"""The table of parts, and what must be there before they start."""

import socket

import pytest

from deploy.local import parts, prerequisites, settings


def _names(chosen):
    return {part.name for part in chosen}


def test_parts_name_only_parts():
    names = _names(parts.PARTS)
    assert len(names) == len(parts.PARTS)
    for part in parts.PARTS:
        assert {*part.after, *part.again} <= names


def test_what_runs_on_has_no_job_in_place_of_itself():
    """Only jobs are done once more, and only programs can end and be started again."""
    by_name = {part.name: part for part in parts.PARTS}
    for part in parts.PARTS:
        assert not part.again or part.ready
        assert all(by_name[name].ready is None for name in part.again)


def test_every_port_of_the_settings_belongs_to_one_part():
    listed = [name for part in parts.PARTS for name in part.ports]
    assert sorted(listed) == sorted(settings.PORTS)


def test_a_part_brings_what_it_needs():
    assert _names(parts.chosen({}, ["databases"])) == {"mongod", "databases"}
    assert _names(parts.chosen({}, ["booking web"])) == {
        *("mongod", "databases", "broker", "booking set-up", "booking web")
    }


def test_given_servers_are_not_started():
    uris = {f"{service.upper()}_MONGO_URI": "mongodb://elsewhere/x" for service in settings.SERVICES}
    chosen = _names(parts.chosen({**uris, "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"}))
    assert not {"mongod", "databases", "broker"} & chosen
    assert {"booking web", "booking worker", "booking topics"} <= chosen


@pytest.fixture
def told(tmp_path):
    return settings.load(tmp_path, {})


def test_a_taken_port_is_named_with_its_variable(told):
    broker = [part for part in parts.PARTS if part.name == "broker"]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (line,) = prerequisites.lacking(broker, {**told, "KAFKA_PORT": str(port)})
    assert f"Port {port} is taken" in line
    assert "make run KAFKA_PORT=" in line


def test_one_port_for_two_parts_is_refused(told):
    (line,) = prerequisites.lacking(
        [part for part in parts.PARTS if part.name == "postbox"],
        {**told, "POSTBOX_PORT": "48025", "POSTBOX_SMTP_PORT": "48025"},
    )
    assert "POSTBOX_PORT" in line
    assert "POSTBOX_SMTP_PORT" in line
