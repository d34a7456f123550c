"""What deploy/monitoring asks for is what services and workers say."""

import json
import re
from pathlib import Path

import yaml
from flask.testing import FlaskClient
from prometheus_client import REGISTRY

from deploy.local.parts import ROOT

FOLDER = Path(ROOT) / "deploy" / "monitoring"
NAME = re.compile(r"\bsendero_[a-z_]+\b")


def asked_for() -> set[str]:
    rules = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"][0]["rules"]
    panels = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
    texts = [rule["expr"] for rule in rules] + [one["expr"] for panel in panels for one in panel["targets"]]
    return {name for text in texts for name in NAME.findall(text)}


def test_every_figure_of_the_alerts_and_the_dashboard_is_said_by_a_service_or_its_worker(client: FlaskClient) -> None:
    client.get("/healthz")
    said = set(NAME.findall(client.get("/metrics").text))
    said |= {sample.name for metric in REGISTRY.collect() for sample in metric.samples}
    said |= {f"{metric.name}_total" for metric in REGISTRY.collect() if metric.type == "counter"}
    said |= {metric.name for metric in REGISTRY.collect() if metric.type == "gauge"}
    assert asked_for() - said == set()


def test_every_alert_says_what_is_felt_and_what_to_do() -> None:
    for rule in yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"][0]["rules"]:
        assert rule["annotations"].keys() == {"summary", "action", "runbook_url"}, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
