"""Snippets under faults: every way on which one leaves something is found, and no other."""

from __future__ import annotations

import atexit
import os
import tempfile
from pathlib import Path
from textwrap import dedent

import pytest

from tests.oracle.snippets import AT_AWAIT, ERRORS, MOST_DECISIONS, Run, explore


def runs_of(source: str, tmp_path: Path, entry: str | None = None) -> list[Run]:
    return explore(dedent(source), tmp_path, entry)


def test_every_risky_call_fails_once_with_every_error(tmp_path: Path) -> None:
    runs = runs_of(
        """
        def handle(data):
            first(data)
            len(data)
            second(data)
        """,
        tmp_path,
    )
    faults = {(run.fault.row, run.fault.error) for run in runs if run.fault}
    assert faults == {(row, error.__name__) for row in (3, 5) for error in ERRORS}
    assert [run.fault for run in runs].count(None) == 1


def test_deletion_on_the_last_line_leaves_a_file_exactly_under_the_fault_above_it(tmp_path: Path) -> None:
    runs = runs_of(
        """
        import os, tempfile
        def handle(data):
            fd, path = tempfile.mkstemp()
            os.close(fd)
            process(path)
            os.remove(path)
        """,
        tmp_path,
    )
    assert {run.fault.call for run in runs if run.fault and run.left} == {"process"}
    assert not any(run.left for run in runs if run.fault is None)


def test_calls_of_the_standard_library_fail_too(tmp_path: Path) -> None:
    runs = runs_of(
        """
        import json, os, shutil, subprocess, tempfile
        def handle(report, data):
            with tempfile.NamedTemporaryFile("w", delete=False) as out:
                json.dump(report, out)
                out.write("end")
            with open(out.name) as again:
                again.read()
            shutil.copy(out.name, out.name + "2")
            subprocess.run(["false"], check=True)
        """,
        tmp_path,
    )
    calls = {run.fault.call for run in runs if run.fault}
    assert calls == {
        "tempfile.NamedTemporaryFile",
        "json.dump",
        "out.write",
        "open",
        "again.read",
        "shutil.copy",
        "subprocess.run",
    }


def test_deletions_moves_and_closing_never_fail(tmp_path: Path) -> None:
    runs = runs_of(
        """
        import os, shutil, subprocess, tempfile
        from pathlib import Path
        def handle(destination):
            fd, path = tempfile.mkstemp()
            os.close(fd)
            shutil.move(path, destination)
            os.replace(destination, path)
            subprocess.run(["rm", "-f", path], check=True)
            Path(path).unlink(missing_ok=True)
            shutil.rmtree(path, ignore_errors=True)
        """,
        tmp_path,
    )
    assert {run.fault.call for run in runs if run.fault} == {"tempfile.mkstemp"}
    assert all(run.clean for run in runs)


def test_cancellation_strikes_at_awaits_only(tmp_path: Path) -> None:
    runs = runs_of(
        """
        async def handle(url):
            connection = connect(url)
            await fetch(connection)
        """,
        tmp_path,
    )
    cancelled = [run.fault.row for run in runs if run.fault and run.fault.error == AT_AWAIT[0].__name__]
    assert cancelled == [4]


def test_both_ways_of_every_decision_are_taken(tmp_path: Path) -> None:
    runs = runs_of(
        """
        import os, tempfile
        def handle(job, verbose=False):
            fd, path = tempfile.mkstemp()
            os.close(fd)
            if job.ready and job.count > 3:
                os.remove(path)
        """,
        tmp_path,
    )
    without_fault = {run.decisions: bool(run.left) for run in runs if run.fault is None}
    assert len(without_fault) == 6  # verbose x (not ready, ready and few, ready and many)
    assert {decisions for decisions, left in without_fault.items() if not left} == {
        (verbose, True, True) for verbose in (True, False)
    }


def test_a_loop_on_an_unknown_condition_ends(tmp_path: Path) -> None:
    runs = runs_of("def handle(job):\n    while not job.ready:\n        job.poll()\n    done = 1\n", tmp_path)
    assert max(len(run.decisions) for run in runs) <= MOST_DECISIONS


def test_open_descriptors_are_seen_and_closed(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    runs = runs_of(
        """
        import os, tempfile
        def handle():
            fd, path = tempfile.mkstemp()
            os.remove(path)
        """,
        tmp_path,
    )
    assert [len(run.descriptors) for run in runs if run.fault is None] == [1]
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_atexit_and_finalizers_run_after_the_first_look(tmp_path: Path) -> None:
    source = """
        import atexit, os, shutil, tempfile, weakref
        class Box: pass
        def handle():
            folder = tempfile.mkdtemp()
            REGISTER
            work(folder)
        """
    for registrar in ("atexit.register(", "weakref.finalize(Box, "):
        runs = runs_of(source.replace("REGISTER", registrar + "shutil.rmtree, folder)"), tmp_path)
        made = [run for run in runs if run.fault is None or run.fault.call == "work"]
        assert all(run.left_at_exit and not run.left for run in made)


def test_a_handler_registered_by_decorator_ends_with_the_run(tmp_path: Path) -> None:
    handlers = atexit._ncallbacks()
    runs = runs_of(
        """
        import atexit, os, tempfile
        def handle():
            fd, path = tempfile.mkstemp()
            os.close(fd)
            @atexit.register
            def discard():
                os.remove(path)
        """,
        tmp_path,
    )
    assert [bool(run.left_at_exit) and not run.left for run in runs if run.fault is None] == [True]
    assert atexit._ncallbacks() == handlers


def test_what_the_entry_returns_is_taken_over(tmp_path: Path) -> None:
    runs = runs_of(
        """
        import os, tempfile
        def helper():
            fd, path = tempfile.mkstemp()
            os.close(fd)
            folder = tempfile.mkdtemp()
            return folder, path
        """,
        tmp_path,
    )
    assert all(run.clean for run in runs if run.fault is None)
    assert any(run.left for run in runs if run.fault)


def test_unittest_runs_teardown_and_cleanups_after_a_failing_test(tmp_path: Path) -> None:
    runs = runs_of(
        """
        import shutil, tempfile, unittest
        class Case(unittest.TestCase):
            def setUp(self):
                self.first = tempfile.mkdtemp()
            def tearDown(self):
                shutil.rmtree(self.first)
            def test_it(self):
                second = tempfile.mkdtemp()
                self.addCleanup(shutil.rmtree, second)
                work(second)
                self.assertTrue(second)
        """,
        tmp_path,
    )
    assert {run.fault.call for run in runs if run.fault} >= {"work", "self.assertTrue"}
    assert all(run.clean for run in runs)


def test_pytest_resumes_fixtures_but_not_tests(tmp_path: Path) -> None:
    runs = runs_of(
        """
        import shutil, tempfile
        import pytest
        @pytest.fixture
        def folder():
            path = tempfile.mkdtemp()
            yield path
            shutil.rmtree(path)
        def test_first(folder):
            first(folder)
        def test_second():
            path = tempfile.mkdtemp()
            second(path)
            shutil.rmtree(path)
        """,
        tmp_path,
    )
    assert {run.fault.call for run in runs if run.fault and run.left} == {"second"}
    assert "first" in {run.fault.call for run in runs if run.fault}


def test_a_generator_is_abandoned_by_a_failing_consumer(tmp_path: Path) -> None:
    source = """
        import os, tempfile
        def pages(document):
            fd, path = tempfile.mkstemp()
            os.close(fd)
            try:
                yield 1
            KEYWORD:
                os.remove(path)
        """
    late = source.replace("KEYWORD", "except ZeroDivisionError: pass\n            else")
    safe = source.replace("KEYWORD", "finally")
    assert any(run.left for run in runs_of(late, tmp_path) if run.fault)
    assert all(run.clean for run in runs_of(safe, tmp_path))


def test_a_snippet_that_breaks_by_itself_is_told_from_one_that_raises(tmp_path: Path) -> None:
    broken = runs_of("def handle(data):\n    return data.no_such_attribute\n", tmp_path)
    raising = runs_of("def handle(data):\n    raise ValueError(data)\n", tmp_path)
    assert [str(run.crash).partition(":")[0] for run in broken] == ["AttributeError"]
    assert [run.crash for run in raising] == [None]


def test_windows_refusals_are_noted(tmp_path: Path) -> None:
    source = """
        import os, tempfile
        def handle():
            fd, path = tempfile.mkstemp()
            FIRST
            SECOND
        """
    close, remove = "os.close(fd)", "os.remove(path)"
    early = runs_of(source.replace("FIRST", remove).replace("SECOND", close), tmp_path)
    late = runs_of(source.replace("FIRST", close).replace("SECOND", remove), tmp_path)
    assert [run.refused for run in early if run.fault is None] == [("os.remove at row 5",)]
    assert not any(run.refused for run in late)


def test_literal_paths_under_tmp_stay_inside_the_scratch_folder(tmp_path: Path) -> None:
    runs = runs_of('from pathlib import Path\nPath("/tmp/tml-snippet-probe").write_text("")\n', tmp_path)
    assert [run.left for run in runs if run.fault is None] == [("tml-snippet-probe",)]
    assert not Path("/tmp/tml-snippet-probe").exists()


def test_the_machine_is_left_as_it_was(tmp_path: Path) -> None:
    folder, environment = tempfile.tempdir, dict(os.environ)
    runs_of("import tempfile\ndef handle():\n    tempfile.mkdtemp()\n", tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert tempfile.tempdir == folder
    assert {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"} == {
        k: v for k, v in environment.items() if k != "PYTEST_CURRENT_TEST"
    }


def test_an_unknown_entry_is_an_error(tmp_path: Path) -> None:
    runs = runs_of("def handle():\n    pass\n", tmp_path, entry="other")
    assert runs[0].crash == "KeyError: 'other'"


@pytest.mark.parametrize("manager", ["contextmanager", "asynccontextmanager"])
def test_context_managers_are_entered_and_their_body_fails(manager: str, tmp_path: Path) -> None:
    prefix = "async " if manager.startswith("async") else ""
    runs = runs_of(
        f"""
        import shutil, tempfile
        from contextlib import {manager}
        @{manager}
        {prefix}def folder():
            path = tempfile.mkdtemp()
            yield path
            shutil.rmtree(path)
        """,
        tmp_path,
    )
    assert {run.fault.call for run in runs if run.fault and run.left} == {"body of the with"}


def test_nothing_outside_the_scratch_folder_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    scratch = tmp_path / "scratch"
    for folder in (kept, scratch):
        folder.mkdir()
    (kept / "file").write_text("stays")
    monkeypatch.chdir(kept)
    for returned in ("'.'", "'file'", repr(str(kept))):
        explore(f"def handle():\n    return {returned}\n", scratch)
    explore("import os\ndef handle(path):\n    open('file', 'w').close()\n    os.remove('file')\n", scratch)
    assert (kept / "file").read_text() == "stays"
