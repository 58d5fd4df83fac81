"""The scratch directory is gone after the run, however the run ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tmpleak_lint.simulation.program import Resource
from tmpleak_lint.simulation.scratch import PREFIX, scratch

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")

HOLDING = """
import sys
from tmpleak_lint.simulation.program import Resource
from tmpleak_lint.simulation.scratch import scratch
with scratch(1000) as place:
    place.make(0, Resource.FILE)
    place.make(1, Resource.DIRECTORY)
    place.make(2, Resource.DESCRIPTOR)
    print("ready", flush=True)
    {then}
"""


def start(parent: Path, then: str = "sys.stdin.read()") -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING.format(then=then)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "TMPDIR": str(parent)},
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


def finish(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=60)
    return process.returncode


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_gone_after_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    process = start(tmp_path)
    assert [path.name.startswith(PREFIX) for path in tmp_path.iterdir()] == [True]
    process.send_signal(number)
    assert finish(process) != 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("then", ["1 / 0", "sys.exit(3)", "pass"])
def test_gone_after_a_crash_an_exit_and_an_ordinary_end(tmp_path: Path, then: str) -> None:
    assert finish(start(tmp_path, then)) == {"1 / 0": 1, "sys.exit(3)": 3, "pass": 0}[then]
    assert list(tmp_path.iterdir()) == []


def test_what_a_kill_leaves_is_swept_by_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed, living = start(tmp_path), start(tmp_path)
    killed.kill()
    finish(killed)
    assert len(list(tmp_path.iterdir())) == 2, "nothing can clean up after SIGKILL"
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / f"{PREFIX}notes").mkdir()
    with scratch(1):
        names = {path.name.removeprefix(PREFIX).partition("-")[0] for path in tmp_path.iterdir()}
        assert names == {str(living.pid), str(os.getpid()), "notes"}, "only a dead process's own is swept"
    finish(living)


def test_files_have_their_length_but_no_blocks() -> None:
    with scratch(300_000_000) as place:
        place.make(0, Resource.FILE)
        assert place.usage() == (300_000_000, 1)
        entry = next(Path(tempfile.gettempdir()).glob(f"{PREFIX}{os.getpid()}-*/0"))
        assert entry.stat().st_blocks * 512 < 1_000_000


def test_counts_come_from_the_disk_and_the_system() -> None:
    with scratch(10) as place:
        for number, resource in enumerate(Resource):
            place.make(number, resource)
        assert (place.names(), place.descriptors(), place.usage()) == (2, 1, (20, 3))
        for number, resource in enumerate(Resource):
            place.remove(number, resource)
        assert (place.names(), place.descriptors(), place.usage()) == (0, 0, (0, 0))


def test_handlers_are_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with scratch(1):
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
