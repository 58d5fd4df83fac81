"""Many files: from paths to reports. `plan` says which files matter; `local` has them analysed by processes of this
machine (`crew`), `elsewhere` by anybody's, in `batches`; `results` are what a run writes to go on from.

In: paths or discovered files, and settings. Out: `Outcome`s in any order while a run goes on, or reports sorted by
name from `check_paths`. A run reads every file once in this process and puts the cheap question, could it matter?;
only the files that could are analysed.

Not handled: baseline and `--since` (they look at a whole run: `cli.gathering` applies them), and printing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import TYPE_CHECKING

from tmpleak_lint import engine
from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.creations import shown
from tmpleak_lint.engine import Outcome
from tmpleak_lint.model import FileReport
from tmpleak_lint.settings import Settings

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from tmpleak_lint.reading.discovery import Discovery, SourceFile
    from tmpleak_lint.run.cache import Cache
    from tmpleak_lint.run.local import Workload
    from tmpleak_lint.run.plan import Examine
    from tmpleak_lint.run.results import Results

OnProgress = Callable[[int, int], None]


def check_paths(
    paths: Iterable[str | os.PathLike[str]],
    settings: Settings | None = None,
    *,
    jobs: int = 1,
    on_progress: OnProgress | None = None,
    examine: Examine | None = None,
    executor: Executor | None = None,
) -> list[FileReport]:
    """Report on every file that `paths` (files or folders) stand for, sorted by file name.

    `settings` hold for all files; without them each file has those of its nearest pyproject.toml.
    `on_progress(done, total)` is called after each file, in units of work (a file that is analysed counts by its size;
    how many are, shows at the beginning of the run), `examine` as in `check_files`. The work is done by `jobs`
    processes of this machine, or by the workers of an `executor` (any `concurrent.futures.Executor`) that see the same
    files. Raises `MissingPath`, `SettingsError`, and `ExecutorError` when the executor can't be used.
    """
    from tmpleak_lint.reading.discovery import discover
    from tmpleak_lint.selection import check_all_codes

    finder = SettingsFinder() if settings is None else SettingsFinder.fixed(settings)
    found = discover((os.fspath(path) for path in paths), finder)
    check_all_codes(file.settings for file in found.files)
    outcomes = check_files(found, jobs=jobs, on_progress=on_progress, examine=examine, executor=executor)
    return sorted((shown(outcome.report) for outcome in outcomes), key=lambda report: report.filename)


def check_files(
    found: Discovery,
    *,
    jobs: int = 1,
    on_progress: OnProgress | None = None,
    examine: Examine | None = None,
    executor: Executor | None = None,
    results: Results | None = None,
    cache: Cache | None = None,
) -> Generator[Outcome]:
    """Yield the outcome of every discovered file as it is known, in no fixed order.

    `examine` gives the outcome of a file that could matter; without it `examine_file` does. `executor` does the work
    in place of `jobs` processes. `results` is asked for what an earlier run has found out, and told the rest; so is
    `cache`, where neither of them is given. Closing the generator early (Ctrl-C does) ends the workers; what was
    yielded stays valid.
    """
    for folder, reason in found.unlisted:
        yield engine.unanalysable_file(folder, reason, Settings())
    from tmpleak_lint.run.local import Workload

    load = Workload(len(found.files))
    outcomes = _outcomes(found.files, jobs, examine or engine.examine_file, executor, results, cache, load)
    try:
        for outcome in outcomes:
            yield outcome
            load.done += 1
            if on_progress is not None:
                on_progress(load.done, load.total)
    finally:
        outcomes.close()


def _outcomes(
    files: Sequence[SourceFile],
    jobs: int,
    examine: Examine,
    executor: Executor | None,
    results: Results | None,
    cache: Cache | None,
    load: Workload,
) -> Generator[Outcome]:
    from tmpleak_lint.run.local import share_out

    if executor is None and results is None:
        if cache is None:
            yield from share_out(files, jobs, examine, workload=load)
        else:
            yield from _with_cache(files, jobs, examine, cache, load)
        return
    from tmpleak_lint.run import batches

    left = []
    for batch in batches.batches_of(files, batches.FILES):
        known = results.known(batch) if results is not None else None
        if known is None:
            left.append(batch)
        else:
            yield from known
    if executor is not None:
        from tmpleak_lint.run.elsewhere import scan_elsewhere

        answers = scan_elsewhere(left, executor, examine)
    else:
        rest = [file for batch in left for file in batch.files]
        answers = batches.gathered(left, share_out(rest, jobs, examine, batches.FILES, workload=load))
    for batch, outcomes in answers:
        if results is not None:
            results.add(batch, outcomes)
        yield from outcomes


def _with_cache(
    files: Sequence[SourceFile], jobs: int, examine: Examine, cache: Cache, load: Workload
) -> Generator[Outcome]:
    from tmpleak_lint.run.local import share_out

    try:
        left = []
        for file, known in cache.recall(files):
            if known is None:
                left.append(file)
            else:
                yield known
        if left:
            for outcome in share_out(left, jobs, examine, noting=True, workload=load):
                cache.take(outcome)
                yield outcome
    finally:
        cache.close()
