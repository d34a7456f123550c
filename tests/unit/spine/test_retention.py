"""What is kept how long: settings that contradict each other stop the process, by name."""

import pytest
from environs import FileAwareEnv

from shared.retention import Contradiction, Retention


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch):
    def read(**settings: str) -> Retention:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        return Retention.read(FileAwareEnv())

    return read


def test_without_settings_the_inbox_outlives_the_archive_and_kafka_keeps_less_than_it(given):
    found = given()
    assert (found.archive_days, found.inbox_days, found.kafka_days) == (90, 97, 60)


def test_what_is_not_told_follows_the_archive(given):
    found = given(ARCHIVE_DAYS="30")
    assert (found.inbox_days, found.kafka_days) == (37, 30)


def test_an_inbox_that_forgets_before_the_archive_does_is_refused_by_name(given):
    with pytest.raises(Contradiction, match=r"INBOX_DAYS \(96\).*ARCHIVE_DAYS \(90\)"):
        given(INBOX_DAYS="96")


def test_a_kafka_that_keeps_longer_than_the_archive_is_refused_by_name(given):
    with pytest.raises(Contradiction, match=r"KAFKA_RETENTION_DAYS \(91\).*ARCHIVE_DAYS \(90\)"):
        given(KAFKA_RETENTION_DAYS="91")


def test_nothing_is_kept_for_less_than_a_day(given):
    with pytest.raises(ValueError, match="AUDIT_DAYS"):
        given(AUDIT_DAYS="0")
