"""Where the demo looks for the stack."""

from pathlib import Path

import pytest

from deploy import certificates
from deploy.demo import settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "LOCAL", tmp_path)
    return tmp_path


@pytest.fixture
def after_make_up(folder: Path) -> None:
    certificates.keep(folder / "secrets")


@pytest.mark.usefixtures("folder")
def test_without_a_front_door_everybody_comes_in_by_the_same_address() -> None:
    found = settings.load({"BOOKING_PORT": "8101"})
    assert found.booking == found.booking_staff == "http://127.0.0.1:8101"
    assert found.referrals_staff == "http://127.0.0.1:8002"


@pytest.mark.usefixtures("after_make_up")
def test_after_make_up_the_way_goes_through_the_front_door() -> None:
    found = settings.load({"STAFF_PORT": "9445"})
    assert found.booking == "https://127.0.0.1:8443"
    assert found.booking_staff == "https://127.0.0.1:9445/booking"
    assert found.notifications_staff == "https://127.0.0.1:9445/notifications"
    assert found.postbox == "http://127.0.0.1:8025"


@pytest.mark.usefixtures("after_make_up")
def test_an_address_that_is_given_comes_first() -> None:
    assert settings.load({"BOOKING_PUBLIC_URL": "https://citas.example/"}).booking == "https://citas.example"
