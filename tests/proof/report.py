"""What a proof run showed: `report.json` for programs, `report.html` for people, one page that needs nothing else."""

import json
import platform
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import jinja2

from tests.proof.checker import Findings

TEMPLATE = Path(__file__).with_name("report.html")
MOST = 25  # lines of one promise on the page; all are in report.json
SLOW_SECONDS = 10.0  # a wait that the page points out


@dataclass(frozen=True)
class About:
    """The run: `command` its arguments, `failures` what failed besides what the checker found, `remarks` what else is
    to be known of it."""

    seed: int
    cases: int
    command: str
    seconds: float
    failures: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def write(folder: Path, findings: Findings, about: About) -> None:
    content = as_json(findings, about)
    (folder / "report.json").write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
    (folder / "report.html").write_text(as_html(content), encoding="utf-8")


def as_json(findings: Findings, about: About) -> dict[str, Any]:
    return {
        "proven": not findings.failed and not about.failures,
        "written_at": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()),
        "about": asdict(about),
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "counts": findings.counts,
        "looked_at": findings.looked_at,
        "nothing_seen": findings.nothing_seen,
        "broken": [one.shown() for one in findings.broken],
        "explained": [one.shown() for one in findings.explained],
        "faults": findings.waits,
    }


def as_html(content: dict[str, Any]) -> str:
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["number"] = lambda number: f"{number:,}".replace(",", "\N{THIN SPACE}")
    environment.filters["minutes"] = lambda seconds: f"{int(seconds) // 60} min {int(seconds) % 60} s"
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(**content, most=MOST, slow=SLOW_SECONDS)
