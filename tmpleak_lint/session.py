# ruff: noqa: PTH100, PTH118, PTH120  (texts: asked for every file of a run)
"""The one door to the analysis: what `check`, fixes, `explain`, `simulate`, flake8, the server and the API go through.

In: the bytes of a file, its name, settings. Out: an `Analysis`: what is found, every obligation with its walk, and all
files that this was read from. A `Session` keeps what it learns of the files around for the next one; its memory is
bounded, however large the tree.

Not handled: whether a file is worth an analysis, what its comments silence, which codes count (`engine`).
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tmpleak_lint.bounds import BLOCKS
from tmpleak_lint.settings import Settings

if TYPE_CHECKING:
    from tmpleak_lint.analysis.queries.project import Module, Project
    from tmpleak_lint.analysis.verdict.report import Judged, Reported
    from tmpleak_lint.analysis.verdict.study import Asked
    from tmpleak_lint.knowledge.table import Knowledge
    from tmpleak_lint.model import Finding


class NotJudged(Exception):
    """An error of our own; the text names the file and says where it happened."""


@dataclass(frozen=True, eq=False)
class Analysis:
    """What was found out about one text.

    `findings` are all there are, in source order: nothing is left out that a comment silences or no code selects.
    `reported` are those of them that come from the walk, with verdict and diagnosis. `project` and `module` are for
    those who ask further; they hold until the session is told of a change.
    """

    filename: str
    findings: tuple[Finding, ...]
    reported: tuple[Reported, ...]
    project: Project
    module: Module | None  # None: it can't be parsed, as the one finding says
    path: str | None
    digest: str

    @cached_property
    def judged(self) -> tuple[Judged, ...]:
        """Every obligation, those that are met and handles that delete themselves included, in source order. Raises
        `NotJudged`."""
        from tmpleak_lint.analysis.verdict.report import judged_of
        from tmpleak_lint.reading.decoding import internal_error

        if self.module is None:
            return ()
        try:
            return judged_of(self.project, self.module, self.reported)
        except Exception as error:  # a bug of ours: told in a line, as where findings are looked for
            raise NotJudged(f"{self.filename}: {internal_error(error)}") from error

    @cached_property
    def reads(self) -> Mapping[str, str | None]:
        """The files that the findings hang on, by absolute path: the digest of what was read there, "" where it only
        mattered that it is there, None where it was looked for and is not."""
        own = {} if self.path is None else {self.path: self.digest}
        return {**self.project.states(self._read), **own}

    def line(self, filename: str, row: int) -> str | None:
        """A line of a file that a step of a finding lies in, if it was read."""
        module = self.module if filename == self.filename else self.project.known(filename)
        lines = module.source.lines if module is not None else ()
        return lines[row - 1] if 0 < row <= len(lines) else None

    _read: frozenset[str] = frozenset()


@dataclass(eq=False)
class Session:
    """What one process knows of the files that it analyses one after the other.

    >>> session = Session()
    >>> code = b"import tempfile\\n\\ndef f():\\n    use(tempfile.mkdtemp())\\n"
    >>> [finding.code for finding in session.analyse(code, "app.py", on_disk=False).findings]
    ['TML101']

    An editor keeps one session. It calls `opened(path, data)` whenever the text in a window changes: for whoever
    imports that file it is the text from then on, the disk is not asked. `analyse` gives what is to be said of a text.
    It calls `changed(path)` when a file was written, made or deleted by anybody, or its window is closed: what was read
    from it is forgotten, and nothing else. `analysis.reads` says which files a verdict hangs on, also those that were
    looked for in vain: when one of them changes, that text is to be analysed again. `fork()` gives a session to try
    another text in, and leaves this one as it is.

    The settings of a call decide what is looked for; files with the same settings share what is known.
    """

    settings: Settings = field(default_factory=lambda: Settings(base=os.getcwd()))  # noqa: PTH109
    noting: bool = False
    _noted: dict[str, str | None] = field(default_factory=dict)
    _texts: dict[str, bytes] = field(default_factory=dict)
    _projects: dict[tuple[Settings, frozenset[str]], Project] = field(default_factory=dict)
    _package: str = ""
    _floor: int = field(default_factory=sys.getallocatedblocks)
    _tidied: int = 0  # how many were there after that was done last
    _is_fork: bool = False  # what it knows is asked for as long as it is there: it forgets nothing on its own

    def analyse(
        self,
        data: bytes,
        filename: str,
        settings: Settings | None = None,
        *,
        on_disk: bool = True,
        opt_in: Iterable[str] = (),
        within: frozenset[str] | None = None,
        asked: Asked | None = None,
    ) -> Analysis:
        """Analyse a text that stands for the file `filename` (which need not exist; with `on_disk` False the name says
        nothing about where it lies, and no imports are followed). `opt_in` are codes looked for beside those that the
        settings select; `within` are the outermost bodies that are looked at, by qualified name; `asked` says
        which obligations in them are, by the place where the file is made."""
        from tmpleak_lint.analysis.queries.questions import FileOverBudget
        from tmpleak_lint.analysis.verdict.report import reported_of, shared_out
        from tmpleak_lint.model import renamed
        from tmpleak_lint.reading.content import add, digest_of
        from tmpleak_lint.reading.decoding import internal_error, unanalysable
        from tmpleak_lint.reading.regions import Unreadable

        path = os.path.abspath(filename) if on_disk else None
        project = self.project_for(path, settings, opt_in)
        project.answers.reads = set()
        module: Module | None = None
        reported: list[Reported] = []
        try:
            key = filename if path is None else path
            module = project.add(data, key, None if path is None else Path(path))
            try:
                with project.answers.for_file():
                    reported = reported_of(project, module, within, asked)
            except FileOverBudget:
                place = module.path
                project, module, reported = shared_out(
                    project, module, lambda sharing: sharing.add(data, key, place), within, asked
                )
            found = [renamed(one.finding, module.key, filename) for one in reported]
        except Unreadable as error:
            found = [unanalysable(filename, error.reason, error.row, error.column)]
        except RecursionError:
            found = [unanalysable(filename, "nested too deeply to be analysed")]
            module, reported = None, []
            self.let_go()  # what was in hand there is not gone on with
        except Exception as error:  # a bug of ours: it costs this text, whichever front door it came through
            found = [unanalysable(filename, internal_error(error))]
            module, reported = None, []
            self.let_go()
        named = tuple(replace(one, finding=told) for one, told in zip(reported, found, strict=False))
        analysis = Analysis(
            filename,
            tuple(found),
            named,
            project,
            module,
            path,
            digest_of(data),
            frozenset(project.answers.reads),
        )
        if self.noting:
            add(self._noted, analysis.reads)
        return analysis

    def hands_over(self, path: str, function: str, settings: Settings | None = None) -> bool:
        """Whether a function of a file may give its caller a temp file to delete, or can't be asked for it."""
        from tmpleak_lint.analysis.domain.values import Func
        from tmpleak_lint.analysis.queries.questions import FileOverBudget, OverBudget
        from tmpleak_lint.analysis.verdict.project_context import ProjectContext
        from tmpleak_lint.reading.content import add

        project = self.project_for(path, settings)
        if project.opt_in:
            return True
        project.answers.reads = set()
        module = project.read(Path(path))
        is_known = module is not None and function in module.source.skeleton.defs
        try:
            with project.answers.for_file():
                found = not is_known or ProjectContext(project).may_hand_over(Func(path, function))
        except (OverBudget, FileOverBudget):
            found = True
        if self.noting:
            add(self._noted, project.states(project.answers.reads))
        return found

    def noted(self) -> dict[str, str | None]:
        """The files that were read for all that was asked since this was asked before, while `noting`."""
        noted, self._noted = self._noted, {}
        return noted

    def project_for(
        self, path: str | None, settings: Settings | None = None, opt_in: Iterable[str] = ()
    ) -> Project:
        """What is known of the files around `path`, under these settings."""
        package = package_of(path) if path is not None else ""
        is_too_much = not self._is_fork and sys.getallocatedblocks() - self._floor > BLOCKS
        if package != self._package or is_too_much:
            self.let_go()
            self._package = package
        own = self.settings if settings is None else settings
        asked = frozenset(opt_in)
        project = self._projects.get((own, asked))
        if project is None:
            project = self._projects[own, asked] = _new_project(own, asked, self._texts)
        return project

    def opened(self, path: str, data: bytes) -> None:
        """This text stands for a file until it is `changed`, whatever the disk holds."""
        self.changed(path)
        self._texts[os.path.abspath(path)] = data

    def changed(self, path: str) -> None:
        """A file was written, made or deleted, or no text stands for it any more: forget what was read from it."""
        name = os.path.abspath(path)
        self._texts.pop(name, None)
        _outermost.cache_clear()
        for project in self._projects.values():
            project.forget(name)

    def fork(self) -> Session:
        """A session that knows the same; what it is told from now on, this one isn't."""
        texts = dict(self._texts)
        projects = {key: project.fork(texts) for key, project in self._projects.items()}
        return Session(self.settings, False, {}, texts, projects, self._package, self._floor, _is_fork=True)

    def let_go(self) -> None:
        """Forget everything, and make room for what comes."""
        self.forget_all()
        if sys.getallocatedblocks() - self._floor > BLOCKS:
            gc.collect()
            self._floor = sys.getallocatedblocks()  # what is left is others': collecting again won't free it

    def forget_all(self) -> None:
        """Forget everything."""
        for project in self._projects.values():
            project.clear()
        self._projects.clear()

    def tidy(self) -> None:
        """Free what nobody has any more of texts that were tried, where there is much of it: it refers to itself."""
        if sys.getallocatedblocks() - max(self._floor, self._tidied) > BLOCKS // 2:
            gc.collect()
            self._tidied = sys.getallocatedblocks()


@cache
def load_analysis() -> None:
    """Load what every analysis needs, and libcst: for who knows that there will be some."""
    import libcst  # noqa: F401

    import tmpleak_lint.analysis.verdict.report
    import tmpleak_lint.flow.build
    import tmpleak_lint.flow.positions  # noqa: F401


def _new_project(settings: Settings, opt_in: frozenset[str], texts: Mapping[str, bytes]) -> Project:
    from tmpleak_lint.analysis.queries.project import Project
    from tmpleak_lint.selection import opt_in_codes

    return Project(_knowledge_of(settings), opt_in_codes(settings) | opt_in, texts=texts)


@lru_cache(maxsize=8)
def _knowledge_of(settings: Settings) -> Knowledge:
    """The rows under these settings, with what was told from them: no file changes that."""
    from tmpleak_lint.knowledge.conventions import own_names
    from tmpleak_lint.knowledge.table import Knowledge

    return Knowledge(**own_names(settings))


def package_of(path: str) -> str:
    """The folder of the outermost package that a file belongs to; its own folder where it belongs to none.

    The files of a package import each other: they are read once by whoever has them all.
    """
    return _outermost(os.path.dirname(path))


@cache
def _outermost(folder: str) -> str:
    above = os.path.dirname(folder)
    inside = above != folder and os.path.isfile(os.path.join(above, "__init__.py"))  # noqa: PTH113
    return _outermost(above) if inside else folder
