"""Each rewrite on an example of its own: the result is as recorded, needs nothing more, and leaves nothing behind.

`pytest --update` records again.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.oracle.snippets import describe, explore
from tmpleak_lint.engine import check_source
from tmpleak_lint.fixes import fix_bytes, with_fixes
from tmpleak_lint.fixing.edits import apply
from tmpleak_lint.fixing.repair import Repaired
from tmpleak_lint.fixing.source import Source
from tmpleak_lint.model import Applicability
from tmpleak_lint.settings import Settings

FOLDER = Path(__file__).parents[2] / "fixtures" / "fixes"
BEFORE = sorted(FOLDER.glob("*.before.py"))
SHOWN = "finalize"  # where an object's life ends is for its author to say
NO_LEAK = {"mkdtemp", "mkstemp"}  # these end a race; nothing is left behind before or after


def rewrite_of(path: Path) -> str:
    return path.name.partition(".")[0].replace("_", "-")


def after(path: Path) -> Path:
    return path.with_name(path.name.replace(".before.", ".after."))


def repaired(path: Path, data: bytes) -> Repaired:
    name = "test_example.py" if rewrite_of(path) == "tmp-path" else "example.py"
    settings = Settings(base=str(Path.cwd()), min_confidence="low")
    if rewrite_of(path) == SHOWN:
        return shown(data, name, settings)
    return fix_bytes(data, name, settings, unsafe=True, on_disk=False)


def shown(data: bytes, name: str, settings: Settings) -> Repaired:
    """A file with the edits that are only shown put in by hand."""
    report = with_fixes(check_source(data.decode(), settings=settings), data, settings, on_disk=False)
    fixes = [finding.fix for finding in report.findings if finding.fix is not None]
    made = fix_bytes(data, name, settings, unsafe=True, on_disk=False)
    assert made.data == data, "it is applied"
    if fixes:
        assert [fix.applicability for fix in fixes] == [Applicability.DISPLAY]
        made.data = apply(Source(data), fixes[0].edits).encode()
        made.rewrites.append(SHOWN)
        made.found = fix_bytes(made.data, name, settings, unsafe=True, on_disk=False).found
    return made


@pytest.mark.parametrize("path", BEFORE, ids=rewrite_of)
def test_rewrite_gives_what_is_recorded(path: Path, request: pytest.FixtureRequest) -> None:
    made = repaired(path, path.read_bytes())
    if request.config.getoption("--update"):
        after(path).write_bytes(made.data)
    assert rewrite_of(path) in made.rewrites
    assert made.data.decode() == after(path).read_text(encoding="utf-8")
    assert [one.finding.code for one in made.found] == []


@pytest.mark.parametrize("path", BEFORE, ids=rewrite_of)
def test_second_run_changes_nothing(path: Path) -> None:
    data = after(path).read_bytes()
    assert repaired(path, data).data == data


@pytest.mark.parametrize("path", BEFORE, ids=rewrite_of)
def test_fixed_version_leaves_nothing_under_any_fault(path: Path, tmp_path: Path) -> None:
    runs = explore(path.read_text(encoding="utf-8"), tmp_path)
    assert not any(run.crash for run in runs), describe(runs)
    assert all(run.clean for run in runs) == (rewrite_of(path) in NO_LEAK), describe(runs)
    runs = explore(after(path).read_text(encoding="utf-8"), tmp_path)
    assert not any(run.crash or not run.clean for run in runs), describe(runs)


def test_every_rewrite_has_an_example() -> None:
    source = Path(__file__).parents[2] / "tmpleak_lint" / "fixing" / "rewrites"
    names = {
        name
        for path in source.glob("*.py")
        for name in re.findall(r'(?:candidate|Candidate)\(\s*"([a-z-]+)"', path.read_text(encoding="utf-8"))
    }
    assert names == {rewrite_of(path) for path in BEFORE}
