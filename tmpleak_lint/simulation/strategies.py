"""What another cleanup would change: strategies as rewrites of a program's graph.

In: a `Program` and a strategy's name. Out: the `Program` that a request walks under it, and for the reader
the lines that the rewrite strikes out or writes in. A rewrite does two things only: it mutes deletions that
stand in the program, and it puts a deletion on chosen edges. The page applies the same rewrites
(`engine.js`) from JSON. Not handled: proving that a real edit of the source has this shape; that is the
fixer's work, whose result can be played beside these as `fix`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from tmpleak_lint.simulation.program import EXITS, Edge, Kind, Node, Program, Resource, Way

REAPER = "reaper"
FIX = "fix"


@dataclass(frozen=True, slots=True)
class Ghost:
    """A line that the strategy adds for the reader, shown after the source line `after`."""

    after: int
    text: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Deletions to mute (node ids), edges to put a deletion on (indexes), and how that reads."""

    muted: tuple[int, ...] = ()
    guarded: tuple[int, ...] = ()
    label: str = ""
    ghosts: tuple[Ghost, ...] = ()
    struck: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "muted": list(self.muted),
            "guarded": list(self.guarded),
            "label": self.label,
            "ghosts": [{"after": ghost.after, "text": ghost.text} for ghost in self.ghosts],
            "struck": list(self.struck),
        }


@dataclass(frozen=True, slots=True)
class Strategy:
    """A way to clean up: a rewrite of the program, with or without a reaper beside it."""

    name: str
    title: str
    rewrite: str
    reaper: bool = False


_TITLES = {
    "as-written": "as written",
    "last-line": "delete on the last line",
    "try-finally": "try / finally",
    "with": "self-deleting with",
    FIX: "the tool's fix",
}
DEFAULT = ("as-written", "last-line", "try-finally", "with", FIX, "as-written+reaper", "try-finally+reaper")


def named(name: str) -> Strategy:
    """The strategy called `name`, such as `as-written+reaper`; ValueError when there is none."""
    parts = name.split("+")
    reaper = REAPER in parts
    ways = [part for part in parts if part != REAPER] or ["as-written"]
    if len(ways) != 1 or ways[0] not in _TITLES or len(parts) != len(set(parts)):
        known = ", ".join(_TITLES)
        raise ValueError(f"no strategy is called {name!r}: choose among {known}, each also with +{REAPER}")
    title = _TITLES[ways[0]] + (" + reaper" if reaper else "")
    return Strategy("+".join(ways + [REAPER] * reaper), title, ways[0], reaper)


def applies(program: Program, name: str) -> bool:
    """A file that is handed over must outlive the function: a self-deleting `with` can't make it."""
    return name != "with" or all(node.kind is not Kind.HANDOVER for node in program.nodes)


def rewrite_for(program: Program, name: str) -> Rewrite:
    """How `program` changes under the rewrite `name` (`as-written` and `fix` change nothing)."""
    return _REWRITES.get(name, _as_written)(program)


def apply(program: Program, rewrite: Rewrite) -> Program:
    """The program after `rewrite`: muted deletions are passed by, guarded edges pass a deletion.

    `holds` is kept where the node is kept; only the walk itself knows it after a rewrite.
    """
    muted = set(rewrite.muted)
    nodes = [replace(node, kind=Kind.STEP) if node.id in muted else node for node in program.nodes]
    edges = []
    guards: dict[int, int] = {}
    guarded = set(rewrite.guarded)
    for index, edge in enumerate(program.edges):
        if index not in guarded:
            edges.append(edge)
            continue
        if edge.target not in guards:
            guards[edge.target] = len(nodes)
            nodes.append(Node(len(nodes), 0, rewrite.label, Kind.RELEASE))
        edges.append(replace(edge, target=guards[edge.target]))
    edges += [Edge(guard, target) for target, guard in guards.items()]
    passed = _passed_by(muted, edges)
    edges = [replace(edge, target=passed.get(edge.target, edge.target)) for edge in edges]
    return replace(program, nodes=tuple(nodes), edges=tuple(edges))


def _passed_by(muted: set[int], edges: list[Edge]) -> dict[int, int]:
    """Where a walk goes in place of a muted node: its only way on. One that branches stays, as a step."""
    onward: dict[int, list[int]] = {node: [] for node in muted}
    for edge in edges:
        if edge.source in muted and edge.kind is not Way.ERROR:
            onward[edge.source].append(edge.target)
    passed = {}
    for node in sorted(muted):
        seen = {node}
        target = node
        while len(onward.get(target, ())) == 1 and onward[target][0] not in seen:
            target = onward[target][0]
            seen.add(target)
        passed[node] = target
    return passed


def _as_written(program: Program) -> Rewrite:
    return Rewrite()


def _last_line(program: Program) -> Rewrite:
    """The trap: the deletion waits until just before the function's ordinary end, where no exception gets."""
    last = max((node.line for node in program.nodes), default=0)

    def ends_normally(edge: Edge) -> bool:
        source = program.nodes[edge.source]
        early = source.line < last and source.label.startswith(_LEAVING)
        return program.nodes[edge.target].kind is Kind.EXIT_OK and edge.kind is not Way.ERROR and not early

    label = _deletion(program)
    return Rewrite(
        muted=_releases(program),
        guarded=_edges(program, ends_normally),
        label=label,
        ghosts=(Ghost(_last_row(program), _indent(program) + label),),
        struck=_release_rows(program),
    )


def _try_finally(program: Program) -> Rewrite:
    label = _deletion(program)
    indent = _indent(program)
    last = _last_row(program)
    handed_over = any(node.kind is Kind.HANDOVER for node in program.nodes)
    tail = (
        ["except BaseException:", f"    {label}", "    raise"]
        if handed_over
        else ["finally:", f"    {label}"]
    )
    return replace(
        _unwinding(program),
        label=label,
        ghosts=(
            Ghost(_creation_row(program), f"{indent}try:"),
            *(Ghost(last, indent + text) for text in tail),
        ),
    )


def _with(program: Program) -> Rewrite:
    row = _creation_row(program)
    head = _SELF_DELETING[program.resource]
    rewrite = _unwinding(program)
    return replace(
        rewrite,
        label="with: closed and deleted" if program.resource is not Resource.DESCRIPTOR else "with: closed",
        ghosts=(Ghost(row, f"{_indent(program)}{head}"),),
        # A descriptor's creation stays and is wrapped; a file's gives way to the self-deleting handle.
        struck=rewrite.struck if program.resource is Resource.DESCRIPTOR else (row, *rewrite.struck),
    )


def _unwinding(program: Program) -> Rewrite:
    """A deletion on every way out, and before the creation runs again while the last file is still there."""
    after_creation = _after_creation(program)

    def leaves(edge: Edge) -> bool:
        target = program.nodes[edge.target].kind
        refused = edge.kind is Way.ERROR and program.nodes[edge.source].kind is Kind.CREATE
        return edge.source in after_creation and (target in EXITS or target is Kind.CREATE) and not refused

    return Rewrite(muted=_releases(program), guarded=_edges(program, leaves), struck=_release_rows(program))


_REWRITES: dict[str, Callable[[Program], Rewrite]] = {
    "last-line": _last_line,
    "try-finally": _try_finally,
    "with": _with,
}
_LEAVING = ("return", "raise", "break", "continue", "sys.exit")
_SELF_DELETING = {
    Resource.FILE: "with tempfile.NamedTemporaryFile() as file:",
    Resource.DIRECTORY: "with tempfile.TemporaryDirectory() as path:",
    Resource.DESCRIPTOR: 'with os.fdopen(fd, "wb") as file:',
}
_DELETION = {
    Resource.FILE: "os.remove(path)",
    Resource.DIRECTORY: "shutil.rmtree(path)",
    Resource.DESCRIPTOR: "os.close(fd)",
}


def _edges(program: Program, wanted: Callable[[Edge], bool]) -> tuple[int, ...]:
    return tuple(index for index, edge in enumerate(program.edges) if wanted(edge))


def _releases(program: Program) -> tuple[int, ...]:
    return tuple(node.id for node in program.nodes if node.kind is Kind.RELEASE)


def _release_rows(program: Program) -> tuple[int, ...]:
    return _rows(node.line for node in program.nodes if node.kind is Kind.RELEASE)


def _rows(rows: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted({row for row in rows if row}))


def _after_creation(program: Program) -> set[int]:
    waiting = [node.id for node in program.nodes if node.kind is Kind.CREATE]
    found: set[int] = set()
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting += [edge.target for edge in program.leaving(number)]
    return found


def _deletion(program: Program) -> str:
    """The deletion in the user's own words where the program has one."""
    labels = [node.label for node in program.nodes if node.kind is Kind.RELEASE and node.label]
    return labels[0] if labels else _DELETION[program.resource]


def _creation_row(program: Program) -> int:
    return next((node.line for node in program.nodes if node.kind is Kind.CREATE), 0)


def _last_row(program: Program) -> int:
    return program.source[-1].number if program.source else 0


def _indent(program: Program) -> str:
    row = _creation_row(program)
    text = next((line.text for line in program.source if line.number == row), "")
    return text[: len(text) - len(text.lstrip())]
