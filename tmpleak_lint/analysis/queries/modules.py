# ruff: noqa: PTH113, PTH118  (texts: what is asked there is asked a hundred thousand times in a run)
"""The modules that are known: each read once, kept until its file changes, and what was found out from them.

Comes in: bytes of a file under analysis, paths of its neighbours. Goes out: a `Module`, None where there is none.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from tmpleak_lint.analysis.domain.values import let_go
from tmpleak_lint.analysis.queries.answers import Answers
from tmpleak_lint.files import read_file
from tmpleak_lint.reading.content import digest_of
from tmpleak_lint.reading.regions import SourceModule, Unreadable
from tmpleak_lint.reading.roots import PACKAGE, import_places, package_root
from tmpleak_lint.reading.skeleton import ImportedName


class Module:
    """One module of the project: its source, its dotted name and the folder its package hangs in."""

    def __init__(
        self, key: str, source: SourceModule, path: Path | None, there: dict[str, bool] | None = None
    ) -> None:
        self.key = key
        self.filename = source.filename
        self.source = source
        self.path = path
        self.looked_for: dict[
            str, bool
        ] = {}  # the files that tell where the package begins: which of them are there
        self._there = {} if there is None else there  # what all modules know of that
        self._def_texts: dict[str, str] = {}

    def def_text(self, qualname: str) -> str:
        """The rows of a function of the outline, "" if there is none of that name."""
        text = self._def_texts.get(qualname)
        if text is None:
            known = self.source.skeleton.defs.get(qualname)
            rows = self.source.lines[known.first_row - 1 : known.last_row] if known is not None else ()
            text = self._def_texts[qualname] = "\n".join(rows)
        return text

    @cached_property
    def root(self) -> Path | None:
        """The folder that this module's package hangs in: relative imports never leave it."""
        if self.path is None:
            return None
        root = Path(package_root(str(self.path.parent), self._has))
        # Where folders do without `__init__.py`, the dots of an import say how deep the module lies.
        dots = max((each.level for each in self.source.skeleton.imports.values()), default=0)
        dots = max(dots, *(star.level for star in self.source.skeleton.star_imports), 0)
        while len(self.path.parent.relative_to(root).parts) < dots - 1 and root.parent != root:
            root = root.parent
        return root

    @cached_property
    def places(self) -> tuple[str, ...]:
        """The folders that absolute imports are looked up in: those of the package, then those around it."""
        if self.path is None:
            return ()
        root = package_root(str(self.path.parent), self._has)
        return tuple(dict.fromkeys((str(self.root), *import_places(root, self._has))))

    def _has(self, folder: str, name: str) -> bool:
        path = os.path.join(folder, name)
        known = self.looked_for.get(path)
        if known is None:
            known = self._there.get(path)
            if known is None:
                known = self._there[path] = os.path.isfile(path)
            self.looked_for[path] = known
        return known

    @cached_property
    def package(self) -> tuple[str, ...]:
        """The dotted parts that relative imports start from."""
        if self.path is None or self.root is None:
            return ()
        return self.path.parent.relative_to(self.root).parts

    def absolute(self, imported: ImportedName) -> str:
        """The dotted name an import statement means, relative dots resolved."""
        parts: tuple[str, ...] = ()
        if imported.level:
            keep = len(self.package) - (imported.level - 1)
            parts = self.package[: max(keep, 0)]
        if imported.module:
            parts += tuple(imported.module.split("."))
        if imported.attr is not None:
            parts += (imported.attr,)
        return ".".join(parts)


@dataclass
class Modules:
    """The modules read so far, and memoised answers."""

    texts: Mapping[str, bytes] = field(
        default_factory=dict, kw_only=True
    )  # stand for files, whatever the disk holds
    _modules: dict[str, Module | None] = field(default_factory=dict, kw_only=True)
    _files: dict[str, bool] = field(default_factory=dict, kw_only=True)
    # Files that tell where packages begin: `_files` are those that a module was looked for in.
    _there: dict[str, bool] = field(default_factory=dict, kw_only=True)
    _digests: dict[str, str | None] = field(default_factory=dict, kw_only=True)  # of files that were read
    answers: Answers = field(default_factory=Answers, kw_only=True)
    walked: dict[object, list[Any]] = field(default_factory=dict, kw_only=True)  # see `semantics.inside`
    carried: dict[object, Any] = field(default_factory=dict, kw_only=True)  # see `verdict.carrying`

    def add(self, data: bytes, filename: str, path: Path | None) -> Module:
        """Take in the file under analysis: from now on this text stands for it. Raises Unreadable."""
        key = str(path) if path is not None else filename
        known = self._modules.get(key)
        if known is not None and known.source.is_text_of(data):
            known.source.check_whole()  # what was parsed and found out about the neighbour stays true
            return known
        if key in self._modules or self._files.get(key) is False:
            self.forget(key)
        before = known.source if known is not None else None
        module = Module(key, SourceModule(data, key, before=before), path, self._there)
        self._keep(key, module, data)
        return module

    def module(self, key: str) -> Module:
        """A module that is known to be readable, by its key."""
        module = self._modules.get(key) or self.read(Path(key))
        assert module is not None
        self.answers.reads.add(key)
        return module

    def read(self, path: Path) -> Module | None:
        """A neighbour on disk; None when it isn't there or can't be read (it is reported when named
        itself)."""
        key = str(path)
        self.answers.reads.add(key)
        if key not in self._modules:
            data: bytes | None = None
            module: Module | None = None
            with contextlib.suppress(OSError, Unreadable):
                data = self.texts[key] if key in self.texts else read_file(path)
                module = Module(key, SourceModule(data, key, neighbour=True), path, self._there)
            self._keep(key, module, data)
        return self._modules[key]

    def known(self, key: str) -> Module | None:
        """A module that has been read already."""
        return self._modules.get(key)

    def _keep(self, key: str, module: Module | None, data: bytes | None) -> None:
        self._modules[key] = module
        self._files[key] = data is not None
        self._digests[key] = digest_of(data) if data is not None else None

    def states(self, paths: Iterable[str]) -> dict[str, str | None]:
        """What is known of files, and of those that tell in which packages they lie: the digest of what was read, ""
        where one is there, None where it isn't."""
        found: dict[str, str | None] = {}
        for path in paths:
            module = self._modules.get(path)
            if module is not None and module.path is None:
                continue
            looked_for = module.looked_for if module is not None else {}
            for name, is_there in (*looked_for.items(), (path, self._files.get(path, False))):
                found[name] = self._digests.get(name, "" if is_there else None)
        return found

    def forget(self, path: str) -> None:
        """Forget a file, and all that was found out from what it holds or that it is there."""
        lost = {path}
        if path not in self._files:  # its folder may have been looked for in vain
            lost.update(str(folder / PACKAGE) for folder in Path(path).parents)
        lost.update(key for key, each in self._modules.items() if each and path in each.looked_for)
        for name in lost:
            self._modules.pop(name, None)
            self._files.pop(name, None)
            self._there.pop(name, None)
            self._digests.pop(name, None)
        self.answers.forget(lost)
        for key, known in list(self.walked.items()):
            self.walked[key] = [each for each in known if each.reads.isdisjoint(lost)]
        self.carried = {key: one for key, one in self.carried.items() if one.reads.isdisjoint(lost)}

    def fork(self, texts: Mapping[str, bytes] | None = None) -> Self:
        """Modules that know the same; what becomes of it changes nothing here."""
        return replace(
            self,
            texts=self.texts if texts is None else texts,
            _modules=dict(self._modules),
            _files=dict(self._files),
            _digests=dict(self._digests),
            answers=self.answers.copy(),
            walked={key: list(known) for key, known in self.walked.items()},
            carried=dict(self.carried),
        )

    def clear(self) -> None:
        """Forget everything: what refers to each other here is freed at once."""
        self._modules.clear()
        self._files.clear()
        self._there.clear()
        self._digests.clear()
        self.walked.clear()
        self.carried.clear()
        self.answers.forget_all()
        let_go()

    def _is_file(self, path: str) -> bool:
        self.answers.reads.add(path)
        if path not in self._files:
            self._files[path] = path in self.texts or os.path.isfile(path)
        return self._files[path]

    def _module_file(self, root: str, parts: list[str]) -> Path | None:
        base = os.path.join(root, *parts)
        candidates = (f"{base}.py", os.path.join(base, "__init__.py"))
        return next((Path(path) for path in candidates if self._is_file(path)), None)
