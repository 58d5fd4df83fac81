"""Puts the page together: one HTML file with style, scripts and data inside, which opens from disk.

In: cases with what is to be said about each, settings, strategies, a capacity load. Out: the page's text.
Source text of strangers goes in as JSON with `<`, `>` and `&` escaped and comes out through `textContent`
alone; the page's policy forbids it to load anything, and to run or apply anything but its own scripts and style, which
it names by their hashes. Findings beyond the page's size are named, not embedded.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from tmpleak_lint import rules
from tmpleak_lint.simulation.capacity import Load
from tmpleak_lint.simulation.cleanups import Cleanup, guarantee
from tmpleak_lint.simulation.compare import Case
from tmpleak_lint.simulation.engine import Settings
from tmpleak_lint.simulation.program import Kind, Program, SourceLine, Way
from tmpleak_lint.simulation.strategies import Strategy
from tmpleak_lint.simulation.text import visible

BUDGET = 300_000  # bytes of data; the page without it has about 65 KB
_PARTS = {
    "style": "style.css",
    "data_reader": "data.js",
    "engine": "engine.js",
    "draw": "draw.js",
    "runs": "runs.js",
    "stage": "stage.js",
    "more": "more.js",
    "page": "page.js",
}
_KINDS = {kind: number for number, kind in enumerate(Kind)}
_WAYS = {way: number for number, way in enumerate(Way)}


@dataclass(frozen=True, slots=True)
class Shown:
    """A case as the page shows it: `name` of the rule, `message` of the finding, `row` at which its path leaves."""

    case: Case
    name: str = ""
    message: str = ""
    row: int = 0


def page(
    shown: Sequence[Shown],
    settings: Settings,
    chosen: Sequence[Strategy],
    load: Load,
    title: str,
    command: str = "",
) -> str:
    """The whole page; `command` is the one that makes it."""
    findings, sources, left_out = _within_budget(shown)
    data = {
        "settings": _settings_to_json(settings),
        "strategies": [
            {"name": s.name, "title": s.title, "rewrite": s.rewrite, "reaper": s.reaper} for s in chosen
        ],
        "findings": findings,
        "sources": sources,
        "left_out": left_out,
        "command": visible(command),
        "rules": {
            code: {"text": rules.page(code), "url": rules.url(code)}
            for code in sorted({one.case.program.code for one in shown} & set(rules.RULES))
        },
        "capacity": _capacity_to_json(load),
    }
    text = _part("template.html")
    parts = {name: _part(file) for name, file in _PARTS.items()}
    filled = {
        "policy": _policy(parts),
        "title": html.escape(visible(title)),
        "data": _script_safe(json.dumps(data, separators=(",", ":"))),
        **parts,
    }
    head, *rest = text.split("{{")
    for piece in rest:
        name, _, after = piece.partition("}}")
        head += filled[name] + after
    return head


def _policy(parts: Mapping[str, str]) -> str:
    """The page's content security policy. Each part stands in an element of its own, between two line ends."""
    hashes = {name: _hash(f"\n{text}\n") for name, text in parts.items()}
    style = hashes.pop("style")
    return (
        f"default-src 'none'; style-src {style}; script-src {' '.join(hashes.values())}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _within_budget(
    shown: Sequence[Shown],
) -> tuple[list[Any], list[list[Any]], list[dict[str, str]]]:
    """The findings that are embedded, the sources that they share, and what is said of the others."""
    findings: list[Any] = []
    left_out: list[dict[str, str]] = []
    sources: dict[tuple[Any, ...], int] = {}
    room = BUDGET
    for one in shown:
        known = dict(sources)
        row = _finding_to_json(one, sources)
        size = len(json.dumps([row, list(sources)[len(known) :]]))
        if size > room and findings:
            sources = known
            program = one.case.program
            texts = {"code": program.code, "title": program.title, "message": one.message}
            left_out.append({key: visible(text) for key, text in texts.items()})
        else:
            room -= size
            findings.append(row)
    return findings, [list(source) for source in sources], left_out


def _finding_to_json(shown: Shown, sources: dict[tuple[Any, ...], int]) -> dict[str, Any]:
    cleanups = shown.case.cleanups
    best = guarantee(cleanups)
    written: dict[str, str] = {}
    rows: dict[str, Any] = {}
    for name, cleanup in cleanups.items():
        same = written.setdefault(cleanup.text, name)
        rows[name] = _cleanup_to_json(cleanup, sources) if same == name else {"same": same}
    return {
        "name": visible(shown.name),
        "message": visible(shown.message),
        "row": shown.row,
        "program": packed(_visible_program(shown.case.program), sources),
        "cleanups": rows,
        "guaranteed": None if best is None else written[best.text],
    }


def _cleanup_to_json(cleanup: Cleanup, sources: dict[tuple[Any, ...], int]) -> dict[str, Any]:
    return {
        "program": packed(_visible_program(cleanup.program), sources),
        "leaks": cleanup.leaks,
        "fresh": list(cleanup.fresh),
        "gone": list(cleanup.gone),
        "patch": cleanup.patch,
    }


def packed(program: Program, sources: dict[tuple[Any, ...], int]) -> dict[str, Any]:
    """The program in little space, as `data.js` reads it.

    `nodes`: line, number of the label, kind, whether the file is held, four numbers a node; `edges`: from, to, and
    the way plus three times the weight (of 2 and more), three numbers an edge; `source`: which of the shared
    sources, each its lines, before each run of them the first one's number.
    """
    labels: dict[str, int] = {}
    nodes: list[int] = []
    for node in program.nodes:
        label = labels.setdefault(node.label, len(labels))
        nodes += [node.line, label, _KINDS[node.kind], int(node.holds)]
    edges: list[int] = []
    for edge in program.edges:
        weight = edge.weight if edge.weight > 1 else 0
        edges += [edge.source, edge.target, _WAYS[edge.kind] + 3 * weight]
    source: list[int | str] = []
    expected = 0
    for line in program.source:
        if line.number != expected:
            source.append(line.number)
        source.append(line.text)
        expected = line.number + 1
    return {
        "title": program.title,
        "code": program.code,
        "function": program.function,
        "resource": program.resource.value,
        "labels": list(labels),
        "nodes": nodes,
        "edges": edges,
        "source": sources.setdefault(tuple(source), len(sources)),
    }


def _visible_program(program: Program) -> Program:
    """The program with its texts made safe to show."""
    return replace(
        program,
        title=visible(program.title),
        function=visible(program.function),
        source=tuple(SourceLine(line.number, visible(line.text)) for line in program.source),
        nodes=tuple(replace(node, label=visible(node.label)) for node in program.nodes),
    )


def _settings_to_json(settings: Settings) -> dict[str, Any]:
    return {
        "requests": settings.requests,
        "slots": settings.slots,
        "failure_ppm": settings.failure_ppm,
        "seed": settings.seed,
        "fail_at": [visible(label) for label in settings.fail_at],
        "file_size": settings.file_size,
        "reaper_age": settings.reaper_age,
        "lanes": settings.lanes,
    }


def _capacity_to_json(load: Load) -> dict[str, float | int | None]:
    """In the units of the page's fields."""
    return {
        "rate": float(load.requests),
        "share": float(load.failure_share * 100),
        "size": load.file_size / 1000,
        "volume": load.volume / 10**9,
        "inodes": load.inodes_there,
        "reaper": None if load.reaper_days is None else float(load.reaper_days * 24),
    }


def _script_safe(text: str) -> str:
    """JSON that can't end its script element: `json.dumps` left only ASCII, and these three go too."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
