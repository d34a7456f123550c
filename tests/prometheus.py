"""The real Prometheus on a port of its own, scraping a running system as deploy/monitoring says."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3
import yaml

from deploy.local import processes, settings
from tests import monitoring
from tests.ports import free_port
from tests.stack import HTTP, Stack
from tests.wait import wait_until

EVERY = "4s"  # longer than a page of figures waits for its database


class Prometheus:
    def __init__(self, url: str) -> None:
        self.url = url

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples that an expression gives now. Fails where Prometheus takes it for wrong."""
        return self._ask("query", query=expression)["result"]

    def names(self) -> set[str]:
        return set(self._ask("label/__name__/values"))

    def targets(self) -> dict[str, str]:
        """Each address that is scraped, and how it is."""
        found = self._ask("targets")["activeTargets"]
        return {one["labels"]["instance"]: one["health"] for one in found}

    def rules(self) -> list[dict[str, Any]]:
        return self._ask("rules")["groups"][0]["rules"]

    def firing(self) -> set[tuple[str, str]]:
        """Each alert with whom it is about: the lane, the service, or the address."""
        found = [one["labels"] for one in self._ask("alerts")["alerts"] if one["state"] == "firing"]
        return {(one["alertname"], one.get("lane") or one.get("service") or one["instance"]) for one in found}

    def _ask(self, path: str, **fields: str) -> Any:
        answer = HTTP.request("GET", f"{self.url}/api/v1/{path}", fields=fields)
        told = answer.json()
        assert told["status"] == "success", f"{fields or path}: {told}"
        assert not told.get("warnings"), f"{fields or path}: {told['warnings']}"
        return told["data"]


@contextmanager
def watching(stack: Stack, folder: Path) -> Iterator[Prometheus]:
    """With the rules as they are but for their patience: what is so for a moment fires at once."""
    program, port = monitoring.program("prometheus"), free_port()
    _write_rules(folder / "alerts.yaml")
    _write_configuration(stack, folder / "prometheus.yaml")
    address = f"127.0.0.1:{port}"
    process = processes.start(
        [
            program,
            f"--config.file={folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={folder / 'figures'}",
            f"--web.listen-address={address}",
        ],
        folder / "prometheus.log",
    )
    try:
        wait_until(lambda: _is_ready(address), 60, "Prometheus is ready")
        yield Prometheus(f"http://{address}")
    finally:
        processes.stop(process, 10)


def _write_rules(path: Path) -> None:
    rules = [rule | {"for": "0s"} for rule in monitoring.rules()]
    path.write_text(yaml.safe_dump({"groups": [{"name": "sendero", "rules": rules}]}))


def _write_configuration(stack: Stack, path: Path) -> None:
    """That for `make run`, on the ports of the stack."""
    text = (monitoring.FOLDER / "prometheus-run.yaml").read_text()
    for name, port in settings.PORTS.items():
        text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{stack.settings[name]}")
    told = yaml.safe_load(text)
    told["global"] = {"scrape_interval": EVERY, "scrape_timeout": EVERY, "evaluation_interval": "1s"}
    path.write_text(yaml.safe_dump(told))


def _is_ready(address: str) -> bool:
    try:
        return HTTP.request("GET", f"http://{address}/-/ready").status == 200
    except urllib3.exceptions.HTTPError:
        return False
