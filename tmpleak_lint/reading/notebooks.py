"""Jupyter notebooks: the code cells as one module, and the way back from its lines to cell and line.

In: the bytes of an .ipynb file. Out: `Notebook`: the module's text, for each of its lines the cell (counted
from 1 over all cells, as an editor shows them) and the line in it, and the cells that are not Python even
without IPython's own syntax. Magics, `!commands` and `?help` become `pass`, so that lines stay where they
are; only cells that do not parse are searched for them. Cell magics that run their body as Python keep it.

Not handled: notebooks of other languages (no cells), cells in a newer syntax than the running Python's (they
count as broken), and edits: a fix of a notebook is not offered.
"""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tmpleak_lint.model import Finding, Location, Span
from tmpleak_lint.reading.decoding import Undecodable, source_lines

PYTHON_CELL_MAGICS = frozenset({"time", "timeit", "capture", "prun", "python", "python3", "pypy"})
_LINE_MAGIC = re.compile(r"(\s*)(?:%%?[A-Za-z_]|!|\?).*")
_LINE = re.compile(r"\bline (\d+)\b")
_HELP = re.compile(r"(\s*)[\w.*%]+\?{1,2}\s*\Z")
_ASSIGNED = re.compile(r"([\w.,\s\[\]*]+?=\s*)(?:!|%[A-Za-z_]).*")


@dataclass(frozen=True, slots=True)
class Notebook:
    """`origin[row - 1]` is the (cell, row in it) of a row of `text`; `broken` holds (cell, row, reason, source)."""

    text: str
    origin: tuple[tuple[int, int], ...]
    broken: tuple[tuple[int, int, str, str], ...] = ()


def is_notebook(filename: str) -> bool:
    return filename.endswith(".ipynb")


def read_notebook(data: bytes) -> Notebook:
    """The module of a notebook's code cells. Raises `Undecodable` when the bytes are no notebook."""
    lines: list[str] = []
    origin: list[tuple[int, int]] = []
    broken: list[tuple[int, int, str, str]] = []
    for number, source in _code_cells(_document(data)):
        cell_lines, flaw = _as_python(source)
        if flaw is not None:
            broken.append((number, *flaw, source))
        for row, line in enumerate(cell_lines, 1):
            lines.append(line)
            origin.append((number, row))
    return Notebook("".join(line + "\n" for line in lines), tuple(origin), tuple(broken))


def cell_text(data: bytes, cell: int) -> str | None:
    """The source of one cell as it stands in the notebook, for showing; None when there is no such cell."""
    return dict(_code_cells(_document(data))).get(cell)


def located(finding: Finding, notebook: Notebook) -> Finding:
    """The finding with the rows of its cells in place of the rows of the joined module."""

    def at(location: Location) -> Location:
        return Location(_origin(notebook, location.row)[1], location.column)

    def spanned(span: Span) -> Span:
        return Span(at(span.start), at(span.end))

    def worded(message: str) -> str:
        return with_cells(message, notebook)

    filename = finding.filename
    return dataclasses.replace(
        finding,
        message=worded(finding.message),
        span=spanned(finding.span),
        steps=tuple(
            dataclasses.replace(
                step,
                span=spanned(step.span),
                cell=_origin(notebook, step.span.start.row)[0],
                message=worded(step.message),
            )
            if step.filename == filename
            else step
            for step in finding.steps
        ),
        noqa_rows=(at(Location(finding.noqa_rows[0], 1)).row, at(Location(finding.noqa_rows[1], 1)).row),
        fix=None,
        fix_refused="a notebook is not rewritten",
        cell=_origin(notebook, finding.span.start.row)[0],
    )


def with_cells(words: str, notebook: Notebook) -> str:
    """Words about rows of the joined module, which name the cells in their place; quoted source stays."""

    def said(match: re.Match[str]) -> str:
        return "cell {} line {}".format(*_origin(notebook, int(match[1])))

    parts = words.split("`")  # every second part is quoted source
    return "`".join(part if place % 2 else _LINE.sub(said, part) for place, part in enumerate(parts))


def origin_of(location: Location, notebook: Notebook) -> tuple[int, Location]:
    """The cell that a place of the joined module stands in, and its place there."""
    cell, row = _origin(notebook, location.row)
    return cell, Location(row, location.column)


def _origin(notebook: Notebook, row: int) -> tuple[int, int]:
    """Cell and row of a module row; one past the end counts as the last cell's next row."""
    if row <= len(notebook.origin):
        return notebook.origin[max(row, 1) - 1]
    cell, last = notebook.origin[-1] if notebook.origin else (1, 0)
    return cell, last + row - len(notebook.origin)


def _document(data: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(data)
    except RecursionError:
        raise Undecodable("the notebook's JSON is nested too deeply") from None
    except ValueError as error:
        raise Undecodable(f"not a notebook: {error}") from None
    if not isinstance(document, dict):
        raise Undecodable("not a notebook: no object at the top")
    return document


def _code_cells(document: Mapping[str, Any]) -> Iterable[tuple[int, str]]:
    """Number and source of each code cell; formats 4 (cells at the top) and 3 (in worksheets)."""
    if not _is_python(document.get("metadata")):
        return
    cells = document.get("cells")
    if cells is None:
        sheets = document.get("worksheets")
        cells = [
            cell for sheet in _list(sheets) if isinstance(sheet, dict) for cell in _list(sheet.get("cells"))
        ]
    for number, cell in enumerate(_list(cells), 1):
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input", ""))
            yield number, source if isinstance(source, str) else "".join(map(str, _list(source)))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_python(metadata: object) -> bool:
    if not isinstance(metadata, dict):
        return True
    kernel, language = metadata.get("kernelspec"), metadata.get("language_info")
    names = [
        kernel.get("language") if isinstance(kernel, dict) else None,
        language.get("name") if isinstance(language, dict) else None,
    ]
    return all(name is None or str(name).lower() in ("python", "ipython") for name in names)


def _as_python(source: str) -> tuple[list[str], tuple[int, str] | None]:
    """The lines of a cell as Python, and (row, reason) when it is none even so: then its lines are blank."""
    lines = source_lines(source)
    if lines and not lines[-1]:
        lines.pop()
    if not lines:
        return [], None
    first = next((row for row, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        magic = lines[first][2:].split()
        if not magic or magic[0] not in PYTHON_CELL_MAGICS:
            return [""] * len(lines), None
        lines[first] = ""
    if _flaw(lines) is None:
        return lines, None
    lines = _without_magics(lines)
    flaw = _flaw(lines)
    return (lines, None) if flaw is None else ([""] * len(lines), flaw)


def _flaw(lines: list[str]) -> tuple[int, str] | None:
    try:
        ast.parse("\n".join(lines) + "\n")
    except SyntaxError as error:
        return min(max(error.lineno or 1, 1), len(lines)), error.msg
    except (ValueError, RecursionError, MemoryError) as error:
        return 1, str(error) or "too deeply nested"
    return None


def _without_magics(lines: list[str]) -> list[str]:
    """IPython's own syntax replaced on its lines; a command that goes on after a backslash goes with it."""
    kept: list[str] = []
    continues = False
    for line in lines:
        if continues:
            kept.append("")
            continues = line.endswith("\\")
            continue
        assigned = _ASSIGNED.fullmatch(line)
        magic = _LINE_MAGIC.fullmatch(line) or _HELP.fullmatch(line)
        if assigned:
            kept.append(assigned[1] + "None")
        elif magic:
            kept.append(magic[1] + "pass")
        else:
            kept.append(line)
        continues = bool(assigned or magic) and line.endswith("\\")
    return kept
