"""Which other services a console asks, as it is told from outside."""

import pytest
from environs import FileAwareEnv

from shared import settings

LIST = "booking=http://127.0.0.1:8001, referrals=https://referrals.example/,notifications=http://n:8000"


def told(monkeypatch: pytest.MonkeyPatch, service: str = "booking", **variables: str) -> dict[str, object]:
    for name in ("OPERATIONS_PEERS", "OPERATIONS_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return settings._peers(FileAwareEnv(), service)


def test_every_service_may_be_given_the_same_list_and_leaves_itself_out(monkeypatch: pytest.MonkeyPatch) -> None:
    found = told(monkeypatch, OPERATIONS_PEERS=LIST, OPERATIONS_KEY="k" * 32)
    assert found["operations_peers"] == {"referrals": "https://referrals.example", "notifications": "http://n:8000"}


def test_without_peers_nothing_is_asked_and_nobody_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch) == {"operations_peers": {}, "operations_key": ""}


@pytest.mark.parametrize("wrong", ["booking", "=http://a", "a=ftp://b", "a=b:8000", "a b=http://c", "a=http://"])
def test_what_is_no_name_with_an_address_stops_the_start(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    with pytest.raises(ValueError, match="OPERATIONS_PEERS"):
        told(monkeypatch, OPERATIONS_PEERS=wrong, OPERATIONS_KEY="k" * 32)


def test_peers_need_a_key_and_it_must_be_long(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="OPERATIONS_KEY"):
        told(monkeypatch, OPERATIONS_PEERS=LIST, OPERATIONS_KEY="short")
    with pytest.raises(Exception, match="OPERATIONS_KEY"):
        told(monkeypatch, OPERATIONS_PEERS=LIST)
    with pytest.raises(ValueError, match="OPERATIONS_KEY"):
        told(monkeypatch, OPERATIONS_KEY="short")
