"""The alert rules as Prometheus itself evaluates them: promtool, on the figures of a page."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.parts import ROOT

FOLDER = Path(ROOT) / "deploy" / "monitoring"
FOR_LONG = 30  # minutes that the figures of a page are taken to last


def promtool(*arguments: str) -> str:
    """What it says. Fails the test with that when it does not agree."""
    program = shutil.which("promtool") or shutil.which("promtool", path=str(Path(sys.executable).parent))
    if program is None:
        missing = "promtool is not there (deploy/monitoring/promtool.sh .venv/bin): the alerts were NOT checked"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    done = subprocess.run([program, *arguments], cwd=FOLDER, capture_output=True, text=True, timeout=180)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


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
