"""What a run found, written in one of several formats.

In: a `RunReport` (what the engine found in every file) and a `RenderContext` (how and where it is shown).
Out: the whole report as text, ending in a newline unless it is empty. Every format is one small module
with a pure `render(run, context)`; it is imported when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from tmpleak_lint.creations import shown
from tmpleak_lint.model import FileReport, Finding
from tmpleak_lint.settings import OUTPUT_FORMATS
from tmpleak_lint.suppression.fingerprint import SourceOf

if TYPE_CHECKING:
    from tmpleak_lint.suppression.baseline import Entry
    from tmpleak_lint.suppression.noqa import UnusedNoqa

DRAWING = "│╭├╰─▶…"
"""The signs beyond ASCII that reports draw with where the context has `unicode`."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """Everything that one run has to tell.

    `reports` are in stable order, each loss by itself; what is shown joins those of one creation.
    `stale_baseline` are the baseline entries that match nothing any more, `unused_noqa` the comments that
    silence nothing.
    """

    reports: tuple[FileReport, ...]
    files_checked: int
    version: str
    interrupted: bool = False
    unused_noqa: tuple[UnusedNoqa, ...] = ()
    stale_baseline: tuple[Entry, ...] = ()

    def findings(self) -> Iterator[Finding]:
        """Yield the findings that count, file by file, one for each creation."""
        for report in self.shown():
            yield from report.findings

    def shown(self) -> Iterator[FileReport]:
        """Yield the reports as they are shown: with one finding for each creation."""
        return map(shown, self.reports)


@dataclass(frozen=True, slots=True)
class RenderContext:
    """How a report is shown.

    `base` is the folder that shown paths are relative to (the working directory), `root` the one that
    fingerprints are relative to (the project's; `base` when not given). `width` is in terminal cells.
    Without `unicode` the path is drawn in ASCII.
    """

    color: bool
    links: bool
    width: int
    base: Path
    source: SourceOf
    root: Path | None = None
    unicode: bool = True

    @property
    def fingerprint_root(self) -> Path:
        return self.base if self.root is None else self.root


Renderer = Callable[[RunReport, RenderContext], str]


def _late(module: str) -> Renderer:
    def render(run: RunReport, context: RenderContext) -> str:
        renderer: Renderer = import_module(f"{__name__}.{module}").render
        return renderer(run, context)

    return render


FORMATS: Mapping[str, Renderer] = MappingProxyType(
    {name: _late({"json": "json_array"}.get(name, name)) for name in OUTPUT_FORMATS}
)
"""The formats by the name that `--output-format` takes, which is that of their module."""
