"""No program outlives its starter, and no stranger is ended."""

import os
import resource
import signal
import subprocess
import sys

import pytest

from deploy.local import child, processes
from tests.wait import wait_until

STARTER = """
import pathlib, sys, time
from deploy.local import child, processes
process = processes.start(["sleep", "60"], pathlib.Path(sys.argv[1]))
print(process.pid, flush=True)
process.wait()
"""
STUBBORN = "trap '' TERM; sleep 60 & echo ready; while true; do sleep 1; done"


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"


def test_a_child_ends_with_its_killed_starter(tmp_path):
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
    )
    with starter:
        child = int(starter.stdout.readline())
        wait_until(lambda: _command(child) == "sleep", what="the child runs")
        starter.kill()
    wait_until(lambda: not _alive(child), what="the child is gone")


def _command(pid):
    with open(f"/proc/{pid}/comm") as name:
        return name.read().strip()


def test_a_program_may_open_as_many_files_as_the_system_lets_it_whatever_the_shell_said(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        process = processes.start(["sh", "-c", "ulimit -n"], tmp_path / "log")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert process.wait(10) == 0
    most = child.OPEN_FILES if hard == resource.RLIM_INFINITY else min(child.OPEN_FILES, hard)
    assert int((tmp_path / "log").read_text()) == most


def test_what_does_not_obey_is_ended_with_all_it_started(tmp_path):
    log = tmp_path / "log"
    process = processes.start(["bash", "-c", STUBBORN], log, {**os.environ, processes.MARK: str(tmp_path)})
    wait_until(lambda: "ready" in log.read_text())
    assert not processes.stop(process, 0.2)
    assert process.returncode == -signal.SIGKILL
    assert wait_until(lambda: not processes.marked(str(tmp_path)), what="nothing is left")


def test_what_a_program_left_behind_ends_with_it(tmp_path):
    log = tmp_path / "log"
    process = processes.start(["sh", "-c", "sleep 60 & echo $!"], log)
    assert process.wait(10) == 0
    wait_until(lambda: not _alive(int(log.read_text())), what="nothing is left")


def test_a_number_that_was_given_to_another_meanwhile_is_not_killed(tmp_path):
    """As happened when one set of tests ended while another ran: numbers come round again, the quicker the more threads
    are begun."""
    ended, stranger = (processes.start(["sleep", seconds], tmp_path / "log") for seconds in ("0", "60"))
    try:
        ended.wait(10)
        ended.pid = stranger.pid
        processes.kill_group(ended)
        processes.stop(ended, 1)
        with pytest.raises(subprocess.TimeoutExpired):
            stranger.wait(0.3)
    finally:
        processes.stop(stranger, 1)


def test_leftovers_are_found_by_their_mark_and_strangers_live_on(tmp_path):
    def start(mark):
        return processes.start(["sleep", "60"], tmp_path / "log", {**os.environ, processes.MARK: mark})

    mine, other = start(str(tmp_path / "mine")), start(str(tmp_path / "other"))
    try:
        wait_until(lambda: _command(mine.pid) == _command(other.pid) == "sleep")
        assert processes.end_leftovers(str(tmp_path / "mine")) == 1
        assert mine.wait(5) == -signal.SIGTERM
        assert other.poll() is None
    finally:
        processes.stop(mine, 1)
        processes.stop(other, 1)
