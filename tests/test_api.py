"""The Python interface: what is exported, what it gives, what it says of wrong arguments."""

from __future__ import annotations

import doctest
from collections.abc import Callable
from pathlib import Path

import pytest

from tmpleak_lint import MissingPath, Settings, SettingsError, api, check_paths, check_source, fix_source
from tmpleak_lint.model import Applicability

LEAK = "import os\nimport tempfile\n\n\ndef f():\n    p = tempfile.mkdtemp()\n    g(p)\n    os.rmdir(p)\n"
KEPT = "import tempfile\n\n\ndef f(job):\n    p = tempfile.mkdtemp()\n    job.folder = p\n    return g()\n"
BROKEN = "import tempfile\ndef f(:\n    tempfile.mkdtemp()\n"


def test_examples_of_the_docstrings_hold() -> None:
    assert doctest.testmod(api) == (0, 4)


@pytest.mark.parametrize("kind", [str, Path])
def test_one_path_is_one_path(tmp_path: Path, kind: Callable[[Path], str | Path]) -> None:
    (tmp_path / "app.py").write_text(LEAK)
    alone = check_paths(kind(tmp_path / "app.py"))
    assert [finding.code for finding in alone[0].findings] == ["TML103"]
    assert check_paths([kind(tmp_path / "app.py")]) == alone
    assert check_paths(iter([tmp_path / "app.py"])) == alone


def test_findings_carry_their_fix_where_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(LEAK)
    assert check_source(LEAK).findings[0].fix is None
    for report in (check_source(LEAK, fixes=True), *check_paths(tmp_path, fixes=True)):
        (finding,) = report.findings
        assert finding.fix is not None
        assert finding.fix.applicability is Applicability.SAFE
    assert [report.findings[0].fix for report in check_paths(tmp_path)] == [None]


def test_every_finding_of_a_file_gets_its_fix(tmp_path: Path) -> None:
    bodies = LEAK.partition("\n\n\n")
    text = (
        bodies[0] + "".join(f"\n\n\n{bodies[2].rstrip()}".replace("f()", f"f{n}()") for n in range(5)) + "\n"
    )
    (tmp_path / "app.py").write_text(text)
    (report,) = check_paths(tmp_path, fixes=True)
    assert [finding.fix is not None for finding in report.findings] == [True] * 5


def test_fixed_text_is_of_the_kind_that_was_given_and_clean() -> None:
    fixed = fix_source(LEAK)
    assert isinstance(fixed.text, str)
    assert fixed.left == check_source(fixed.text).findings == ()
    assert [finding.code for finding, _ in fixed.fixed] == ["TML103"]
    as_bytes = fix_source(LEAK.encode())
    assert as_bytes.text == fixed.text.encode()
    assert fix_source(fixed.text).text == fixed.text


def test_what_cannot_be_fixed_is_left_with_the_reason() -> None:
    for source in (KEPT, BROKEN):
        fixed = fix_source(source)
        if fixed.fixed == ():
            assert fixed.text == source
            assert [found.fix_refused for found in fixed.left if found.code != "TML900"] == [
                found.fix_refused
                for found in check_source(source, fixes=True).findings
                if found.code != "TML900"
            ]
    assert [found.code for found in fix_source(BROKEN).left] == ["TML900"]


def test_unsafe_fixes_are_made_where_they_are_asked_for() -> None:
    source = "import tempfile\n\n\ndef f():\n    p = tempfile.mkdtemp()\n    g(p)\n"
    safe, unsafe = fix_source(source), fix_source(source, unsafe=True)
    assert (safe.text, len(safe.left)) == (source, 1)
    assert unsafe.left == ()
    assert len(unsafe.fixed) == 1


WRONG: tuple[tuple[Callable[[], object], type[Exception], str], ...] = (
    (lambda: Settings(select="TML1"), SettingsError, "select: expected a list of strings; write ('TML1',)"),  # type: ignore[arg-type]
    (lambda: Settings(select=("E501",)), SettingsError, "select: 'E501' is not a code or prefix"),
    (lambda: Settings(per_file_ignores="TML1"), SettingsError, "per_file_ignores: expected {pattern: codes}"),  # type: ignore[arg-type]
    (lambda: Settings(per_file_ignores=("a",)), SettingsError, "per_file_ignores: expected {pattern: codes}"),  # type: ignore[arg-type]
    (lambda: Settings(jobs=0), SettingsError, "jobs: expected a whole number from 1"),
    (lambda: check_source("", settings=Settings(select=("TML7",))), SettingsError, "settings: select: no code begins"),
    (lambda: check_source("", settings={"select": ["TML1"]}), TypeError, "settings: expected Settings(...)"),  # type: ignore[arg-type]
    (lambda: check_source(Path("app.py")), TypeError, "check_paths takes the names of files"),  # type: ignore[arg-type]
    (lambda: check_source("", 3), TypeError, "path: expected the name of a file, got 3"),  # type: ignore[arg-type]
    (lambda: check_paths(3), TypeError, "paths: expected names of files and folders, got 3"),  # type: ignore[arg-type]
    (lambda: check_paths([b"app.py"]), TypeError, "paths: b'app.py' is bytes, a name is a str: os.fsdecode(b'app.py')"),  # type: ignore[list-item]
    (lambda: check_paths(b"app.py"), TypeError, "paths: b'app.py' is bytes, a name is a str: os.fsdecode(b'app.py')"),  # type: ignore[arg-type]
    (lambda: check_paths([3]), TypeError, "paths: expected names of files and folders, got 3"),  # type: ignore[list-item]
    (lambda: check_paths("no/such"), MissingPath, "no/such: no such file or folder"),
    (lambda: check_paths([], jobs=0), ValueError, "jobs: expected a whole number from 1"),
)  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "words"), WRONG, ids=[words for _, _, words in WRONG])
def test_wrong_argument_is_an_error_that_says_what_is_expected(
    call: Callable[[], object], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert words in str(caught.value)


def test_settings_take_lists_tuples_and_mappings() -> None:
    written = Settings(select=["TML1"], per_file_ignores={"tests/*": ["tml2"]}, target_version="py312")  # type: ignore[arg-type]
    assert written == Settings(
        select=("TML1",), per_file_ignores=(("tests/*", ("TML2",)),), target_version="3.12"
    )
    assert hash(written) == hash(Settings(**{name: getattr(written, name) for name in written.__slots__}))
