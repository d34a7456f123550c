"""wrk, the client of the rows that measure a rate: a C program, so that it takes little of the two cores."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parent / "wrk"
THREADS = 2
CONNECTIONS = 16


class Refused(Exception):
    """Answers that were no success, or none at all: a rate of those says nothing."""


@dataclass(frozen=True)
class Rate:
    per_second: float
    p50_ms: float
    p99_ms: float


def wrk(script: str, url: str, seconds: float, **told: object) -> Rate:
    """Sixteen connections, each with one request at a time, for so long. Raises Refused."""
    program = shutil.which("wrk")
    if program is None:
        raise FileNotFoundError("wrk is not installed: apt-get install wrk (tests/load/README.md)")
    command = [program, f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{max(round(seconds), 1)}s", "--timeout", "20s"]
    environment = {f"LOAD_{name.upper()}": str(value) for name, value in told.items()}
    finished = subprocess.run(
        [*command, "-s", str(SCRIPTS / f"{script}.lua"), url],
        env={**os.environ, **environment, "LOAD_SCRIPTS": str(SCRIPTS), "LOAD_THREADS": str(THREADS)},
        capture_output=True,
        check=True,
        text=True,
    )
    counted = json.loads(finished.stdout.strip().splitlines()[-1])
    if counted["not_2xx"] or counted["broken"]:
        raise Refused(f"{url}: {counted}")
    return Rate(counted["requests"] / counted["seconds"], counted["p50_ms"], counted["p99_ms"])
