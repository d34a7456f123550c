"""`make proof`: people book, staff refer, and everything breaks; then an independent checker looks what became of it.

The plan of faults is drawn from the seed, so that a run repeats. Exit code 0 only when every count is 0.
"""

import argparse
import json
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import parts
from tests.proof import checker, operator, plan, report, running, servers
from tests.proof.clients import Crowd
from tests.proof.system import System
from tests.wait import lasts

CASES, FAULTS, SEED = 10_000, 86, 20_261_123
SHORT_CASES, SHORT_FAULTS = 800, 15
EMPTY_WITHIN = 60  # seconds, for all queues
PATIENCE = 60  # seconds in which not one more case comes to its end


@dataclass
class Proof:
    folder: Path
    cases: int
    faults: list[plan.Fault]
    seed: int
    began: float = field(default_factory=time.monotonic)
    remarks: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def run(self) -> bool:
        """True when nothing is missing, double, or stuck."""
        with System(self.folder, self.cases, self.say) as system:
            self.remarks += system.office.remarks()
            crowd = Crowd(system, self.cases, self.seed)
            crowd.start()
            try:
                failures = self._with_faults(system, crowd)
                failures += self._to_rest(system, crowd)
            finally:
                crowd.close()
            failures += self._left_by_themselves()
            findings = checker.check(system)
            self.say(f"Checked\n\n{findings.table()}\n")
            about = report.About(
                seed=self.seed,
                cases=self.cases,
                command=" ".join(sys.argv[1:]),
                seconds=time.monotonic() - self.began,
                remarks=self.remarks + failures,
            )
            report.write(self.folder, findings, about)
        for line in failures:
            self.say(f"FAILED: {line}")
        self.say(f"{'FAILED' if findings.failed or failures else 'Proven'}; the report is {self.folder}/report.html")
        return not findings.failed and not failures

    def _with_faults(self, system: System, crowd: Crowd) -> list[str]:
        self.say(f"{len(self.faults)} faults over {self.cases} cases")
        execution = running.Execution(system, self.faults, crowd, self.say)
        execution.carry_out()
        return execution.failures

    def _to_rest(self, system: System, crowd: Crowd) -> list[str]:
        """The faults are over: everybody gets an answer, the operator settles, the queues become empty."""
        system.keeper.wait_ready(*system.names())
        crowd.allow(self.cases)
        self._until_all_have_finished(crowd)
        crowd.stop_beginning()
        finished, cases = crowd.progress()
        self.say(f"{finished} of {cases} cases are finished")
        done = operator.settle(system)
        (self.folder / "operator.log").write_text("".join(f"{line}\n" for line in done))
        self.say(f"The operator settled {len(done)} things")
        began = time.monotonic()
        stuck = operator.wait_until_empty(system, EMPTY_WITHIN)
        self.say(f"All queues are empty after {time.monotonic() - began:.1f} s" if not stuck else "NOT empty:")
        for line in stuck:
            self.say(f"  {line}")
        lines = [] if finished == cases else [f"{cases - finished} cases did not come to their end"]
        return lines + [f"stuck: {line}" for line in stuck]

    def _until_all_have_finished(self, crowd: Crowd) -> None:
        finished, since = 0, time.monotonic()
        while finished < self.cases and time.monotonic() - since < PATIENCE:
            lasts(0.1)
            now, _ = crowd.progress()
            if now > finished:
                finished, since = now, time.monotonic()

    def _left_by_themselves(self) -> list[str]:
        """Processes that ended though nobody had killed them; 70 is how a worker leaves that finds itself stuck, as one
        does that was paused for a minute."""
        path = self.folder / "restarts.jsonl"
        ends = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        self.remarks.append(f"{len(ends)} times a process was started again")
        return [
            f"{one['name']} left by itself with {one['code']}"
            for one in ends
            if not one["killed"] and one["code"] not in (-signal.SIGKILL, 70)
        ]


def main() -> int:
    given = _arguments()
    cases = given.cases or (SHORT_CASES if given.short else CASES)
    count = given.faults if given.faults is not None else (SHORT_FAULTS if given.short else FAULTS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        owns = System.owns_servers()
        if owns:
            servers.must_have_engine()
            servers.must_have_images()
    except servers.NoServers as lack:
        print(lack)
        return 2
    faults = plan.plan(given.seed, count, given.short, owns)
    proof = Proof(given.folder.resolve(), cases, faults, given.seed)
    if not owns:
        proof.remarks.append("The servers were given: nothing was done to them, nor to the network.")
    return 0 if proof.run() else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("--cases", type=int, help=f"how many (default {CASES}; {SHORT_CASES} with --short)")
    parser.add_argument("--faults", type=int, help=f"how many (default {FAULTS}; {SHORT_FAULTS} with --short)")
    parser.add_argument("--seed", type=int, default=SEED, help="a run with the same seed has the same plan")
    parser.add_argument("--short", action="store_true", help="a run of some minutes")
    parser.add_argument("--folder", type=Path, default=parts.ROOT / "proof", help="logs and report")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
