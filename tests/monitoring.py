"""The alert rules as Prometheus itself evaluates them: promtool, on the figures of a page."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.parts import ROOT

FOLDER = Path(ROOT) / "deploy" / "monitoring"
FOR_LONG = 30  # minutes that the figures of a page are taken to last
_NAME = re.compile(r"\bsendero_[a-z_]+\b")


def program(name: str) -> str:
    """Of Prometheus' programs. Without it the test is skipped, or fails where everything is to be tested."""
    found = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        missing = f"{name} is not there (deploy/monitoring/programs.sh .venv/bin): the alerts were NOT checked"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def promtool(*arguments: str) -> str:
    """What it says. Fails the test with that when it does not agree."""
    command = [program("promtool"), *arguments]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=300)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def rules() -> list[dict[str, Any]]:
    return yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"][0]["rules"]


def dashboard() -> dict[str, str]:
    """The expression of every line, by its panel and its number there."""
    panels = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
    lines = [(f"{panel['title']} {n}", line["expr"]) for panel in panels for n, line in enumerate(panel["targets"])]
    found = dict(lines)
    assert len(found) == len(lines)
    return found


def figures_of(expression: str) -> set[str]:
    """The names of the figures in it."""
    return set(_NAME.findall(expression))


def must_fire(page: str, folder: Path, **alerts: int) -> None:
    """These alerts and no other fire, each so many times, when the figures of the page stay as they are."""
    expected = [{"labels": f'{{alertname="{name}"}}', "value": times} for name, times in alerts.items()]
    check = {
        "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
        "eval_time": f"{FOR_LONG}m",
        "exp_samples": expected,
    }
    test = {
        "rule_files": [str(FOLDER / "alerts.yaml")],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": _series(page), "promql_expr_test": [check]}],
    }
    path = folder / "page_test.yaml"
    path.write_text(yaml.safe_dump(test))
    promtool("test", "rules", str(path))


def _series(page: str) -> list[dict[str, str]]:
    found = []
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
            found.append({"series": f"{sample.name}{{{labels}}}", "values": f"{sample.value}x{FOR_LONG}"})
    return found
