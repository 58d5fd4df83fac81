"""Results as JSON lines: what an interrupted run has written isn't done again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.run.trees import QUIET, make_tree
from tmpleak_lint import engine
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.cli import main
from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.engine import Outcome
from tmpleak_lint.reading.discovery import Discovery, SourceFile, discover
from tmpleak_lint.run import batches, check_files
from tmpleak_lint.run.results import Results, ResultsError, about
from tmpleak_lint.settings import Settings


@pytest.fixture
def found(tmp_path: Path) -> Discovery:
    return discover([str(make_tree(tmp_path / "tree"))], SettingsFinder())


def counting(asked: list[str]) -> Callable[[SourceFile, Project], Outcome]:
    def examine(file: SourceFile, project: Project) -> Outcome:
        asked.append(Path(file.path).parent.name)
        return engine.examine_file(file, project)

    return examine


def test_interrupted_run_goes_on_where_it_was(
    found: Discovery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "FILES", 9)
    whole = sorted(check_files(found), key=lambda outcome: outcome.report.filename)
    file = tmp_path / "results.jsonl"
    asked: list[str] = []
    with Results(file, "x") as results:
        run = check_files(found, results=results, examine=counting(asked))
        for _ in range(30):
            next(run)
        run.close()
    begun = set(asked)
    assert 3 <= len(begun) < 6
    torn = file.read_bytes()
    file.write_bytes(torn + b'{"stamp": "abc", "fil')
    asked.clear()
    with Results(file, "x") as results:
        outcomes = list(check_files(found, results=results, examine=counting(asked)))
    assert sorted(outcomes, key=lambda outcome: outcome.report.filename) == whole
    assert len(set(asked) & begun) <= 1  # the package that was being judged when the run ended
    lines = file.read_text().splitlines()
    assert len(lines) == 7
    assert sum(json.loads(line)["files"] for line in lines[1:]) == len(found.files)


def test_batch_whose_files_have_changed_is_judged_again(found: Discovery, tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    with Results(file, "x") as results:
        list(check_files(found, results=results))
    changed = Path(found.files[0].path).with_name("leaks.py")
    changed.write_text(QUIET)
    asked: list[str] = []
    with Results(file, "x") as results:
        outcomes = list(check_files(found, results=results, examine=counting(asked)))
    assert set(asked) == {changed.parent.name}
    assert not next(each for each in outcomes if each.report.filename == str(changed)).report.findings


@pytest.mark.parametrize(
    "text", ["{}\n", "no json\n", '{"tmpleak-lint": "0.0.1", "results": 1, "about": "x"}\n']
)
def test_foreign_file_is_refused_and_stays_as_it_is(text: str, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text(text)
    with pytest.raises(ResultsError, match=r"notes\.txt"):
        Results(file, "x")
    assert file.read_text() == text


def test_foreign_text_without_a_line_end_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("dear diary")
    with pytest.raises(ResultsError, match=r"notes\.txt"):
        Results(file, "x")
    assert file.read_text() == "dear diary"


def test_results_of_other_settings_are_told_apart() -> None:
    assert about([Settings(jobs=2)], with_fixes=False) == about([Settings(jobs=3)], with_fixes=False)
    assert about([Settings()], with_fixes=False) != about([Settings()], with_fixes=True)
    assert about([Settings(ignore=("TML1",))], with_fixes=False) != about([Settings()], with_fixes=False)


def test_command_line_goes_on_with_the_file_it_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_tree(tmp_path / "tree")
    words = ["check", "--isolated", str(tmp_path / "tree"), "--output-format", "concise"]
    assert main(words) == 1
    plain = capsys.readouterr()
    for _ in range(2):
        assert main([*words, "--results", str(tmp_path / "r.jsonl")]) == 1
        assert capsys.readouterr() == plain
    assert main([*words, "--ignore", "TML3", "--results", str(tmp_path / "r.jsonl")]) == 2
    assert "other settings" in capsys.readouterr().err
    assert main([*words, "--executor", "dask://nowhere"]) == 2
    assert "dask://HOST:PORT" in capsys.readouterr().err
