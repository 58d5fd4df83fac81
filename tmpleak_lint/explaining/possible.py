"""Which failures can happen here: what the call's arguments rule out, and what the handlers on the way would stop.

In: failures from the table, the call as it is written, the handlers that the path passes. Out: those that can happen,
told as they happen with these arguments, the likeliest first. Where nothing can be told of the arguments (`**options`)
all stay.
"""

from __future__ import annotations

import ast
import builtins
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tmpleak_lint.analysis.domain.exceptions import Match
from tmpleak_lint.analysis.domain.values import Flight
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.semantics.catching import exception_names, matching
from tmpleak_lint.analysis.verdict.witness import snippet
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge.exceptions import STDLIB_BASES
from tmpleak_lint.knowledge.failures import (
    ABANDONED,
    ARCHIVE,
    ASSERTION,
    AWAITED,
    BLOCK_FAILS,
    CANCELLED,
    CORRUPT,
    DATABASE,
    EXPLICIT,
    IMAGE,
    MISSING,
    NETWORK,
    NO_NAME,
    PROCESS,
    TIMEOUT,
    UNKNOWN,
    Failure,
)
from tmpleak_lint.knowledge.model import ANY, Launches, Limited, Waits
from tmpleak_lint.knowledge.table import SHIPPED

CHECKED = Failure(
    PROCESS.kind,
    "the program exits with an error, is not installed, or is killed",
    "CalledProcessError, FileNotFoundError",
)
NOT_STARTED = Failure(
    PROCESS.kind, "the program is not installed or may not be run", "FileNotFoundError, PermissionError"
)
PIPE = Failure(PROCESS.kind, "the pipe to the program breaks when it is killed", "BrokenPipeError")
EXPIRED = Failure(TIMEOUT.kind, "the program takes longer than it is given", "subprocess.TimeoutExpired")
NOT_IN_TIME = Failure(TIMEOUT.kind, TIMEOUT.what, "TimeoutError")
RESULT = Failure("the job fails", "what the job raised is raised here again", "any Exception")

# What goes wrong most often out there, first; kinds that aren't named come after these.
_LIKELIEST = (
    ASSERTION, EXPLICIT, BLOCK_FAILS, NETWORK, PROCESS, DATABASE, CORRUPT, IMAGE, ARCHIVE, CANCELLED, AWAITED, TIMEOUT,
    MISSING, ABANDONED, NO_NAME,
)  # fmt: skip
_RANKS = {failure.kind: rank for rank, failure in reversed(list(enumerate(_LIKELIEST)))}
_EXCEPTION = re.compile(r"\b(?:[a-z]\w*\.)*[A-Z]\w+\b")


@dataclass(frozen=True, slots=True)
class Handler:
    """An except clause on the way: the classes it names, and whether it caught what was in flight."""

    names: tuple[str, ...]
    caught: bool


def with_arguments(failures: tuple[Failure, ...], name: str, text: str) -> tuple[Failure, ...]:
    """The failures of a call that its arguments leave: without `check` no CalledProcessError, without a limit no
    timeout."""
    call = _call(text)
    if call is None or not {PROCESS, TIMEOUT} & set(failures):
        return failures
    last = name.rpartition(".")[2]
    of_program = PROCESS in failures
    told: list[Failure] = []
    for failure in failures:
        if failure == PROCESS:
            told += _of_process(call, last)
        elif failure == TIMEOUT:
            told += [EXPIRED if of_program else NOT_IN_TIME] if _has_limit(call, last) else []
        else:
            told.append(failure)
    return tuple(told) or ((RESULT,) if last == "result" else (UNKNOWN,))


def _call(text: str) -> ast.Call | None:
    """The call that is written; None for one whose arguments can't all be seen."""
    try:
        tree = ast.parse(text.removeprefix("await "), mode="eval").body
    except (SyntaxError, ValueError):  # newer syntax than this interpreter knows
        return None
    if not isinstance(tree, ast.Call):
        return None
    hidden = any(isinstance(given, ast.Starred) for given in tree.args) or any(
        k.arg is None for k in tree.keywords
    )
    return None if hidden else tree


def _of_process(call: ast.Call, last: str) -> list[Failure]:
    row = SHIPPED.model(f"{ANY}.{last}")
    launches, waits = row.effect(Launches), row.effect(Waits)
    if launches is not None and launches.checks:
        return [CHECKED]
    if waits is not None and waits.program:
        return [PIPE] if last == "communicate" else []
    checks = _keyword(call, "check")
    if checks is None:
        return [NOT_STARTED] if launches is not None else [PROCESS]
    if isinstance(checks, ast.Constant):
        return [CHECKED if checks.value else NOT_STARTED]
    return [PROCESS]


def _has_limit(call: ast.Call, last: str) -> bool:
    given = _keyword(call, "timeout")
    limited = SHIPPED.effect(f"{ANY}.{last}", Limited)
    if given is None and limited is not None and limited.at < len(call.args):
        given = call.args[limited.at]
    return given is not None and not (isinstance(given, ast.Constant) and given.value is None)


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def likeliest_first(failures: Iterable[Failure]) -> list[Failure]:
    """Ordered by how often such things happen; equals stay in their order."""
    return sorted(failures, key=lambda failure: _RANKS.get(failure.kind, len(_LIKELIEST)))


def handlers_on(explorer: Explorer, walked: Sequence[int]) -> list[Handler]:
    """The except clauses that a way comes to, each with the classes that it names."""
    found = []
    for index, following in itertools.pairwise(walked):
        node = explorer.nodes[index]
        if isinstance(node.op, g.Catches) and node.op.types is not None and node.alt != node.next:
            words = _EXCEPTION.findall(snippet(explorer.module, node.span))
            values = [explorer.project.resolve_text(explorer.module, word) for word in words]
            names = [name for value in values for name in exception_names(explorer, value)]
            if names:
                found.append(Handler(tuple(names), following == node.next))
    return found


def on_the_way(
    failures: tuple[Failure, ...], explorer: Explorer, handlers: Sequence[Handler]
) -> tuple[Failure, ...]:
    """Those that leave by this way: no handler that it passes by would have caught them, and those that catch do."""
    left = tuple(
        failure for failure in failures if all(_goes(failure, explorer, handler) for handler in handlers)
    )
    return left or failures


def _goes(failure: Failure, explorer: Explorer, handler: Handler) -> bool:
    exceptions = [name for word in _EXCEPTION.findall(failure.raises) if (name := _known(word))]
    if not exceptions:
        return True
    matches = [matching(explorer, list(handler.names), Flight(name))[0] for name in exceptions]
    return any(match is not (Match.NO if handler.caught else Match.YES) for match in matches)


def _known(word: str) -> str:
    """The class that a word of the table names, "" where it names none."""
    kind = getattr(builtins, word, None)
    if isinstance(kind, type) and issubclass(kind, BaseException):
        return word if kind is not Exception else ""
    return next((name for name in STDLIB_BASES if name == word or name.endswith(f".{word}")), "")
