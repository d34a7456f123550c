"""Where the demo looks for the stack."""

from pathlib import Path

import pytest

from deploy.demo import settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "LOCAL", tmp_path)
    return tmp_path


def test_without_a_front_door_everybody_comes_in_by_the_same_address(folder: Path) -> None:
    found = settings.load({"BOOKING_PORT": "8101"})
    assert found.booking == found.booking_staff == "http://127.0.0.1:8101"
    assert found.referrals_staff == "http://127.0.0.1:8002"


def test_after_make_up_the_way_goes_through_the_front_door(folder: Path) -> None:
    (folder / settings.CA).touch()
    found = settings.load({"STAFF_PORT": "9445"})
    assert found.booking == "https://127.0.0.1:8443"
    assert found.booking_staff == "https://127.0.0.1:9445/booking"
    assert found.notifications_staff == "https://127.0.0.1:9445/notifications"
    assert found.postbox == "http://127.0.0.1:8025"


def test_an_address_that_is_given_comes_first(folder: Path) -> None:
    (folder / settings.CA).touch()
    assert settings.load({"BOOKING_PUBLIC_URL": "https://citas.example/"}).booking == "https://citas.example"
