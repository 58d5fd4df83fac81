"""Other cleanups are real code: they parse, are analysed again, and hold or leak as they say."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.simulation.programs import example
from tmpleak_lint import engine
from tmpleak_lint.cli.simulated import find
from tmpleak_lint.creations import losses_of
from tmpleak_lint.rules import RULES, page
from tmpleak_lint.settings import Settings
from tmpleak_lint.simulation.cleanups import Cleanup, guarantee
from tmpleak_lint.simulation.compare import Case
from tmpleak_lint.simulation.engine import Settings as Play
from tmpleak_lint.simulation.engine import run
from tmpleak_lint.simulation.program import Kind
from tmpleak_lint.simulation.strategies import HOLDING

CODES = [code for code, rule in RULES.items() if rule.default_on and code not in ("TML501", "TML900")]
FIXTURES = Path(__file__).parents[2] / "fixtures" / "leaky"
MANY = Play(requests=400, slots=100, failure_ppm=300_000)


def leaking_examples() -> list[tuple[str, str]]:
    found = []
    for code in CODES:
        texts = re.findall(r"^```python leaking\n(.*?)^```", page(code), re.DOTALL | re.MULTILINE)
        found += [(code, text) for text in texts]
    return found


def cases_in(path: Path) -> list[Case]:
    """Every finding of a file with all its cleanups, each as it is shown for its own place."""
    report = engine.check_source(path.read_text(), path.name, Settings(base=str(path.parent)))
    places = {f"{path}:{finding.span.start.row}" for finding in report.findings if finding.code in CODES}
    return [find(place, isolated=True)[0].case for place in sorted(places)]


def found_in(text: str, code: str = "") -> list[tuple[str, str]]:
    report = engine.check_source(text, "example.py", Settings(base="/", min_confidence="low"))
    return [(loss.function, loss.code) for finding in report.findings for loss in losses_of(finding)]


def check(case: Case, before: str) -> list[str]:
    """Every cleanup of a case is what it says; the names of those there are."""
    for name, cleanup in case.cleanups.items():
        ast.parse(cleanup.text)
        fewer = len(found_in(before)) - len(found_in(cleanup.text))
        counts = run([cleanup.program], MANY).counts
        if cleanup.leaks:
            assert name == "last-line"
            assert fewer == 0 < counts.orphaned
        else:
            assert fewer > 0, (name, cleanup.patch)
            assert (counts.orphaned, counts.descriptors) == (0, 0), (name, cleanup.patch)
            assert counts.served > 0 or run([case.program], MANY).counts.served == 0
        rows = cleanup.text.splitlines()
        assert all(rows[line.number - 1].rstrip() == line.text for line in cleanup.program.source)
        assert all(rows[row - 1].strip() for row in cleanup.fresh)
        assert any(node.kind is Kind.CREATE for node in cleanup.program.nodes)
    return list(case.cleanups)


@pytest.mark.parametrize(("code", "source"), leaking_examples())
def test_every_cleanup_of_every_example_is_code_that_holds_or_leaks_as_said(
    code: str, source: str, tmp_path: Path
) -> None:
    path = tmp_path / "example.py"
    path.write_text(source)
    cases = cases_in(path)
    assert cases
    for case in cases:
        check(case, source)
        assert guarantee(case.cleanups) is not None, "a cleanup that holds is known for every rule's examples"


def test_every_cleanup_of_the_leaky_fixtures_too() -> None:
    names: list[str] = []
    for path in sorted(FIXTURES.glob("*.py")):
        if path.name != "half_written.py":  # the fixture of TML900
            for case in cases_in(path):
                names += check(case, path.read_text())
    assert {"last-line", "try-finally", "with", "fix"} <= set(names)


def test_an_owner_is_never_cleaned_up_by_the_function_that_makes_it() -> None:
    cleanups = example("TML108").cleanups
    assert set(cleanups) == {"finalize", "close"}
    assert "weakref.finalize(self, shutil.rmtree, self.folder" in cleanups["finalize"].text
    assert (
        "def close(self):\n        self.page = None\n        shutil.rmtree(self.folder)"
        in cleanups["close"].text
    )
    assert {line.text.strip() for line in cleanups["close"].program.source} >= {"shutil.rmtree(self.folder)"}


def test_a_hand_over_is_guarded_and_nothing_else() -> None:
    cleanups = example("TML203").cleanups
    assert set(cleanups) == {"guard", "fix"}
    assert "except BaseException:" in cleanups["guard"].text and "finally" not in cleanups["guard"].text


OWNERS = '''\
import os
import tempfile


class Report:
    """An object that nobody can close."""

    def __init__(self, rows):
        fd, path = tempfile.mkstemp()
        os.close(fd)
        self.path = path

    def text(self):
        return read(self.path)


class Kept:
    def __init__(self):
        self.folder = tempfile.mkdtemp()

    def __exit__(self, *raised):
        log("left")


class Busy:
    def __init__(self):
        self.folder = tempfile.mkdtemp()

    def close(self):
        stop_workers(self)
'''


def cleanups_at(tmp_path: Path, source: str, row: int) -> dict[str, Cleanup]:
    path = tmp_path / "owners.py"
    path.write_text(source)
    (shown,) = find(f"{path}:{row}", isolated=True)
    check(shown.case, source)
    return dict(shown.case.cleanups)


def test_an_object_without_a_close_gets_one_and_becomes_a_context_manager(tmp_path: Path) -> None:
    close = cleanups_at(tmp_path, OWNERS, 9)["close"]
    assert "    def close(self):\n        os.remove(self.path)\n" in close.text
    assert "def __enter__(self):" in close.text and "def __exit__(self, *raised):" in close.text


def test_an_object_with_an_exit_of_its_own_is_left_to_its_author(tmp_path: Path) -> None:
    assert set(cleanups_at(tmp_path, OWNERS, 19)) == {"finalize"}


def test_a_close_that_can_fail_deletes_all_the_same(tmp_path: Path) -> None:
    close = cleanups_at(tmp_path, OWNERS, 27)["close"]
    assert "        try:\n            stop_workers(self)\n        finally:\n" in close.text


LAST_LINES = """\
import os
import tempfile


def never(request):
    path = make()
    process(request, path)


def make():
    fd, path = tempfile.mkstemp()
    os.close(fd)
    return path


def returned(request):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    return process(request, path)


def given(request):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    process(request, path)
    return path
"""


def test_a_deletion_that_is_missing_is_put_on_the_last_line_and_leaks(tmp_path: Path) -> None:
    assert (
        "    process(request, path)\n    os.remove(path)\n"
        in cleanups_at(tmp_path, LAST_LINES, 6)["last-line"].text
    )


def test_what_is_returned_is_worked_out_before_the_deletion_on_the_last_line(tmp_path: Path) -> None:
    text = cleanups_at(tmp_path, LAST_LINES, 17)["last-line"].text
    assert "    result = process(request, path)\n    os.remove(path)\n    return result\n" in text


def test_what_is_handed_over_is_not_deleted_on_any_last_line(tmp_path: Path) -> None:
    assert not set(cleanups_at(tmp_path, LAST_LINES, 23)) & {"last-line", "try-finally", "with"}


def test_a_deletion_that_stands_on_the_last_line_stays_where_it_is() -> None:
    last = example("TML103").cleanups["last-line"]
    assert (last.leaks, last.fresh, last.gone, last.patch) == (True, (), (), "")


def test_a_patch_makes_the_text(tmp_path: Path) -> None:
    path = tmp_path / "example.py"
    source = LAST_LINES
    path.write_text(source)
    cleanup = cleanups_at(tmp_path, source, 6)["fix"]
    assert cleanup.patch.startswith("--- a/owners.py\n+++ b/owners.py\n@@ ")
    added = [line[1:] for line in cleanup.patch.splitlines()[2:] if line.startswith("+")]
    removed = [line[1:] for line in cleanup.patch.splitlines()[2:] if line.startswith("-")]
    lines = source.splitlines()
    assert len(cleanup.text.splitlines()) == len(lines) + len(added) - len(removed)


def test_every_name_of_a_cleanup_can_be_asked_for() -> None:
    from tmpleak_lint.simulation.strategies import DEFAULT, named

    assert {named(name).rewrite for name in DEFAULT} >= set(HOLDING)


def test_a_cleanup_is_played_as_strictly_as_the_code_was_read(tmp_path: Path) -> None:
    """A directory that `os.rmdir` may not remove once something failed isn't left to it in a `finally` either."""
    path = tmp_path / "example.py"
    head = "import os, tempfile\n\n\ndef f(use):\n    path = tempfile.mkdtemp()\n"
    path.write_text(f"{head}    use(path)\n    os.rmdir(path)\n")
    (case,) = cases_in(path)
    held = {name: cleanup for name, cleanup in case.cleanups.items() if not cleanup.leaks}
    assert held and case.cleanups.keys() - held.keys() == {"last-line"}
    for cleanup in held.values():
        assert "finally:" not in cleanup.text
        assert run([cleanup.program], MANY).counts.orphaned == 0
