"""An attribute that is filled again while it still has a file: by a method that somebody calls over and over.

Comes in: a class, and the method that fills an attribute without asking for it. Goes out: whether a function of the
module calls that in a loop, or twice in a row, on one object, and nothing that deletes in between. Read off the
module's text; an object that is made anew each time is another one.
"""

from __future__ import annotations

import re

from tmpleak_lint.analysis.domain.values import Func, Klass
from tmpleak_lint.analysis.queries.called import region_text
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.semantics.attributes import is_close_like
from tmpleak_lint.knowledge import frameworks

_ENDED = re.compile(r"\b([\w.]+)\.(\w+)\(")
_SET = re.compile(r"\s*(?::[^=\n]*)?=[^=]")
_LOOP = re.compile(r"(?:async )?for\b|while\b")
_ONCE = frameworks.SETUPS | frameworks.UNOWNED_WHEN_RAISING


@question(lambda klass, method, attribute: False)
def is_filled_again(project: Project, klass: Klass, method: str, attribute: str) -> bool:
    """Whether a method that fills an attribute of its object is called again before that is emptied."""
    func = project.method(klass, method)
    if func is None or method in _ONCE or method.startswith("test") or is_close_like(method):
        return False
    head, *rest = re.split(rf"\.{re.escape(attribute)}\b", region_text(project, func), maxsplit=1)
    if not rest or not _SET.match(rest[0]):
        return False  # it is asked for first
    if any(is_close_like(called) for _, called in _ENDED.findall(head.partition("\n")[2])):
        return False  # what the attribute has is emptied first
    module = project.module(klass.module)
    return any(
        _calls_again(region_text(project, Func(module.key, known.qualname)), klass, method)
        for known in module.source.skeleton.ordered_defs()
    )


def _calls_again(text: str, klass: Klass, method: str) -> bool:
    """Whether a function calls the method over and over on one object that it makes, or that is said to be one."""
    lines = text.splitlines() if method in text and klass.qualname in text else []
    made = re.findall(rf"\b(\w+)\s*(?:=\s*|:\s*[\"']?)(?:\w+\.)?{re.escape(klass.qualname)}\b", text)
    last: dict[str, int] = {}
    for row, line in enumerate(lines):
        for receiver in re.findall(rf"\b(\w+)\.{re.escape(method)}\(", line):
            if receiver not in made:
                continue
            around = _loop_around(lines, row)
            between = lines[last[receiver] + 1 : row] if receiver in last else None
            for block in (each for each in (around, between) if each is not None):
                if not _begins_or_ends(block, receiver):
                    return True
            last[receiver] = row
    return False


def _begins_or_ends(block: list[str], receiver: str) -> bool:
    """Whether the object is made anew in some lines, or told to delete what it has."""
    text = "\n".join(block)
    ended = any(name == receiver and is_close_like(called) for name, called in _ENDED.findall(text))
    names = re.escape(receiver.partition(".")[0])
    return ended or re.search(rf"\b{names}\b\s*(?::[^=\n]*)?=[^=]|\b(?:for|as)\s+{names}\b", text) is not None


def _loop_around(lines: list[str], row: int) -> list[str] | None:
    """The lines of the innermost loop around a row, with its head; None outside of one."""
    depth = _depth(lines[row])
    for above in range(row - 1, 0, -1):
        if lines[above].strip() and _depth(lines[above]) < depth:
            depth = _depth(lines[above])
            if _LOOP.match(lines[above].strip()):
                below = next(
                    (
                        at
                        for at in range(row + 1, len(lines))
                        if lines[at].strip() and _depth(lines[at]) <= depth
                    ),
                    len(lines),
                )
                return lines[above:below]
    return None


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
