"""Runs on other people's executors: the same reports, whatever happens to the workers."""

from __future__ import annotations

from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from tests.run.trees import examine_killing_once, make_tree
from tmpleak_lint import check_paths, engine
from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.engine import Outcome
from tmpleak_lint.reading.discovery import discover
from tmpleak_lint.run import check_files, elsewhere
from tmpleak_lint.run.batches import Batch, batches_of
from tmpleak_lint.run.elsewhere import ExecutorError, opened, scan_elsewhere


class Losing(ThreadPoolExecutor):
    """An executor that loses every batch in which there is a file of this name, and each batch once besides."""

    def __init__(self, poison: str) -> None:
        super().__init__(2)
        self.poison = poison
        self.lost: set[Batch] = set()
        self.sent: list[int] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        batch = args[0]
        if not isinstance(batch, Batch):
            return super().submit(fn, *args)
        self.sent.append(len(batch.files))
        is_poisoned = any(Path(file.path).name == self.poison for file in batch.files)
        if is_poisoned or batch not in self.lost:
            self.lost.add(batch)
            future: Future[Any] = Future()
            future.set_exception(RuntimeError("the worker is gone"))
            return future
        return super().submit(fn, *args, **kwargs)


def test_threads_of_somebody_find_what_one_process_finds(tmp_path: Path) -> None:
    make_tree(tmp_path)
    alone = check_paths([tmp_path])
    assert (
        sum(len(report.findings) for report in alone) == 18
    )  # TML101, TML301 and the helper's, in each package
    with ThreadPoolExecutor(3) as executor:
        assert check_paths([tmp_path], executor=executor) == alone


def test_lost_batches_are_done_again_and_a_deadly_file_is_told_from_its_neighbours(tmp_path: Path) -> None:
    make_tree(tmp_path, packages=2)
    (tmp_path / "package_1" / "deadly.py").write_text("y = 2\n")
    told: list[tuple[int, int]] = []
    with Losing("deadly.py") as executor:
        reports = check_paths([tmp_path], executor=executor, on_progress=lambda *count: told.append(count))
    alone = {report.filename: report for report in check_paths([tmp_path])}
    for report in reports:
        if report.filename.endswith("deadly.py"):
            assert [finding.code for finding in report.findings] == ["TML900"]
            assert "crashed" in report.findings[0].message
        else:
            assert report == alone.pop(report.filename)
    assert len(alone) == 1  # nothing lost, nothing twice
    assert [done for done, _ in told] == list(range(1, len(reports) + 1))
    assert executor.sent.count(1) >= elsewhere.TRIES


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_broken_pool_of_processes_loses_nothing(tmp_path: Path) -> None:
    make_tree(tmp_path)
    found = discover([str(tmp_path)], SettingsFinder())
    alone = sorted((outcome.report for outcome in check_files(found)), key=lambda report: report.filename)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        outcomes = list(check_files(found, executor=executor, examine=examine_killing_once))
    assert (tmp_path / "package_3" / "leaks.seen").exists()
    assert sorted((outcome.report for outcome in outcomes), key=lambda report: report.filename) == alone


class Strangers(ThreadPoolExecutor):
    """An executor whose workers have another version."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(lambda: "0.0.1")


class Empty(Strangers):
    """An executor whose workers haven't got the package."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(ModuleNotFoundError("No module named 'tmpleak_lint'"))
        return future


@pytest.mark.parametrize(
    ("kind", "said"), [(Strangers, r"have tmpleak-lint 0\.0\.1"), (Empty, "No module named 'tmpleak_lint'")]
)
def test_workers_that_cannot_judge_alike_are_refused(tmp_path: Path, kind: type[Executor], said: str) -> None:
    make_tree(tmp_path, packages=1)
    with kind() as executor, pytest.raises(ExecutorError, match=said):
        check_paths([tmp_path], executor=executor)


@pytest.mark.parametrize("address", ["dask:/localhost:1", "ray://localhost:1", "dask://localhost", ""])
def test_address_of_another_kind_is_refused(address: str) -> None:
    with pytest.raises(ExecutorError, match="dask://HOST:PORT"), opened(address):
        pass


def test_batches_keep_packages_together(tmp_path: Path) -> None:
    make_tree(tmp_path, packages=3, quiet=3)
    inner = tmp_path / "package_0" / "inner"
    inner.mkdir()
    (inner / "__init__.py").write_text("")
    files = discover([str(tmp_path)], SettingsFinder()).files
    assert [len(batch.files) for batch in batches_of(files, most=400)] == [8, 7, 7]
    assert [len(batch.files) for batch in batches_of(files, most=5)] == [5, 3, 5, 2, 5, 2]


def test_closing_the_run_cancels_what_has_not_begun(tmp_path: Path) -> None:
    make_tree(tmp_path)
    batches = batches_of(discover([str(tmp_path)], SettingsFinder()).files, most=1)
    with ThreadPoolExecutor(1) as executor:
        run = scan_elsewhere(batches, executor, engine.examine_file)
        next(iter(run))
        run.close()  # type: ignore[attr-defined]
        assert executor.submit(int).result() == 0


def test_names_stay_those_that_the_user_gave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tree(tmp_path / "tree", packages=2)
    monkeypatch.chdir(tmp_path)
    alone = check_paths(["tree"])
    with ThreadPoolExecutor(1) as executor:
        assert check_paths(["tree"], executor=executor) == alone
    assert {Path(report.filename).parts[0] for report in alone} == {"tree"}


def test_function_that_the_workers_cannot_read_is_refused(tmp_path: Path) -> None:
    make_tree(tmp_path, packages=1)
    found = discover([str(tmp_path)], SettingsFinder())
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor,
        pytest.raises(ExecutorError, match="pickle"),
    ):
        list(check_files(found, executor=executor, examine=lambda file, project: Outcome(None)))  # type: ignore[arg-type]
