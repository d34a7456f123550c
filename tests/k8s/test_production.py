"""The overlay for real: what it asks of operators is what the code needs, and what their own schemas know."""

import importlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import cluster, replica_set, secrets
from shared import kafka_topics
from shared.commands import Service
from shared.kafka_access import Right
from tests.k8s.kube import kubectl
from tests.k8s.manifests import containers, rendered

OVERLAY = cluster.MANIFESTS / "overlays" / "production"
SCHEMAS = cluster.FOLDER / "schemas"
SERVICES = secrets.SERVICES


def said(file: str, kind: str) -> dict[str, dict[str, Any]]:
    """Of one kind in one file, by name."""
    found = yaml.safe_load_all((OVERLAY / file).read_text())
    return {one["metadata"]["name"]: one["spec"] for one in found if one["kind"] == kind}


def code(service: str) -> Service:
    of_service: Service = importlib.import_module(f"services.{service}.commands").SERVICE
    return of_service


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_rights_in_kafka_are_those_that_its_code_names(service: str) -> None:
    acls = said("kafka-access.yaml", "KafkaUser")[service]["authorization"]["acls"]
    given = {
        Right(one["resource"]["type"].upper(), one["resource"]["name"], may.upper())
        for one in acls
        for may in one["operations"]
    }
    assert given == code(service).kafka_rights()
    assert {(one["resource"]["patternType"], one.get("type", "allow")) for one in acls} == {("literal", "allow")}


def test_the_topics_are_as_their_owners_make_them_on_three_brokers() -> None:
    wanted = {name: topic for service in SERVICES for name, topic in code(service).topics.items()}
    given = said("kafka-access.yaml", "KafkaTopic")
    assert given.keys() == wanted.keys()
    for name, topic in wanted.items():
        config = {key: str(value) for key, value in given[name]["config"].items()}
        assert (given[name]["partitions"], given[name]["replicas"]) == (topic.partitions, 3)
        assert config == kafka_topics.config(topic)


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_users_in_its_database_may_do_what_they_may_on_one_machine(service: str) -> None:
    asked = said("mongo.yaml", "MongoDBCommunity")[f"{service}-mongo"]
    assert asked["security"]["roles"] == [
        {
            "role": role,
            "db": service,
            "privileges": [{"resource": {"db": service, "collection": ""}, "actions": list(actions)}],
            "roles": [],
        }
        for role, actions in replica_set.ACTIONS.items()
    ]
    given = {one["name"]: (one["db"], one["roles"]) for one in asked["users"]}
    assert given == {
        service: (service, [{"name": replica_set.DOCUMENTS, "db": service}]),
        f"{service}-setup": (service, [{"name": replica_set.SETS_UP, "db": service}]),
        f"{service}-backup": (service, [{"name": replica_set.COPIES, "db": service}]),
    }


@pytest.mark.parametrize("service", SERVICES)
def test_workers_are_scaled_by_the_topics_that_they_read(service: str) -> None:
    scaled = said("scaling.yaml", "ScaledObject")[f"{service}-worker"]
    asked = [one["metadata"] for one in scaled["triggers"]]
    assert {one["topic"] for one in asked} == set(code(service).reads)
    assert {one["consumerGroup"] for one in asked} == {service}
    assert scaled["maxReplicaCount"] <= min(code(service).topics[service].partitions, 12)


def test_no_volume_and_no_setting_is_left_of_what_operators_bring() -> None:
    """Certificates and addresses of the servers that compose and the local overlay make."""
    shown = rendered(OVERLAY)
    assert not [one for one in shown if one["kind"] == "Job" and "kafka" in one["metadata"]["name"]]
    pods = [one["spec"]["template"]["spec"] for one in shown if one["kind"] in ("Deployment", "Job")]
    named = {volume["secret"]["secretName"] for pod in pods for volume in pod["volumes"] if "secret" in volume}
    uris = {f"{service}-{which}-uri" for service in SERVICES for which in ("mongo", "mongo-setup")}
    own = {
        f"{prefix}{service}{suffix}"
        for service in SERVICES
        for prefix, suffix in (("", ""), ("", "-setup"), ("kafka-", ""))
    }
    assert named == {"front-tls"} | uris | own
    for one in shown:
        if one["kind"] in ("Deployment", "Job"):
            for container in containers(one["spec"]["template"]):
                assert container["image"].partition(":")[0] in {f"sendero/{name}" for name in (*SERVICES, "front")}


@pytest.fixture(scope="module")
def operators() -> Iterator[None]:
    """The cluster knows their kinds, as they publish them, for as long as it is asked."""
    subprocess.run([Path(__file__).with_name("schemas.sh"), SCHEMAS], check=True)
    kubectl("apply", "--server-side", "--filename", str(SCHEMAS), seconds=120)
    kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
    yield
    kubectl("delete", "--filename", str(SCHEMAS), "--ignore-not-found", seconds=120)


@pytest.mark.kubernetes
@pytest.mark.usefixtures("operators")
def test_a_cluster_takes_all_of_it_by_the_operators_own_schemas() -> None:
    asked = (
        "apply",
        "--kustomize",
        str(OVERLAY),
        "--dry-run=server",
        "--validate=strict",
        "--server-side",
        "--force-conflicts",
    )
    told = kubectl(*asked)
    for kind in ("kafka.kafka.strimzi.io/sendero", "mongodbcommunity.mongodbcommunity.mongodb.com/booking-mongo"):
        assert kind in told


@pytest.mark.kubernetes
@pytest.mark.usefixtures("operators")
def test_a_field_that_an_operator_does_not_know_is_refused(tmp_path: Path) -> None:
    """So the test before can fail."""
    shown = next(one for one in rendered(OVERLAY) if one["kind"] == "KafkaNodePool")
    shown["spec"]["replica"] = shown["spec"].pop("replicas")
    (tmp_path / "wrong.yaml").write_text(yaml.safe_dump(shown))
    asked = ("apply", "--filename", str(tmp_path / "wrong.yaml"), "--dry-run=server", "--validate=strict")
    assert "replica" in kubectl(*asked, works=False)
