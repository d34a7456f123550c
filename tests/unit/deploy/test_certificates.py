"""The files of an installation in containers: made once, and who may read them."""

import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from deploy import certificates, composed, secrets


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("installation") / "secrets"
    certificates.keep(made)
    return made


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def openssl(*words: str) -> str:
    return subprocess.run(["openssl", *words], check=True, capture_output=True, text=True).stdout


def test_they_are_made_once_and_never_overwritten(folder):
    first = contents(folder)
    certificates.keep(folder)
    assert contents(folder) == first
    assert set(first) == {
        "authority/ca.key",
        "authority/ca.pem",
        "trust/ca.pem",
        "kafka/server.pem",
        "kafka-admin/client.pem",
        "front/server.pem",
        *(f"{service}-mongo/server.pem" for service in secrets.SERVICES),
        *(f"kafka-{service}/password" for service in secrets.SERVICES),
    }


def test_what_is_missing_is_made_and_the_rest_let_be(folder):
    first = contents(folder)
    (folder / "kafka-booking" / "password").unlink()
    (folder / "kafka" / "server.pem").unlink()
    certificates.keep(folder)
    second = contents(folder)
    assert {name for name in first if first[name] != second[name]} == {"kafka-booking/password", "kafka/server.pem"}


def test_nobody_else_of_this_machine_gets_in_and_containers_can_read(folder):
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]}
    assert modes[folder] == 0o700
    assert modes[folder / "authority"] == 0o700
    assert modes[folder / "authority" / "ca.key"] == 0o400
    inside = {path: mode for path, mode in modes.items() if path != folder and "authority" not in path.parts}
    assert {mode for path, mode in inside.items() if path.is_dir()} == {0o755}
    assert {mode for path, mode in inside.items() if path.is_file()} == {0o444}


@pytest.mark.parametrize("name", certificates.CERTIFICATES)
def test_a_certificate_is_signed_by_the_installation_and_names_its_host(folder, name):
    file = str(folder / name / certificates.CERTIFICATES[name].file)
    assert "OK" in openssl("verify", "-x509_strict", "-CAfile", str(folder / "trust" / "ca.pem"), file)
    assert "does match" in openssl("x509", "-in", file, "-noout", "-checkhost", name)


@pytest.mark.parametrize("service", secrets.SERVICES)
def test_the_certificate_of_a_database_opens_nothing_at_kafka(folder, service):
    told = openssl("x509", "-in", str(folder / f"{service}-mongo" / "server.pem"), "-noout", "-purpose")
    assert "SSL client : No" in told


def test_only_brokers_and_the_administrator_show_a_name_that_may_do_everything_in_kafka(folder):
    told = yaml.safe_load(Path(composed.__file__).with_name("compose.yaml").read_text())
    users = told["services"]["kafka"]["environment"]["KAFKA_SUPER_USERS"].split(";")
    files = {place: str(folder / place / one.file) for place, one in certificates.CERTIFICATES.items()}
    names = {
        place: openssl("x509", "-in", file, "-noout", "-subject", "-nameopt", "RFC2253")
        for place, file in files.items()
    }
    mighty = {place for place, name in names.items() if f"User:{name.strip().removeprefix('subject=')}" in users}
    assert mighty == {"kafka", "kafka-admin"}


def test_the_certificate_of_the_front_door_opens_nothing_inside(folder):
    assert "SSL client : No" in openssl("x509", "-in", str(folder / "front" / "server.pem"), "-noout", "-purpose")


def test_another_password_for_one_service_changes_nothing_else(folder):
    first = contents(folder)
    composed.rotate("referrals", folder)
    second = contents(folder)
    assert {name for name in first if first[name] != second[name]} == {"kafka-referrals/password"}


@pytest.mark.parametrize(("days", "authority_too"), [(0, False), (3000, True)])
def test_renewed_certificates_are_good_for_long_and_passwords_stay(tmp_path, days, authority_too):
    """And so is the authority, when it would end before them."""
    certificates.keep(tmp_path)
    first = contents(tmp_path)
    certificates.renew(tmp_path, datetime.now(UTC) + timedelta(days=days))
    second = contents(tmp_path)
    of_authority = {"authority/ca.key", "authority/ca.pem", "trust/ca.pem"}
    signed = {f"{place}/{one.file}" for place, one in certificates.CERTIFICATES.items()}
    other = {name for name in first if first[name] != second[name]}
    assert other == (signed | of_authority if authority_too else signed)
    for name in signed:
        assert "OK" in openssl("verify", "-CAfile", str(tmp_path / certificates.TRUST), str(tmp_path / name))


def test_make_up_speaks_of_certificates_before_they_end_and_after(folder, capsys):
    end = certificates.first_end(folder)
    assert timedelta(days=820) < end - datetime.now(UTC) < timedelta(days=826)
    composed.remind(end, end - timedelta(days=61))
    assert capsys.readouterr().out == ""
    composed.remind(end, end - timedelta(days=59))
    assert f"end on {end:%Y-%m-%d}. `make certificates`" in capsys.readouterr().out
    composed.remind(end, end + timedelta(days=1))
    assert f"ended on {end:%Y-%m-%d}" in capsys.readouterr().out


def test_a_service_that_there_is_not_has_no_password(folder):
    with pytest.raises(SystemExit, match="booking, referrals, notifications"):
        composed.rotate("Booking", folder)


def test_before_make_up_there_is_no_password_to_change(tmp_path):
    with pytest.raises(SystemExit, match="make up"):
        composed.rotate("booking", tmp_path / "secrets")
