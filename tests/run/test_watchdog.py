"""Work that takes a processor or the memory for itself is ended, and answered for; all other work is done."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from mmap import mmap
from pathlib import Path

import pytest

from tmpleak_lint import check_paths, engine
from tmpleak_lint.reading.discovery import SourceFile
from tmpleak_lint.run.crew import in_order
from tmpleak_lint.run.plan import Candidate, crashed
from tmpleak_lint.run.watchdog import AGAIN, Ended, Limits, Watch, within
from tmpleak_lint.session import Session, load_analysis
from tmpleak_lint.settings import Settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a process uses is read in /proc")

ODD, ENOUGH = 5, 8
MEGABYTE = 1_000_000
PATIENT = 100_000.0


def how(number: int, reason: str) -> str:
    return f"{number} {reason}"


def weight(number: int) -> int:
    return -number


def spins(number: int) -> str:
    while number == ODD:
        pass
    return "done"


def hoards(number: int) -> str:
    # Pages of their own: what a forked worker takes from the free memory that it was started with is not new.
    held = [mmap(-1, MEGABYTE) for _ in range(300 if number == ODD else 0)]
    for pages in held:
        pages.write(b"x" * MEGABYTE)
    while held:
        time.sleep(0.1)
    return "done"


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("work", "limits", "reason"),
    [
        (spins, Limits(1, PATIENT, PATIENT), "more than 1 seconds of a processor"),
        (hoards, Limits(PATIENT, PATIENT, 200), "MB"),
    ],
)
def test_work_that_takes_too_much_costs_itself(work: object, limits: Limits, reason: str, jobs: int) -> None:
    results = list(in_order(range(ENOUGH), jobs, work, how, weight, limits))  # type: ignore[arg-type]
    assert [result for number, result in enumerate(results) if number != ODD] == ["done"] * (ENOUGH - 1)
    assert results[ODD].startswith(f"{ODD} was ended by the watchdog: more than")
    assert reason in results[ODD]


def test_a_file_that_takes_too_much_costs_itself_in_this_process_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "odd", "z"):
        (tmp_path / f"{name}.py").write_text(
            "import tempfile\ndef f():\n    d = tempfile.mkdtemp()\n    use(d)\n"
        )
    analyse = Session.analyse

    def spinning(self: Session, data: bytes, filename: str, *args: object, **kwargs: object) -> object:
        found = analyse(self, data, filename, *args, **kwargs)  # type: ignore[arg-type]
        while "odd" in filename:
            pass
        return found

    load_analysis()  # or whatever is analysed first pays for that
    monkeypatch.setattr(Session, "analyse", spinning)
    monkeypatch.setattr("tmpleak_lint.run.local.Limits", lambda: Limits(2, PATIENT, PATIENT))
    reports = {Path(each.filename).stem: each for each in check_paths([tmp_path], jobs=1)}
    assert {name: [each.code for each in report.findings] for name, report in reports.items()} == {
        "a": ["TML101"],
        "odd": ["TML900"],
        "z": ["TML101"],
    }
    assert "ended by the watchdog" in reports["odd"].findings[0].message
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


AT_ONCE = Limits(-1, PATIENT, PATIENT)  # whatever is looked at takes too much


def ring() -> None:
    signal.raise_signal(signal.SIGALRM)


@pytest.fixture
def left_as_it_was() -> Iterator[None]:
    yield
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.usefixtures("left_as_it_was")
def test_what_is_broken_off_is_left_in_peace() -> None:
    put_back = []

    def work() -> None:
        try:
            ring()
        finally:
            ring()  # freeing what was in hand may take more than a second
            put_back.append(True)

    said: list[str] = []
    within(AT_ONCE, work, said.append)
    assert put_back == [True]
    assert len(said) == 1
    assert "was ended by the watchdog: more than" in said[0]


@pytest.mark.usefixtures("left_as_it_was")
def test_an_alarm_that_went_nowhere_is_given_again() -> None:
    heard = []

    def work() -> None:
        for look in range(2 * AGAIN + 2):
            try:
                ring()
            except Ended:
                heard.append(look)

    within(AT_ONCE, work, pytest.fail)
    assert heard == [0, AGAIN + 1]


@pytest.mark.usefixtures("left_as_it_was")
def test_what_is_done_as_the_alarm_rings_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    setitimer = signal.setitimer

    def late(which: int, seconds: float, interval: float = 0.0) -> tuple[float, float]:
        if not seconds:
            ring()
        return setitimer(which, seconds, interval)

    monkeypatch.setattr(signal, "setitimer", late)
    assert within(AT_ONCE, lambda: "done", str) == "done"


@pytest.mark.usefixtures("left_as_it_was")
def test_no_alarm_where_the_program_that_runs_us_blocks_it() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    try:
        assert within(AT_ONCE, lambda: signal.getitimer(signal.ITIMER_REAL), pytest.fail) == (0.0, 0.0)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def test_what_other_threads_of_the_program_that_runs_us_take_counts_for_them() -> None:
    watch = Watch(os.getpid())
    watch.begin()

    def busy() -> None:
        while time.thread_time() < 0.5:
            pass

    other = threading.Thread(target=busy)
    other.start()
    other.join()
    assert watch.objects(Limits(0.4, PATIENT, PATIENT)) == ""


def test_an_alarm_of_the_program_that_runs_us_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: rung.append(number))
    try:
        signal.setitimer(signal.ITIMER_REAL, PATIENT)
        within(Limits(-1, PATIENT, PATIENT), ring, pytest.fail)
        left, _ = signal.getitimer(signal.ITIMER_REAL)
        assert rung == [signal.SIGALRM]
        assert left > PATIENT / 2
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_work_that_never_answers_is_ended_too() -> None:
    watch = Watch(os.getpid())
    watch.begin()
    assert watch.objects(Limits(PATIENT, PATIENT, PATIENT)) == ""
    watch.began -= 2 * PATIENT
    assert watch.objects(Limits(PATIENT, PATIENT, PATIENT)) == "more than 100,000 seconds"


def test_what_a_worker_begins_with_is_not_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    has = [1_600.0]
    monkeypatch.setattr("tmpleak_lint.run.watchdog._megabytes", lambda pid: has[0])
    watch = Watch(os.getpid())
    watch.begin()
    assert watch.objects(Limits(PATIENT, PATIENT, 40)) == ""
    has[0] += 50
    assert watch.objects(Limits(PATIENT, PATIENT, 40)) == "more than 40 MB"


def test_what_is_not_known_of_a_process_ends_nothing() -> None:
    watch = Watch(None)
    watch.begin()
    assert watch.objects(Limits(0, PATIENT, 0)) == ""


def test_the_report_names_the_watchdog(tmp_path: Path) -> None:
    file = SourceFile(str(tmp_path / "a.py"), str(tmp_path / "a.py"), Settings())
    outcome = crashed(
        Candidate(file, 1, frozenset()), "was ended by the watchdog: more than 60 seconds of a processor"
    )
    assert outcome.report.findings[0].code == "TML900"
    assert outcome.report.findings[0].message == (
        "not analysed: its analysis was ended by the watchdog: more than 60 seconds of a processor"
    )
    assert engine.crashed(file).report.findings[0].message == "not analysed: its analysis crashed"
