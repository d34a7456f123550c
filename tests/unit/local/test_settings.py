"""What the local stack tells its parts."""

import stat

from deploy import secrets
from deploy.local import settings


def test_secrets_are_made_once_and_kept(tmp_path):
    first = settings.load(tmp_path, {})
    second = settings.load(tmp_path, {})
    assert {name: first[name] for name in settings.SECRETS} == {name: second[name] for name in settings.SECRETS}


def test_no_two_secrets_are_the_same(tmp_path):
    made = settings.load(tmp_path, {})
    assert len({made[name] for name in settings.SECRETS}) == len(settings.SECRETS)


def test_only_the_owner_reads_what_is_written(tmp_path):
    settings.load(tmp_path, {})
    for name in ("settings.env", "secrets.env"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_what_is_written_is_what_the_parts_are_told(tmp_path):
    told = settings.load(tmp_path, {"BOOKING_PORT": "8101"})
    assert secrets.read(tmp_path / "settings.env") == told


def test_a_port_given_changes_every_address_made_of_it(tmp_path):
    told = settings.load(tmp_path, {"BOOKING_PORT": "8101", "MONGO_PORT": "27200"})
    assert told["BOOKING_PUBLIC_URL"] == "http://127.0.0.1:8101"
    assert ":27200/booking" in told["BOOKING_MONGO_URI"]


def test_a_port_given_once_is_not_remembered(tmp_path):
    settings.load(tmp_path, {"BOOKING_PORT": "8101"})
    assert settings.load(tmp_path, {})["BOOKING_PORT"] == "8001"


def test_a_secret_given_once_does_not_replace_the_one_that_seals_the_data(tmp_path):
    made = settings.load(tmp_path, {})["ACCESS_KEY"]
    assert settings.load(tmp_path, {"ACCESS_KEY": "x" * 40})["ACCESS_KEY"] == "x" * 40
    assert settings.load(tmp_path, {})["ACCESS_KEY"] == made


def test_servers_elsewhere_are_used_instead_of_our_own():
    uris = {f"{service.upper()}_MONGO_URI": "mongodb://elsewhere/x" for service in settings.SERVICES}
    assert settings.own_mongod({})
    assert settings.own_mongod({"BOOKING_MONGO_URI": "mongodb://elsewhere/x"})
    assert not settings.own_mongod(uris)
    assert settings.own_broker({})
    assert not settings.own_broker({"KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"})


def test_a_part_is_told_no_other_services_secrets(tmp_path):
    told = settings.of_part(settings.load(tmp_path, {}), "booking")
    assert {"BOOKING_MONGO_URI", "BOOKING_SECRET_KEY", "BOOKING_FINGERPRINT_KEY", "PEOPLE_KEYS"} <= told.keys()
    assert not {"REFERRALS_MONGO_URI", "NOTIFICATIONS_SEAL_KEYS", "MONGO_ADMIN_PASSWORD", "PARTNER_KEY"} & told.keys()


def test_a_demo_program_is_told_only_its_own_secrets(tmp_path):
    told = settings.of_part(settings.load(tmp_path, {}), None, ("PARTNER_KEY",))
    assert "PARTNER_KEY" in told
    assert not {"BOOKING_MONGO_URI", "PEOPLE_KEYS", "ACCESS_KEY", "MONGO_ADMIN_PASSWORD"} & told.keys()
