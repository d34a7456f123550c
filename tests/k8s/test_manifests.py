"""What is promised of every pod, and that the cluster is told what compose is told."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import cluster, composed, secrets
from tests.k8s.manifests import (
    COMPONENT,
    COMPOSE,
    NAME,
    containers,
    environment,
    of,
    picks,
    pods,
    rendered,
    secrets_of,
)

SERVICES = secrets.SERVICES
# as compose calls it: workload and container here
COUNTERPARTS = {
    **{f"{service}-web": (f"{service}-web", "web") for service in SERVICES},
    **{f"{service}-worker": (f"{service}-worker", "worker") for service in SERVICES},
    **{f"{service}-setup": (f"{service}-setup", "setup") for service in SERVICES},
    **{f"{service}-kafka-rights": (f"{service}-kafka-setup", "rights") for service in SERVICES},
    **{f"{service}-topics": (f"{service}-kafka-setup", "topics") for service in SERVICES},
    **{f"{service}-mongo": (f"{service}-mongo", "mongo") for service in SERVICES},
    **{f"{service}-mongo-setup": (f"{service}-mongo", "users") for service in SERVICES},
    **{name: (name, name) for name in ("kafka", "front", "postbox", "partner", "website")},
}
# what compose says by the container, or by its image alone, and a cluster otherwise
HERE_ONLY = {"SERVICE", "RATE_LIMIT", "WEBHOOK_ALLOWED_HOSTS", "SMTP_STARTTLS"}
THERE_ONLY = {"PORT", "ACME_CA"}
OTHER_VALUES = {"DRAIN_SECONDS", "CORS_ORIGINS", "KAFKA_LOG_DIRS", "TLS", "STAFF_TLS"}


def each_container() -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    return [(f"{name}/{one['name']}", pod, one) for name, pod in pods().items() for one in containers(pod)]


def container(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The pod and the container that are what compose calls so."""
    workload, inside = COUNTERPARTS[name]
    pod = pods()[workload]
    return pod, next(one for one in containers(pod) if one["name"] == inside)


def test_every_pod_has_no_more_rights_than_it_needs():
    for name, pod in pods().items():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["enableServiceLinks"] is False, name
        assert spec["serviceAccountName"] in of("ServiceAccount"), name
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys(), name
        assert not [volume for volume in spec["volumes"] if "hostPath" in volume], name


def test_every_container_is_hardened():
    for name, _, one in each_container():
        told = one["securityContext"]
        assert told["allowPrivilegeEscalation"] is False, name
        assert told["capabilities"]["drop"] == ["ALL"], name
        assert told["capabilities"].get("add", []) == (["NET_BIND_SERVICE"] if name == "front/front" else []), name
        assert told["readOnlyRootFilesystem"] or name == "kafka/kafka", name
        assert not told.get("privileged"), name


def test_every_container_has_requests_and_limits_and_is_never_pulled_anew():
    for name, _, one in each_container():
        for bound in ("requests", "limits"):
            assert {"cpu", "memory"} <= one["resources"][bound].keys(), name
        assert one["imagePullPolicy"] == "IfNotPresent", name
        assert re.fullmatch(r"[a-z/]+:(?!latest)[\w.]+", one["image"]), name


def test_all_of_it_fits_two_processors_and_six_gib():
    """Web parts twice, as the autoscaler begins."""
    cpu = memory = 0.0
    for name, one in of("Deployment", "StatefulSet").items():
        for inside in one["spec"]["template"]["spec"]["containers"]:
            asked = inside["resources"]["requests"]
            count = 2 if name.endswith("-web") else one["spec"]["replicas"]
            cpu += count * int(asked["cpu"].removesuffix("m"))
            memory += count * int(asked["memory"].removesuffix("Mi"))
    assert cpu <= 1500
    assert memory <= 6 * 1024


def test_whoever_serves_is_asked_whether_it_lives_and_is_ready():
    for name, _, one in each_container():
        if one.get("ports"):
            assert {"startupProbe", "readinessProbe", "livenessProbe"} <= one.keys(), name
    for service in SERVICES:
        for part in ("web", "worker"):
            _, one = container(f"{service}-{part}")
            assert one["readinessProbe"]["httpGet"]["path"] == "/readyz"
            assert one["livenessProbe"]["httpGet"]["path"] == "/healthz"


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_of_a_service_starts_after_its_own_set_up_and_leaves_in_its_own_time(service):
    for part in ("web", "worker"):
        one = of("Deployment")[f"{service}-{part}"]["spec"]
        assert one["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
        (first,) = one["template"]["spec"]["initContainers"]
        main = one["template"]["spec"]["containers"][0]
        assert first["command"][-1] == "await-setup"
        assert (first["image"], first["envFrom"]) == (main["image"], main["envFrom"])
    drains = float(environment(container(f"{service}-web")[1])["DRAIN_SECONDS"])
    grace = of("Deployment")[f"{service}-web"]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    unready = container(f"{service}-web")[1]["readinessProbe"]
    assert drains > unready["periodSeconds"] * unready["failureThreshold"]
    assert grace >= drains + 20, "gunicorn waits 20 s for what is under way"


@pytest.mark.parametrize("name", COUNTERPARTS)
def test_a_container_is_told_what_compose_tells_it(name):
    there = {key: str(value) for key, value in COMPOSE["services"][name].get("environment", {}).items()}
    here = environment(container(name)[1])
    assert here.keys() - HERE_ONLY == there.keys() - THERE_ONLY - HERE_ONLY
    plain = {key for key, value in there.items() if "${" not in value} & here.keys() - OTHER_VALUES
    assert {key: here[key] for key in plain} == {key: there[key] for key in plain}


@pytest.mark.parametrize("name", COUNTERPARTS)
def test_a_container_finds_its_files_where_compose_puts_them(name):
    prefix = "${SECRETS_FOLDER:-../.local/secrets}/"
    mounted = [one for one in COMPOSE["services"][name].get("volumes", []) if one.startswith(prefix)]
    there = dict(one.removeprefix(prefix).removesuffix(":ro").split(":")[::-1] for one in mounted)
    assert secrets_of(*container(name)) == there | (
        {"/run/accounts": "accounts"} if name.endswith("-setup") and "mongo" not in name else {}
    )


@pytest.mark.parametrize("name", [name for name in COUNTERPARTS if not name.endswith("-web")])
def test_a_container_runs_what_compose_runs(name):
    there = COMPOSE["services"][name].get("command")
    _, one = container(name)
    here = one.get("command") or one.get("args")
    if name.endswith("-mongo"):
        assert here == [*there, "--dbpath", "/var/lib/mongo"]
    elif name.endswith("-mongo-setup"):
        assert there[-1].rpartition("/")[2] in here[-1]
    elif name.endswith("-setup"):
        assert here == [
            word.replace("$$", "$").replace("/run/accounts.json", "/run/accounts/accounts.json") for word in there
        ]
    elif there:
        assert [word.replace("$(SERVICE)", name.partition("-")[0]) for word in here] == there
    else:
        assert here is None


def test_no_secret_stands_in_a_manifest():
    """Only the names of Secrets, and of files in them."""
    assert not of("Secret")
    for name, _, one in each_container():
        assert not [each for each in one.get("env", []) if "valueFrom" in each], name
        assert not [each for each in one.get("envFrom", []) if "secretRef" in each], name
    secret = {name for name in composed.SECRETS} | {f"{service.upper()}_MONGO_URI" for service in SERVICES}
    assert not [config for config, one in of("ConfigMap").items() if secret & one["data"].keys()]


def test_each_secret_that_is_mounted_is_made(tmp_path):
    cluster.write_secrets(tmp_path)
    made = {one["metadata"]["name"]: one for one in cluster.brought(tmp_path)["items"] if one["kind"] == "Secret"}
    for name, pod, one in each_container():
        found = secrets_of(pod, one)
        assert set(found.values()) <= made.keys(), name
        for variable, file in environment(one).items():
            folder, _, last = file.rpartition("/")
            if variable.endswith("_FILE") and folder in found:
                assert last in made[found[folder]]["data"], f"{name} {variable}"


def test_each_config_map_that_is_named_is_made(tmp_path):
    cluster.write_secrets(tmp_path)
    made = {one["metadata"]["name"] for one in cluster.brought(tmp_path)["items"] if one["kind"] == "ConfigMap"}
    for name, pod, one in each_container():
        named = {each["configMap"]["name"] for each in pod["spec"]["volumes"] if "configMap" in each}
        named |= {each["configMapRef"]["name"] for each in one.get("envFrom", [])}
        assert named <= made | of("ConfigMap").keys(), name


def test_a_service_leads_to_ports_that_its_pods_have():
    for name, one in of("Service").items():
        found = [
            pod for pod in pods().values() if picks({"matchLabels": one["spec"]["selector"]}, pod["metadata"]["labels"])
        ]
        assert len(found) == 1, name
        ports = {port["name"]: port["containerPort"] for each in containers(found[0]) for port in each.get("ports", [])}
        assert {port["targetPort"] for port in one["spec"]["ports"]} <= ports.keys(), name
        assert all(ports[port["targetPort"]] == port["port"] for port in one["spec"]["ports"]), name


def test_only_the_front_door_and_the_demo_are_reached_from_outside():
    outside = {
        name: one["spec"]["ports"] for name, one in of("Service").items() if one["spec"].get("type") == "NodePort"
    }
    assert outside.keys() == {"front", "postbox-page", "partner", "website"}
    assert {port["nodePort"] for ports in outside.values() for port in ports} == {
        30442,
        *(int(origin.rpartition(":")[2]) for origin in cluster.ORIGINS.values()),
    }


@pytest.mark.parametrize("name", ["booking-mongo", "referrals-mongo", "notifications-mongo", "kafka"])
def test_a_server_that_calls_itself_by_name_finds_itself(name):
    one = of("StatefulSet")[name]["spec"]
    assert of("Service")[one["serviceName"]]["spec"]["clusterIP"] == "None"
    assert one["template"]["spec"]["hostAliases"] == [{"ip": "127.0.0.1", "hostnames": [name]}]
    told = "\n".join(
        f"{key}={value}" for each in one["template"]["spec"]["containers"] for key, value in environment(each).items()
    )
    assert (f"MONGO_MEMBER={name}:27017" if "mongo" in name else f"SERVICES://{name}:9092") in told


def test_budgets_and_autoscalers_mean_pods_that_there_are():
    for name, one in of("PodDisruptionBudget").items():
        assert [pod for pod in pods().values() if picks(one["spec"]["selector"], pod["metadata"]["labels"])], name
    for name, one in of("HorizontalPodAutoscaler").items():
        target = of("Deployment")[one["spec"]["scaleTargetRef"]["name"]]
        assert "replicas" not in target["spec"], f"{name}: an upgrade would undo what the autoscaler did"
        assert one["spec"]["minReplicas"] == 2


def test_the_namespace_refuses_what_is_not_hardened():
    (namespace,) = of("Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert {one["metadata"].get("namespace") for one in rendered() if one["kind"] != "Namespace"} == {"sendero"}


def test_every_object_is_known_as_ours():
    label, _, value = cluster.OURS.partition("=")
    assert not [one["metadata"]["name"] for one in rendered() if one["metadata"]["labels"].get(label) != value]
    for name, pod in pods().items():
        assert {label: value}.items() <= pod["metadata"]["labels"].items(), name
        assert COMPONENT in pod["metadata"]["labels"] or NAME in pod["metadata"]["labels"], name


def test_the_images_of_a_version_are_set_by_one_word(tmp_path):
    folder = cluster.kustomization(tmp_path, "v2", {"MONGO_IMAGE": "registry:5000/mongo:7", "KAFKA_IMAGE": "kafka:4"})
    found = {one["image"] for manifest in rendered(folder) for one in _containers_of(manifest)}
    own = {f"sendero/{name}:v2" for name in cluster.IMAGES}
    assert found == own | {"registry:5000/mongo:7", "kafka:4"}


def _containers_of(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return containers(manifest["spec"]["template"]) if "template" in manifest.get("spec", {}) else []


def test_the_manifests_that_are_written_are_those_that_are_applied():
    """No file lies beside what kustomize is told to read."""
    for folder in {path.parent for path in Path(cluster.MANIFESTS).rglob("*.yaml")}:
        told = (folder / "kustomization.yaml").read_text()
        named = yaml.safe_load(told)
        assert named["kind"] == "Kustomization"
        lying = {path.name for path in folder.iterdir() if path.suffix in (".yaml", ".env")} - {"kustomization.yaml"}
        assert {name for name in lying if name not in told} == set(), folder


def test_the_servers_images_stay_what_they_were_until_others_are_given(tmp_path):
    def images(**given):
        told = json.loads((cluster.kustomization(tmp_path, "v2", given) / "kustomization.yaml").read_text())
        return {one["name"]: f"{one['newName']}:{one['newTag']}" for one in told["images"] if "newName" in one}

    assert images() == {}
    assert images(MONGO_IMAGE="mongo:7") == images() == {"mongo": "mongo:7"}
    assert images(KAFKA_IMAGE="kafka:4") == {"mongo": "mongo:7", "apache/kafka": "kafka:4"}
    assert images(MONGO_IMAGE="mongo:8")["mongo"] == "mongo:8"
