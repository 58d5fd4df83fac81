# ruff: noqa: PTH109
"""The engine and the run: from sources and paths to reports, whatever the number of workers."""

from __future__ import annotations

import doctest
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tmpleak_lint
from tmpleak_lint import engine, worth
from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.engine import Outcome, check_source
from tmpleak_lint.model import FileReport, Location
from tmpleak_lint.reading.discovery import SourceFile, discover
from tmpleak_lint.run import check_files, check_paths, local
from tmpleak_lint.session import Analysis, Session
from tmpleak_lint.settings import Settings, SettingsError

BROKEN = b"import tempfile\nfd, path = tempfile.mkstemp()\nx = '\xff'\n"
QUIET = "x = 1\n"


def codes(report: FileReport) -> list[str]:
    return [finding.code for finding in report.findings]


def test_public_names_are_there_without_importing_the_engine() -> None:
    program = (
        "import sys, tmpleak_lint\n"
        "assert 'tmpleak_lint.engine' not in sys.modules and 'dataclasses' not in sys.modules\n"
        "assert all(getattr(tmpleak_lint, name) for name in tmpleak_lint.__all__)\n"
    )
    subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(_root())!r})\n{program}"],
        check=True,
    )
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        tmpleak_lint.nothing  # noqa: B018


def _root() -> Path:
    return Path(tmpleak_lint.__file__).parent.parent


def test_example_of_the_documentation_holds() -> None:
    assert doctest.testmod(engine) == (0, 2)


def test_file_that_cannot_matter_is_clean_though_it_does_not_parse() -> None:
    assert check_source("def f(:\n") == FileReport("<string>")
    assert check_source(b"\xff\xfe") == FileReport("<string>")


def test_file_that_cannot_be_decoded_gives_tml900_on_its_row() -> None:
    report = check_source(BROKEN, "a.py")
    assert codes(report) == ["TML900"]
    assert report.findings[0].span.start.row == 3
    assert report.findings[0].message == "not analysed: line 3 is not valid utf-8"


def test_tml900_is_reported_unless_ignored_by_name() -> None:
    assert codes(check_source(BROKEN, "a.py", Settings(select=("TML1",)))) == ["TML900"]
    assert codes(check_source(BROKEN, "a.py", Settings(ignore=("TML900",)))) == []
    ignores = (("a.py", ("TML900",)),)
    assert codes(check_source(BROKEN, "a.py", Settings(per_file_ignores=ignores, base=os.getcwd()))) == []
    assert codes(check_source(BROKEN, "b.py", Settings(per_file_ignores=ignores, base=os.getcwd()))) == [
        "TML900"
    ]


def test_unreadable_file_gives_tml900_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.py", "b.py", "c.py"):
        (tmp_path / name).write_text(QUIET)
    real = os.open

    def refuse(path: str, *arguments: int) -> int:
        if str(path).endswith("b.py"):
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments)

    monkeypatch.setattr(os, "open", refuse)
    reports = check_paths([tmp_path])
    assert [codes(report) for report in reports] == [[], ["TML900"], []]
    assert reports[1].findings[0].message == "not analysed: Permission denied"


def test_folder_that_cannot_be_listed_gives_tml900() -> None:
    found = discover([], SettingsFinder())
    (outcome,) = check_files(type(found)((), (("shut", "Permission denied"),)))
    assert outcome.report.filename == "shut"
    assert codes(outcome.report) == ["TML900"]


def test_prefix_of_no_code_is_refused_by_the_interface_too(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(QUIET)
    with pytest.raises(SettingsError, match="no code begins with 'TML777'"):
        check_paths([tmp_path], Settings(select=("TML777",)))


def test_progress_is_told_for_every_file(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.py").write_text(QUIET)
    told: list[tuple[int, int]] = []
    check_paths([tmp_path], on_progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_progress_counts_the_work_and_not_the_files(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.py").write_text(QUIET)
    (tmp_path / "last.py").write_bytes(BROKEN + b"#" * 6_400)
    told: list[tuple[int, int]] = []
    check_paths([tmp_path], on_progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] > 100
    assert told[-2][0] == 3  # the one that is analysed comes last, and is most of the work


def many(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"{number:03}.py" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(BROKEN * (number % 5 + 1) if number % 2 else QUIET.encode())
    return paths


def test_reports_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    many(tmp_path, 60)
    alone = check_paths([tmp_path], jobs=1)
    assert sum(len(report.findings) for report in alone) == 30
    assert check_paths([tmp_path], jobs=3) == alone


def test_no_worker_starts_when_few_files_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many(tmp_path, local.ENOUGH)

    def crew(*arguments: object) -> None:
        raise AssertionError("workers started")

    monkeypatch.setattr(local, "Crew", crew)
    assert len(check_paths([tmp_path], jobs=4)) == local.ENOUGH


def test_workers_are_looked_after_while_quiet_files_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(8):
        (tmp_path / f"a{number}.py").write_text("import tempfile\ntempfile.mkdtemp()\n")
    for number in range(320):
        (tmp_path / f"b{number:03}.py").write_text("x = 1\n")
    looks: list[bool] = []
    answers = local.Crew.answers

    def counted(crew: local.Crew[Any, Any], wait: bool) -> Iterator[tuple[int, Any]]:
        looks.append(wait)
        return answers(crew, wait)

    monkeypatch.setattr(local.Crew, "answers", counted)
    assert len(check_paths([tmp_path], Settings(), jobs=2)) == 328
    assert looks.count(False) > 320 // local.LOOK_EVERY + 5  # in both rounds, not in the second alone


def test_error_of_our_own_costs_only_the_file_it_was_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = many(tmp_path, 4)
    real = engine.examine_closely

    def examine(
        data: bytes, filename: str, settings: Settings, session: Session, *, on_disk: bool = True
    ) -> tuple[Outcome, Analysis | None]:
        if filename == str(paths[1]):
            raise KeyError("x")
        return real(data, filename, settings, session, on_disk=on_disk)

    monkeypatch.setattr(engine, "examine_closely", examine)
    reports = check_paths([tmp_path])
    assert [codes(report) for report in reports] == [[], ["TML900"], [], ["TML900"]]
    message = reports[1].findings[0].message
    assert message.startswith("not analysed: internal error, please report it: test_engine.py:")
    assert message.endswith("KeyError: 'x'")


@pytest.mark.skipif(sys.platform != "linux", reason="patches reach the workers by fork")
def test_crash_of_a_worker_costs_only_the_file_it_was_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = many(tmp_path, 40)
    lethal = {str(paths[7]), str(paths[21])}
    real = engine.examine_file

    def examine_file(file: SourceFile, session: Session) -> Outcome:
        if file.filename in lethal:
            os._exit(11)
        return real(file, session)

    monkeypatch.setattr(engine, "examine_file", examine_file)
    reports = {report.filename: report for report in check_paths([tmp_path], jobs=3)}
    assert len(reports) == 40
    crashed = {
        name for name, report in reports.items() for f in report.findings if f.message.endswith("crashed")
    }
    assert crashed == lethal
    assert sum(len(report.findings) for report in reports.values()) == 20


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for children")
def test_closing_the_run_early_ends_its_workers(tmp_path: Path) -> None:
    import multiprocessing

    many(tmp_path, 60)
    run = check_files(discover([str(tmp_path)], SettingsFinder()), jobs=2)
    seen = [next(run) for _ in range(20)]
    assert multiprocessing.active_children()
    run.close()
    assert multiprocessing.active_children() == []
    assert len({outcome.report.filename for outcome in seen}) == 20


def test_comment_of_ours_that_silences_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1  # noqa: TML103\ny = 2  # noqa: E501\nHTML = 3  # noqa\n")
    (outcome,) = check_files(discover([str(tmp_path)], SettingsFinder()))
    assert [(comment.location.row, comment.codes) for comment in outcome.unused_noqa] == [(1, ("TML103",))]


@pytest.mark.parametrize(
    ("code", "select", "told"),
    [
        ("TML103", (), ("TML103",)),
        ("TML401", (), ()),
        ("TML401", ("TML4",), ("TML401",)),
        ("TML999", (), ("TML999",)),
        ("TML4", ("TML401",), ()),
        ("TML1, TML401, TML999", (), ("TML1", "TML999")),
    ],
)
def test_comment_for_a_code_that_is_off_is_not_called_unused(
    tmp_path: Path, code: str, select: tuple[str, ...], told: tuple[str, ...]
) -> None:
    (tmp_path / "a.py").write_text(f"x = 1  # noqa: {code}\n")
    finder = SettingsFinder.fixed(Settings(extend_select=select))
    (outcome,) = check_files(discover([str(tmp_path)], finder))
    assert tuple(code for comment in outcome.unused_noqa for code in comment.codes) == told


def test_comment_on_the_line_of_a_cell_that_cannot_be_parsed_counts(tmp_path: Path) -> None:
    sources = ("import tempfile\ntempfile.mktemp", "x = 1\ndef f(:  # noqa: TML900", "def g(:\nx = 1  # noqa")
    cells = [{"cell_type": "code", "source": source} for source in sources]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    (report,) = check_paths([tmp_path])
    assert [(finding.code, finding.cell) for finding in report.findings] == [("TML900", 3)]
    assert [(finding.code, finding.cell) for finding in report.suppressed] == [("TML900", 2)]


def test_comment_of_a_notebook_that_silences_nothing_is_told_by_its_cell(tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "source": source} for source in ("x = 1", "y = 2\nz = 3  # noqa: TML103")]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    (outcome,) = check_files(discover([str(tmp_path)], SettingsFinder()))
    ((cell, place),) = [(comment.cell, comment.location) for comment in outcome.unused_noqa]
    assert (cell, place) == (2, Location(2, 8))


def test_names_that_a_file_must_hold_come_from_the_creators() -> None:
    assert worth.names_of(("pkg.util.make_*", "pkg.*_temp_file")) in (
        (b"make_", b"_temp_file"),
        (b"_temp_file", b"make_"),
    )
    settings = Settings(creators=("pkg.util.make_*",))
    assert worth.curiosity(settings)(b"from pkg.util import make_it") is True
    assert worth.curiosity(Settings())(b"from pkg.util import make_it") is False


def test_handmade_paths_are_only_looked_for_when_their_code_is_on() -> None:
    assert worth.curiosity(Settings())(b"open('/tmp/x', 'w')") is False
    assert worth.curiosity(Settings(extend_select=("TML4",)))(b"open('/tmp/x', 'w')") is True


def test_handles_that_delete_their_own_are_only_looked_for_when_an_opt_in_code_is_on() -> None:
    text = b"import tempfile\nwith tempfile.TemporaryDirectory() as work:\n    use(work)\n"
    assert worth.curiosity(Settings())(text) is False
    assert worth.curiosity(Settings(select=("TML1",)))(text) is False
    assert worth.curiosity(Settings(extend_select=("TML401",)))(text) is True
    assert worth.curiosity(Settings(creators=("pkg.make_it",)))(text) is True
    assert worth.curiosity(Settings())(text + b"use(1)  # noqa: TML101\n") is True


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_bytes_are_read_whole_from_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = subprocess.Popen([sys.executable, "-c", f"open({str(pipe)!r}, 'w').write('x' * 300_000)"])
    try:
        assert len(engine.read_bytes(str(pipe))) == 300_000
    finally:
        assert writer.wait(timeout=30) == 0
