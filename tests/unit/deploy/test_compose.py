"""What compose.yaml promises of every container."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import composed, handing_out, secrets

COMPOSE = yaml.safe_load((Path(composed.__file__).with_name("compose.yaml")).read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
FOLDER = "${SECRETS_FOLDER:-../.local/secrets}/"
TRUST = "trust:/run/trust:ro"
SCRAPES = yaml.safe_load((Path(composed.__file__).parent / "monitoring" / "prometheus.yaml").read_text())
SCRAPED = [target for those in SCRAPES["scrape_configs"][0]["static_configs"] for target in those["targets"]]
PARTS = ("setup", "kafka-rights", "topics", "web", "worker", "backup", "restore")
ENDS = ("-files", "-setup", "-topics", "-rights", "-restore")
JOBS = {name for name, service in SERVICES.items() if name.endswith(ENDS)}


def of_profile(profile):
    return {name for name, service in SERVICES.items() if profile in service.get("profiles", [])}


def megabytes(names):
    """That they may take in all."""
    limits = [SERVICES[name]["deploy"]["resources"]["limits"]["memory"] for name in names]
    return sum(int(limit[:-1]) * {"m": 1, "g": 1024}[limit[-1]] for limit in limits)


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_no_more_rights_than_it_needs(name):
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert service.get("read_only") or name == "kafka", "Kafka's start writes its settings beside its program"
    assert not service.get("cap_add") or name.endswith("-mongo-files") or service["cap_add"] == ["NET_BIND_SERVICE"]


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_this_machine_only(name):
    here = ("${FRONT_ADDRESS:-127.0.0.1}:", "${STAFF_ADDRESS:-127.0.0.1}:") if name == "front" else ("127.0.0.1:",)
    assert all(port.startswith(here) for port in SERVICES[name].get("ports", []))
    assert "mongo" not in name or not SERVICES[name].get("ports")


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - JOBS))
def test_what_runs_on_has_limits_and_comes_back(name):
    limits = SERVICES[name]["deploy"]["resources"]["limits"]
    assert {"cpus", "memory", "pids"} <= limits.keys()
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_the_front_door_is_the_only_way_in_to_the_services():
    """The demo's own programs and who watches stand beside it, where they are asked for."""
    published = {name for name, service in SERVICES.items() if service.get("ports")}
    assert published == {"front", *of_profile("demo"), *of_profile("watch")}
    assert of_profile("watch") == {"prometheus"}
    assert SERVICES["front"]["networks"] == ["front"]
    assert COMPOSE["x-common-settings"]["TRUSTED_PROXIES"] == "${TRUSTED_PROXIES:-1}"


def test_opening_the_door_to_the_world_does_not_open_the_staffs():
    ports = SERVICES["front"]["ports"]
    assert [port for port in ports if "STAFF_PORT" in port] == [port for port in ports if "STAFF_ADDRESS" in port]


def test_all_of_it_fits_a_machine_of_8_gb_also_watched_or_with_backups():
    always = SERVICES.keys() - JOBS - of_profile("watch") - of_profile("backup")
    assert megabytes(always) <= 6 * 1024
    assert megabytes(always | of_profile("watch")) <= 6.5 * 1024
    assert megabytes(always | (of_profile("backup") - JOBS)) <= 7 * 1024


@pytest.mark.parametrize("part", ["web", "worker"])
@pytest.mark.parametrize("service", secrets.SERVICES)
def test_who_watches_asks_each_process_and_reaches_it(service, part):
    name, port = f"{service}-{part}", {"web": 8000, "worker": 9000}[part]
    assert f"{name}:{port}" in SCRAPED
    assert set(SERVICES["prometheus"]["networks"]) & set(SERVICES[name]["networks"])


def test_who_watches_asks_nobody_else_and_has_no_secret():
    assert len(SCRAPED) == len(set(SCRAPED)) == 2 * len(secrets.SERVICES)
    assert SERVICES["prometheus"]["volumes"] == ["prometheus:/prometheus"]
    assert SERVICES["prometheus"]["environment"].keys() == {"GOMEMLIMIT"}


def test_who_watches_has_the_files_of_deploy_monitoring():
    mounted = {one["target"]: COMPOSE["configs"][one["source"]]["file"] for one in SERVICES["prometheus"]["configs"]}
    assert mounted == {
        "/etc/prometheus/prometheus.yaml": "./monitoring/prometheus.yaml",
        "/etc/prometheus/alerts.yaml": "./monitoring/alerts.yaml",
    }


def test_the_table_names_who_watches_when_somebody_does(monkeypatch, tmp_path):
    monkeypatch.setattr(composed, "FILE", tmp_path / "compose.env")
    monkeypatch.delenv("WATCH", raising=False)
    assert "http://127.0.0.1:9191" not in dict(composed.places(composed.origins())).values()
    monkeypatch.setenv("WATCH", "1")
    monkeypatch.setenv("PROMETHEUS_PORT", "9191")
    assert "http://127.0.0.1:9191" in dict(composed.places(composed.origins())).values()


@pytest.mark.parametrize("service", secrets.SERVICES)
def test_a_database_is_reached_by_its_own_service_only(service):
    inside = {name for name, one in SERVICES.items() if f"{service}-db" in one.get("networks", [])}
    assert inside == {f"{service}-{part}" for part in ("mongo", "setup", "web", "worker", "backup", "restore")}
    assert COMPOSE["networks"][f"{service}-db"] == {"internal": True}


def test_web_processes_do_not_reach_kafka():
    assert not [name for name, one in SERVICES.items() if name.endswith("-web") and "events" in one["networks"]]


@pytest.mark.parametrize("service", secrets.SERVICES)
def test_a_service_is_told_no_other_services_secrets(service):
    others = [other.upper() for other in secrets.SERVICES if other != service]
    for part in PARTS:
        told = "\n".join(f"{name}={value}" for name, value in SERVICES[f"{service}-{part}"]["environment"].items())
        for other in others:
            assert not [word for word in ("MONGO", "SECRET_KEY", "SEAL_KEYS") if f"{other}_{word}" in told]
        assert "ADMIN" not in told


@pytest.mark.parametrize("service", secrets.SERVICES)
def test_what_runs_on_may_not_change_a_database_but_for_its_documents(service, tmp_path):
    name = f"{service.upper()}_MONGO_URI"
    files = {part: SERVICES[f"{service}-{part}"]["environment"][f"{name}_FILE"] for part in PARTS}
    of_their_own = {part: f"/run/backup/{name}" for part in ("backup", "restore")} | {"setup": f"/run/setup/{name}"}
    assert files == dict.fromkeys(PARTS, f"/run/secrets/{name}") | of_their_own
    composed.settings(tmp_path / "compose.env", tmp_path / "secrets")
    users = {place: place for place in (service, f"{service}-setup", f"{service}-backup")}
    for place, user in (users | {f"{service}-restore": f"{service}-setup"}).items():
        uri = (tmp_path / "secrets" / place / name).read_text()
        assert uri.startswith(f"mongodb://{user}:")
        assert uri.endswith("&tls=true&tlsCAFile=/run/trust/ca.pem")


def test_no_secret_stands_in_an_environment_or_a_command():
    text = Path(composed.__file__).with_name("compose.yaml").read_text()
    assert not [name for name in composed.SECRETS if f"${{{name}" in text]
    assert "//$" not in text
    assert ":?}@" not in text


@pytest.mark.parametrize("name", SERVICES)
def test_each_secret_that_a_container_is_told_of_is_in_a_folder_that_it_has(name):
    told = SERVICES[name].get("environment", {})
    inside = dict(
        one.removeprefix(FOLDER).removesuffix(":ro").split(":", 1)[::-1]
        for one in SERVICES[name].get("volumes", [])
        if one.startswith(FOLDER)
    )
    files = handing_out.files(dict.fromkeys(composed.SECRETS, "x"))
    for variable, file in told.items():
        if variable.endswith("_FILE") and file.startswith(("/run/secrets/", "/run/setup/", "/run/backup/")):
            folder, _, last = file.rpartition("/")
            assert last == variable.removesuffix("_FILE")
            assert last in files[inside[folder]], f"{name} {variable}"


def test_secrets_are_handed_out_once_and_again_when_they_change(tmp_path):
    told = dict.fromkeys(composed.SECRETS, "x")
    assert handing_out.write(tmp_path, told) == []
    assert handing_out.write(tmp_path, told) == []
    assert handing_out.write(tmp_path, told | {"SMS_KEY": "y"}) == ["notifications", "postbox"]
    assert (tmp_path / "postbox" / "SMS_KEY").read_text() == "y"


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_the_files_that_are_its_own_and_no_others(name):
    mounts = [one.removeprefix(FOLDER) for one in SERVICES[name].get("volumes", []) if one.startswith(FOLDER)]
    service, _, part = name.partition("-")
    own, in_kafka = f"{service}:/run/secrets:ro", f"kafka-{service}:/run/kafka:ro"
    expected = {
        "kafka": ["kafka:/run/kafka:ro", TRUST],
        "front": ["front:/run/front:ro"],
        "mongo": [f"{service}-mongo:/run/tls:ro", TRUST],
        "mongo-setup": [TRUST, f"{service}-mongo-setup:/run/secrets:ro"],
        "setup": [TRUST, own, f"{service}-setup:/run/setup:ro"],
        "web": [TRUST, own],
        "worker": [TRUST, own, in_kafka],
        "backup": [TRUST, own, f"{service}-backup:/run/backup:ro"],
        "restore": [TRUST, own, in_kafka, f"{service}-restore:/run/backup:ro"],
        "topics": [TRUST, own, "kafka-admin:/run/kafka-admin:ro"],
        "kafka-rights": [TRUST, own, in_kafka, "kafka-admin:/run/kafka-admin:ro"],
        "postbox": ["postbox:/run/secrets:ro"],
        "partner": ["partner:/run/secrets:ro"],
    }
    assert mounts == expected.get(part or name, [])


@pytest.mark.parametrize("service", secrets.SERVICES)
def test_only_what_copies_and_restores_has_the_key_and_the_folder_of_backups(service):
    def mounted(volume: str) -> set[str]:
        return {name for name, one in SERVICES.items() if any(volume in place for place in one.get("volumes", []))}

    assert mounted(f"{service}-backups:") == {f"{service}-backup", f"{service}-restore"}
    handed_out = handing_out.files(dict.fromkeys(composed.SECRETS, "x"))
    places = {place for place, inside in handed_out.items() if "BACKUP_KEYS" in inside}
    assert places == {f"{one}-{part}" for one in secrets.SERVICES for part in ("backup", "restore")}
    assert f"{service}-backups:/var/lib/backups:ro" in SERVICES[f"{service}-restore"]["volumes"]
    assert "events" not in SERVICES[f"{service}-backup"]["networks"]
    for part in ("backup", "restore"):
        assert SERVICES[f"{service}-{part}"]["profiles"] == [part], "make up does not start it by itself"


def test_nobody_enters_kafka_without_a_name():
    told = SERVICES["kafka"]["environment"]
    protocols = dict(one.split(":") for one in told["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(","))
    assert protocols == {"SERVICES": "SASL_SSL", "INTERNAL": "SSL", "CONTROLLER": "SSL"}
    for listener in ("INTERNAL", "CONTROLLER"):
        assert told[f"KAFKA_LISTENER_NAME_{listener}_SSL_CLIENT_AUTH"] == "required"
    assert told["KAFKA_SASL_ENABLED_MECHANISMS"] == "SCRAM-SHA-512"
    assert told["KAFKA_ALLOW_EVERYONE_IF_NO_ACL_FOUND"] == "false"
    assert "ANONYMOUS" not in told["KAFKA_SUPER_USERS"]


@pytest.mark.parametrize("service", secrets.SERVICES)
def test_only_the_jobs_that_give_rights_and_say_how_long_topics_keep_are_administrators_of_kafka(service):
    for part in PARTS:
        told = SERVICES[f"{service}-{part}"]["environment"]
        admin = part in ("kafka-rights", "topics")
        assert told["KAFKA_SECURITY_PROTOCOL"] == ("SSL" if admin else "SASL_SSL")
        assert ("KAFKA_CERTIFICATE_FILE" in told) == admin


def test_settings_are_made_once_for_the_owner_only(tmp_path):
    path, folder = tmp_path / "compose.env", tmp_path / "secrets"
    composed.settings(path, folder)
    first = secrets.read(path)
    composed.settings(path, folder)
    assert secrets.read(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert first.keys() == composed.SECRETS.keys() | composed.DEMO.keys()
