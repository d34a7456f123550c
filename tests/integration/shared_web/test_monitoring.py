"""What deploy/monitoring asks for is what services and workers say."""

from flask.testing import FlaskClient
from prometheus_client import REGISTRY

from tests import monitoring


def asked_for() -> set[str]:
    expressions = [*(rule["expr"] for rule in monitoring.rules()), *monitoring.dashboard().values()]
    return {name for one in expressions for name in monitoring.figures_of(one)}


def test_every_figure_of_the_alerts_and_the_dashboard_is_said_by_a_service_or_its_worker(client: FlaskClient) -> None:
    client.get("/healthz")
    said = monitoring.figures_of(client.get("/metrics").text)
    said |= {sample.name for metric in REGISTRY.collect() for sample in metric.samples}
    said |= {f"{metric.name}_total" for metric in REGISTRY.collect() if metric.type == "counter"}
    said |= {metric.name for metric in REGISTRY.collect() if metric.type == "gauge"}
    assert asked_for() - said == set()


def test_every_alert_says_what_is_felt_and_what_to_do() -> None:
    for rule in monitoring.rules():
        assert rule["annotations"].keys() == {"summary", "action", "runbook_url"}, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
