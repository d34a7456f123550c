"""How a service is told to make itself known to Kafka: strict where nothing is said, and refused by name."""

import pytest
from environs import EnvError, FileAwareEnv

from shared import kafka_security
from shared.kafka_security import FileMissing, Security

WHOLE = {
    "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "KAFKA_CA_FILE": "/run/trust/ca.pem",
    "KAFKA_PASSWORD_FILE": "/run/kafka/password",
}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch):
    for name in (*WHOLE, "KAFKA_USER", "KAFKA_CERTIFICATE_FILE"):
        monkeypatch.delenv(name, raising=False)

    def read(**settings: str) -> Security:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        return Security.read(FileAwareEnv(), "booking")

    return read


@pytest.mark.parametrize("missing", ["KAFKA_CA_FILE", "KAFKA_PASSWORD_FILE"])
def test_without_a_word_of_security_the_strict_one_is_meant_and_what_it_lacks_is_named(given, missing):
    with pytest.raises(EnvError, match=missing):
        given(**{name: value for name, value in WHOLE.items() if name not in (missing, "KAFKA_SECURITY_PROTOCOL")})


def test_a_service_is_known_by_its_own_name_unless_told_otherwise(given):
    assert given(**WHOLE).user == "booking"
    assert given(KAFKA_USER="sendero-booking").user == "sendero-booking"


def test_a_broker_on_loopback_may_be_used_without_security_when_that_is_said(given):
    assert given(KAFKA_SECURITY_PROTOCOL="PLAINTEXT").options() == {}


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "sasl_ssl", ""])
def test_a_password_never_goes_without_tls(given, protocol):
    with pytest.raises(ValueError, match="KAFKA_SECURITY_PROTOCOL must be one of PLAINTEXT, SSL, SASL_SSL"):
        given(**WHOLE | {"KAFKA_SECURITY_PROTOCOL": protocol})


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileMissing, match="KAFKA_PASSWORD_FILE /nowhere/password"):
        kafka_security.PasswordFile("/nowhere/password").read()
    with pytest.raises(FileMissing, match=r"KAFKA_CA_FILE.*/nowhere/ca.pem"):
        Security("SASL_SSL", "booking", "/nowhere/password", "/nowhere/ca.pem").options()


def test_a_password_that_was_changed_in_its_file_is_the_one_that_is_used(tmp_path):
    file = tmp_path / "password"
    file.write_text("first\n")
    password = kafka_security.PasswordFile(str(file))
    assert password.encode("utf-8") == b"first"
    file.write_text("second\n")
    assert password.encode("utf-8") == b"second"
