"""Findings made by hand for the tests of reporting and suppression, written as short as they can be.

Places are found in the source by their text, so that a test never counts columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tmpleak_lint.model import Event, FileReport, Finding, Fix, Location, Span, Step
from tmpleak_lint.reporting import RenderContext, RunReport

PROJECT = Path("/project")


def at(source: str, text: str, occurrence: int = 1) -> Span:
    """The span of the nth occurrence of `text` in `source`."""
    offset = -1
    for _ in range(occurrence):
        offset = source.index(text, offset + 1)
    return Span(_location(source, offset), _location(source, offset + len(text)))


def _location(source: str, offset: int) -> Location:
    before = source[:offset]
    return Location(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


def step(
    source: str, text: str, event: str, message: str, filename: str = "/project/app.py", occurrence: int = 1
) -> Step:
    return Step(filename, at(source, text, occurrence), Event(event), message)


def finding(
    span: Span,
    steps: Sequence[Step] = (),
    *,
    code: str = "TML103",
    name: str = "deleted-on-last-line",
    message: str = "`path` stays on disk",
    filename: str = "/project/app.py",
    function: str = "handle",
    fix: Fix | None = None,
    fix_refused: str | None = None,
    cell: int | None = None,
    noqa_rows: tuple[int, int] | None = None,
) -> Finding:
    return Finding(
        code,
        name,
        message,
        filename,
        span,
        function,
        1,
        tuple(steps),
        noqa_rows or (span.start.row, span.end.row),
        fix,
        fix_refused,
        cell,
    )


def run_of(*findings: Finding, filename: str = "/project/app.py") -> RunReport:
    return RunReport((FileReport(filename, findings),), files_checked=1, version="1.2.3")


def context(sources: Mapping[str, str] | None = None, **changes: object) -> RenderContext:
    """A plain context of 100 cells, relative to the project; `sources` are texts by file name."""
    known = sources or {}
    values: dict[str, object] = {
        "color": False,
        "links": False,
        "width": 100,
        "base": PROJECT,
        "source": lambda filename, cell: known.get(filename),
    }
    return RenderContext(**(values | changes))  # type: ignore[arg-type]
