"""What a worker keeps between its jobs is what the disk and the editor hold, whoever changed them."""

from __future__ import annotations

import time
from pathlib import Path

from tests.hosts.server.sources import CALLER, HARMLESS_HELPER, HELPER
from tmpleak_lint.hosts.server.bench import Bench, state_of
from tmpleak_lint.hosts.server.jobs import Choice, Look, LookAtFile, Propose, Sweep, Text


def project(folder: Path) -> tuple[Path, Text]:
    """A helper on the disk, and a text that calls it."""
    helper = folder / "helpers.py"
    helper.write_text(HELPER)
    return helper, Text(str(folder / "caller.py"), CALLER.encode(), True, Choice())


def codes(bench: Bench, text: Text, *unsaved: tuple[Path, str]) -> list[str]:
    told = tuple((str(path), content.encode()) for path, content in unsaved)
    seen = Look(Text(text.name, text.data, text.on_disk, text.choice, told)).run(bench)
    return [finding.code for finding in seen.outcome.report.findings]


def test_change_on_the_disk_is_noticed_though_nobody_tells_of_it(tmp_path: Path) -> None:
    helper, text = project(tmp_path)
    bench = Bench()
    assert codes(bench, text) == ["TML101"]
    helper.write_text(HARMLESS_HELPER)
    assert codes(bench, text) == []
    helper.write_text(HELPER)
    assert codes(bench, text) == ["TML101"]
    helper.unlink()
    assert codes(bench, text) == []


def test_helper_in_the_editor_stands_for_the_one_on_the_disk(tmp_path: Path) -> None:
    helper, text = project(tmp_path)
    bench = Bench()
    assert codes(bench, text) == ["TML101"]
    assert codes(bench, text, (helper, HARMLESS_HELPER)) == []
    helper.write_text(HELPER + "\n")  # what is in the editor is not what is saved
    assert codes(bench, text, (helper, HARMLESS_HELPER)) == []
    assert codes(bench, text) == ["TML101"]


def test_half_written_helper_is_what_it_was_before(tmp_path: Path) -> None:
    helper, text = project(tmp_path)
    bench = Bench()
    assert codes(bench, text, (helper, HARMLESS_HELPER)) == []
    assert codes(bench, text, (helper, "def make_scratch(\n")) == []
    assert codes(Bench(), text, (helper, "def make_scratch(\n")) == ["TML101"]


def test_file_that_was_written_while_it_was_read_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "helpers.py"
    file.write_text(HELPER)
    assert state_of(str(file), since=0) != state_of(str(file))
    assert state_of(str(file), since=time.time_ns() + 10**9) == state_of(str(file))
    assert state_of(str(tmp_path / "nowhere.py"), since=0) is None


def test_fixes_are_proposed_for_the_text_as_it_is_in_the_editor(tmp_path: Path) -> None:
    helper, text = project(tmp_path)
    helper.write_text(HARMLESS_HELPER)
    unsaved = ((str(helper), HELPER.encode()),)
    text = Text(text.name, text.data, True, Choice(), unsaved)
    bench = Bench()
    (finding,) = Look(text).run(bench).outcome.report.findings
    (proposed,) = Propose(text, (finding,)).run(bench)
    assert proposed.fix is not None


def test_files_of_a_folder_that_are_worth_a_look(tmp_path: Path) -> None:
    _, text = project(tmp_path)
    (tmp_path / "caller.py").write_text(CALLER)
    (tmp_path / "quiet.py").write_text("x = 1\n")
    bench = Bench()
    found = Sweep(str(tmp_path), Choice()).run(bench)
    assert sorted(Path(path).name for path in found) == ["caller.py", "helpers.py"]
    seen = LookAtFile(text.name, Choice()).run(bench)
    assert seen is not None
    assert str(tmp_path / "helpers.py") in seen.reads
    assert LookAtFile(str(tmp_path / "gone.py"), Choice()).run(bench) is None


def test_text_under_a_name_that_no_file_can_have_is_looked_at_like_any_other() -> None:
    text = Text("/nowhere/a\0b.py", b"import tempfile\nuse(tempfile.mkdtemp())\n", True, Choice())
    bench = Bench()
    for _ in range(2):  # the second time it is asked whether what was read has changed
        seen = Look(text).run(bench)
        assert [one.code for one in seen.outcome.report.findings] == ["TML101"]
