"""Where the demo looks for the stack."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deploy import composed, secrets
from deploy.demo import settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "LOCAL", tmp_path)
    monkeypatch.setattr(composed, "ADDRESSES", tmp_path / composed.ADDRESSES.name)
    monkeypatch.setattr(composed, "FILE", tmp_path / composed.FILE.name)
    for name in ("URL", "PORT"):
        for origin in (*composed.DOOR, *composed.PORTS):
            monkeypatch.delenv(f"{origin}_{name}", raising=False)
    return tmp_path


@pytest.fixture
def after_make_up(folder: Path) -> Callable[..., None]:
    def made(**more: str) -> None:
        composed.settings(composed.FILE, folder / "secrets")
        secrets.write(composed.FILE, "", secrets.read(composed.FILE) | more)
        composed.table()

    return made


@pytest.mark.usefixtures("folder")
def test_without_a_front_door_everybody_comes_in_by_the_same_address() -> None:
    found = settings.load({"BOOKING_PORT": "8101"})
    assert found.booking == found.booking_staff == "http://127.0.0.1:8101"
    assert found.referrals_staff == "http://127.0.0.1:8002"


def test_after_make_up_the_way_goes_through_the_front_door(after_make_up: Callable[..., None]) -> None:
    after_make_up()
    found = settings.load({})
    assert found.booking == "https://127.0.0.1:8443"
    assert found.booking_staff == "https://127.0.0.1:8445/booking"
    assert found.notifications_staff == "https://127.0.0.1:8445/notifications"
    assert found.postbox == "http://127.0.0.1:8025"


def test_it_follows_the_names_and_ports_that_make_up_was_given(
    after_make_up: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAFF_PORT", "9445")  # as in `make up STAFF_PORT=9445`; `make demo` is not told again
    after_make_up(PUBLIC_URL="https://citas.example.org/", POSTBOX_PORT="9025")
    monkeypatch.delenv("STAFF_PORT")
    found = settings.load({})
    assert found.booking == "https://citas.example.org"
    assert found.notifications == "https://citas.example.org/m"
    assert found.booking_staff == "https://127.0.0.1:9445/booking"
    assert found.postbox == "http://127.0.0.1:9025"


def test_an_address_that_is_given_comes_first_and_its_staff_come_in_there(after_make_up: Callable[..., None]) -> None:
    after_make_up()
    found = settings.load({"BOOKING_PUBLIC_URL": "https://citas.example/"})
    assert found.booking == found.booking_staff == "https://citas.example"
