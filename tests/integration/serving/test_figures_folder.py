"""The folder in which a web process puts its workers' figures together."""

from pathlib import Path

import pytest

from deploy.local import processes
from tests.integration.serving.test_hostile_clients import serving


def test_what_a_killed_web_process_left_is_cleared_by_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def folders() -> set[Path]:
        return set(tmp_path.glob("sendero-metrics-*"))

    with serving(tmp_path) as killed:
        left = folders()
        processes.kill_group(killed.process)
        assert folders() == left
        with serving(tmp_path) as living:
            (its,) = folders()
            assert its not in left
            with serving(tmp_path):
                assert its in folders()
            assert folders() == {its}
            assert living.answers()
        assert not folders()
