"""Is the file's name told to the user? Then it may be what the user asked for.

Comes in: a leak's way and the trail of the file. Goes out: the row on which it is told, None where it isn't.
What goes to a debug log is for nobody in particular.
"""

from __future__ import annotations

from collections.abc import Sequence

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.words import LOGGER_WORDS
from tmpleak_lint.ownership.trail import Trail

# Functions and methods that speak to the user, whatever comes after.
_SAYS = frozenset(
    {"warn", "warning", "err", "error", "critical", "fatal", "exit_json", "exit", "fail", "set_output"}
)
# Those that speak as a program goes along: what counts is what is said last.
_PRINTS = frozenset({"print", "echo", "secho", "status", "write", "writelines", "info", "message", "notice", "success",
                     "display", "rule", "output", "report", "announce", "note", "print_message"})  # fmt: skip
_SPEAKERS = frozenset({"ui", "console", "term", "terminal", "screen", "reporter", "stdout", "stderr"})
_QUIET = frozenset({"debug", "info", "trace", "log"})


def told_at(code: Code, trail: Trail, way: Sequence[int]) -> int | None:
    """The row on which the way says the name to the user, as the last thing that is done with it, or as a warning."""
    told: int | None = None
    for index in way:
        op = code.nodes[index].op
        if isinstance(op, g.Call) and trail.is_given(op):
            said = _speaks(trail.called.get(op.func, ""))
            if said == "always":
                return code.nodes[index].span.start.row
            told = code.nodes[index].span.start.row if said else told if _is_derived(trail, op) else None
        elif isinstance(op, g.SetItem) and op.src in trail.holding and _is_environment(trail, op):
            told = code.nodes[index].span.start.row
        elif isinstance(op, g.Raise) and op.cause == "raise" and trail.reads(op):
            return code.nodes[index].span.start.row
    return told


def _speaks(name: str) -> str:
    """Whether what is called speaks to the user: "always", "last" when nothing comes after it, or "" for no."""
    head, _, last = name.rpartition(".")
    speaker = head.rpartition(".")[2].lower()
    is_logger = any(word in speaker for word in LOGGER_WORDS)
    if is_logger and last in _QUIET:
        return ""
    if speaker in _SPEAKERS and last in _PRINTS | _SAYS:
        return "always" if speaker not in ("stdout", "stderr") else "last"
    if last in _SAYS and head:
        return "always"
    if last in ("exit", "quit") or name in ("print", "echo", "secho"):
        return "last"
    return "last" if last in _PRINTS - {"write", "writelines", "info"} and head else ""


def _is_derived(trail: Trail, call: g.Call) -> bool:
    """Whether the call only makes another name or a text of it."""
    return call.dest in trail.holding


def _is_environment(trail: Trail, op: g.SetItem) -> bool:
    return trail.called.get(op.obj, "").endswith("environ")
