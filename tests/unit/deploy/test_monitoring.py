"""What deploy/monitoring promises: rules that Prometheus takes, each seen to fire, with a section of the runbook."""

import re
from typing import Any

import pytest
import yaml

from tests.monitoring import FOLDER, must_fire, promtool, rules

RULES = rules()
ALERTS = [rule["alert"] for rule in RULES]
TESTS = {one["name"] for one in yaml.safe_load((FOLDER / "alerts_test.yaml").read_text())["tests"]}
RUNBOOK = (FOLDER / "runbook.md").read_text()
SECTIONS = dict(re.findall(r"^## (\w+)\n(.+?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL))
PARTS = ["For people.", "Look first.", "Do.", "Over"]


def test_prometheus_takes_the_rules_and_what_it_is_to_scrape() -> None:
    promtool("check", "rules", "alerts.yaml")
    promtool("check", "config", "prometheus.yaml", "prometheus-run.yaml")


def test_each_alert_fires_on_the_figures_of_its_trouble_and_none_when_all_is_well() -> None:
    assert set(ALERTS) <= TESTS
    promtool("test", "rules", "alerts_test.yaml")


@pytest.mark.parametrize("rule", RULES, ids=ALERTS)
def test_an_alert_leads_to_its_section_of_the_runbook(rule: dict[str, Any]) -> None:
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    assert (FOLDER / page).is_file()
    assert anchor == rule["alert"].lower()
    assert re.findall(r"^\*\*(.+?)\*\*", SECTIONS[rule["alert"]], re.MULTILINE) == PARTS


def test_the_runbook_has_no_section_of_an_alert_that_is_gone_and_no_link_into_nothing() -> None:
    assert SECTIONS.keys() == set(ALERTS)
    assert {link.lower() for link in re.findall(r"\]\(#(\w+)\)", RUNBOOK)} <= {name.lower() for name in ALERTS}


def test_a_page_of_figures_is_judged_by_the_rules(tmp_path) -> None:
    """The tool of the other tests: it must tell what fires from what does not."""
    page = 'sendero_dead_letters{service="booking"} 2\nsendero_database_up{service="booking"} 1\n'
    must_fire(page, tmp_path, DeadLetters=1)
    with pytest.raises(AssertionError):
        must_fire(page, tmp_path, DatabaseAway=1)
