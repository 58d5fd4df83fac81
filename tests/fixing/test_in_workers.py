"""Fixes worked out by worker processes: the same answers as from one process, in order, whatever happens to a file."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tmpleak_lint import engine, fixes
from tmpleak_lint import session as sessions
from tmpleak_lint.cli import main
from tmpleak_lint.fixes import AT_ONCE, MOST_IN_FILE, Job, propose_for, repair_file, with_fixes
from tmpleak_lint.model import FileReport
from tmpleak_lint.run.crew import in_order
from tmpleak_lint.session import Session
from tmpleak_lint.settings import Settings

LEAK = """
def work{number}():
    fd, path = tempfile.mkstemp()
    os.close(fd)
    use(path)
    os.unlink(path)
    return {number}
"""


COUNTS = (1, 2, 3, 4, 5, 6, 7, 8, 2 * AT_ONCE + 1)  # findings of each file


def source(leaks: int) -> str:
    return "import os\nimport tempfile\n" + "".join(LEAK.format(number=number) for number in range(leaks))


def reported(path: Path) -> FileReport:
    report = engine.check_source(path.read_bytes(), path, Settings(base=str(path.parent)))
    assert report.findings
    return report


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files with some findings each, more of them than it takes for workers to start; one is shared out among them."""
    for number, leaks in enumerate(COUNTS, start=1):
        (tmp_path / f"m{number}.py").write_text(source(leaks))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*arguments: str) -> str:
        assert main(["--isolated", "-q", *arguments]) == 1
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize("output", ["json", "sarif"])
def test_fixes_do_not_depend_on_the_number_of_workers(
    tree: Path, said: Callable[..., str], output: str
) -> None:
    alone = said("--output-format", output, "--jobs", "1", ".")
    assert said("--output-format", output, "--jobs", "3", ".") == alone
    assert alone.count('"fixes"' if output == "sarif" else '"applicability"') == sum(COUNTS)


def test_fixes_are_those_of_each_file_for_itself(tree: Path, said: Callable[..., str]) -> None:
    together = json.loads(said("--output-format", "json", "--jobs", "3", "."))
    assert (
        max(sum(found["filename"].endswith(f"m{n}.py") for found in together) for n in range(10))
        > 2 * AT_ONCE
    )
    one_by_one = [
        found for n in range(1, 10) for found in json.loads(said("--output-format", "json", f"m{n}.py"))
    ]
    assert together == one_by_one
    assert all(found["fix"] is not None for found in together)


def test_fixes_do_not_depend_on_what_a_session_has_to_forget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.py"
    # Its best rewrite is refused by comparing the code before and after.
    path.write_text(source(1).replace("os.unlink(path)", "cleaning.remove_tree(path, context='work')"))
    data, settings = path.read_bytes(), Settings()
    expected = with_fixes(reported(path), data, settings)
    assert all(found.fix is not None for found in expected.findings)
    monkeypatch.setattr(sessions, "BLOCKS", -(10**9))  # always too much
    assert with_fixes(reported(path), data, settings, session=Session(settings)) == expected


def test_differences_come_in_order_from_any_number_of_workers(tree: Path, said: Callable[..., str]) -> None:
    alone = said("--diff", "--jobs", "1", ".")
    assert said("--diff", "--jobs", "3", ".") == alone
    shown = [line for line in alone.splitlines() if line.startswith("--- ")]
    assert len(shown) == 9 and shown == sorted(shown)


def test_workers_fix_what_one_process_fixes(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in tree.iterdir()}
    assert main(["--isolated", "--fix", "--jobs", "3", "."]) == 0
    after = {path: path.read_bytes() for path in tree.iterdir()}
    for path, data in before.items():
        path.write_bytes(data)
    assert main(["--isolated", "--fix", "--jobs", "1", "."]) == 0
    assert {path: path.read_bytes() for path in tree.iterdir()} == after
    assert all(after[path] != data for path, data in before.items())
    assert f"{sum(COUNTS)} findings in 9 files" in capsys.readouterr().err


def test_analysis_at_hand_gives_the_fixes_of_an_analysis_anew(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text(source(2))
    settings = Settings(base=str(tmp_path))
    session = Session()
    report = engine.examine(path.read_bytes(), str(path), settings, session).report
    warm = with_fixes(report, path.read_bytes(), settings, session=session)
    assert warm == with_fixes(report, path.read_bytes(), settings)
    assert [found.fix is not None for found in warm.findings] == [True, True]


def test_analysis_of_an_older_text_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text(source(1))
    settings = Settings(base=str(tmp_path))
    session = Session()
    engine.examine(path.read_bytes(), str(path), settings, session)
    path.write_text("# new\n" + source(1))
    report = reported(path)
    assert with_fixes(report, path.read_bytes(), settings, session=session) == with_fixes(
        report, path.read_bytes(), settings
    )


def test_what_came_of_an_analysis_counts_for_the_bytes_that_it_is_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.py"
    path.write_text(source(1))
    settings, session = Settings(base=str(tmp_path)), Session()
    _, old = engine.examine_closely(path.read_bytes(), str(path), settings, session)
    changed = ("# new\n" + source(1)).encode()
    report = engine.check_source(changed, path, settings)
    anew = with_fixes(report, changed, settings)
    assert with_fixes(report, changed, settings, session=session, analysis=old) == anew
    analysed: list[bytes] = []
    analyse = Session.analyse

    def counted(self: Session, data: bytes, *given: object, **named: object) -> sessions.Analysis:
        analysed.append(data)
        return analyse(self, data, *given, **named)  # type: ignore[arg-type]

    _, new = engine.examine_closely(changed, str(path), settings, session)
    monkeypatch.setattr(Session, "analyse", counted)
    assert with_fixes(report, changed, settings, session=session, analysis=new) == anew
    assert analysed and changed not in analysed


def test_file_that_is_gone_keeps_its_findings(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text(source(1))
    report = reported(path)
    path.unlink()
    assert propose_for(Job(report, Settings(), None, on_disk=True)) == report.findings
    done = repair_file(Job(report, Settings(), None, on_disk=True))
    assert done.left == report.findings and done.error == f"{path}: No such file or directory"


def test_error_of_our_own_while_fixing_keeps_the_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.py"
    path.write_text(source(1))
    report = reported(path)

    def broken(*arguments: object, **named: object) -> FileReport:
        raise KeyError("x")

    monkeypatch.setattr(fixes, "_Texts", broken)
    (found,) = propose_for(Job(report, Settings(), None, on_disk=True))
    assert dataclasses.replace(found, fix_refused=None) == report.findings[0]
    assert found.fix_refused is not None and found.fix_refused.endswith("KeyError: 'x'")
    done = repair_file(Job(report, Settings(), None, on_disk=True))
    assert done.after == done.before == path.read_bytes()
    assert done.left == (found,) and done.error is None


def test_findings_beyond_the_limit_of_a_file_say_so(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text(source(1))
    report = reported(path)
    many = dataclasses.replace(report, findings=report.findings * (MOST_IN_FILE + 1))
    last = propose_for(Job(many, Settings(), None, on_disk=True, first=MOST_IN_FILE - 1))
    assert [found.fix is not None for found in last] == [True, False]
    assert last[1].fix_refused == "fixes are proposed for the first 100 findings of a file only"


def doubled(number: int) -> int:
    if number == 5:
        os._exit(11)
    return 2 * number


def minus(number: int, how: str) -> int:
    return -number


def identity(number: int) -> int:
    return number


def test_results_come_in_order_and_a_dead_worker_costs_one() -> None:
    assert list(in_order(range(12), 3, doubled, minus, identity)) == [0, 2, 4, 6, 8, -5, *range(12, 24, 2)]


def test_few_pieces_of_work_are_done_here() -> None:
    started = os.getpid()
    assert list(in_order([1, 2], 3, lambda number: number + os.getpid(), minus, identity)) == [
        1 + started,
        2 + started,
    ]
