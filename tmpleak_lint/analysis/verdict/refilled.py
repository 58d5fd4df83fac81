"""What holds a file is filled again while it still has it: by a method or function that is called over and over.

Comes in: a class and the method that fills an attribute without asking for it, or a function that does so with a
variable of its module. Goes out: whether something of the module calls that in a loop, or once more in a row, on one
object, and nothing that deletes in between. Read off the module's text; an object that is made anew each time is
another one, and so is one of which more is done than is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tmpleak_lint.analysis.domain.values import Func, Klass
from tmpleak_lint.analysis.queries.called import region_text
from tmpleak_lint.analysis.queries.inheriting import methods_naming
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.semantics.attributes import is_close_like
from tmpleak_lint.bounds import METHODS_AROUND
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.reading.bodiless import with_fields_alone

_CALLED = re.compile(r"\b(\w+)\(")
_SET = re.compile(r"\s*(?::[^=\n]*)?=[^=]")
_LOOP = re.compile(r"(?:async )?for\b|while\b")
_LEAVES = re.compile(r"(?:return|raise|break|continue)\b")
_ASKS = re.compile(r"(?:if|elif|while)\b")
_ONCE = frameworks.SETUPS | frameworks.UNOWNED_WHEN_RAISING


class _Filling(NamedTuple):
    """What fills again what `held` is the name of: methods of a class, or a function (`klass` is None then).
    `from_the_start`: the making of an object does so first; `ending`: what of the class or module may empty it."""

    names: tuple[str, ...]
    held: str
    klass: Klass | None
    from_the_start: bool
    ending: frozenset[str]
    deleting: re.Pattern[str]


@question(lambda klass, method, attribute: False)
def is_filled_again(project: Project, klass: Klass, method: str, attribute: str) -> bool:
    """Whether a method that fills an attribute of its object is called again before that is emptied."""
    func = project.method(klass, method)
    if (
        func is None
        or _runs_once(method)
        or not _fills(region_text(project, func), rf"\.{re.escape(attribute)}\b")
    ):
        return False
    callers = _coming_to(project, klass, method)
    texts = {name: region_text(project, its) for name, its in project.methods(klass).items()}
    filling = _Filling(
        tuple(name for name in callers if not _runs_once(name)),
        attribute,
        klass,
        not frameworks.UNOWNED_WHEN_RAISING.isdisjoint(callers),
        _ending(project, {name: text for name, text in texts.items() if name not in callers}),
        re.compile(rf"\b(?:{project.knowledge.deleting})\("),
    )
    module = project.module(klass.module)
    return any(_calls_again(module, text, filling, own) for text, own in _texts(project, module, klass))


@question(lambda module, name, variable: False)
def is_variable_filled_again(project: Project, module: Module, name: str, variable: str) -> bool:
    """Whether a function that fills a variable of its module is called again before that is emptied."""
    known = module.source.skeleton.defs.get(name)
    if known is None or known.owner is not None or known.decorators or _runs_once(name):
        return False
    text = re.sub(r"^\s+global\b.*$", "", module.def_text(name), flags=re.MULTILINE)
    if not _fills(text, rf"\b{re.escape(variable)}\b"):
        return False
    defs = {each.qualname: module.def_text(each.qualname) for each in module.source.skeleton.ordered_defs()}
    ending = _ending(project, {each.rpartition(".")[2]: its for each, its in defs.items() if each != name})
    deleting = re.compile(rf"\b(?:{project.knowledge.deleting})\(")
    filling = _Filling((name,), variable, None, False, ending, deleting)
    return any(_calls_again(module, each, filling, False) for each, _ in _texts(project, module, None))


def _runs_once(name: str) -> bool:
    """Whether a method is called once for each object, or by whoever runs tests, or empties what it has."""
    return name in _ONCE or name.startswith("test") or is_close_like(name)


def _fills(text: str, held: str) -> bool:
    """Whether a body puts something in the place of what is held, without asking for that, or emptying it, first."""
    head, *rest = re.split(held, text, maxsplit=1)
    if not rest or not _SET.match(rest[0]):
        return False  # it is asked for first
    return not any(is_close_like(called) for called in _CALLED.findall(head.partition("\n")[2]))


def _coming_to(project: Project, klass: Klass, method: str) -> tuple[str, ...]:
    """The method, and those that call it whenever they are called, before anything is emptied."""
    found = [method]
    for _ in range(METHODS_AROUND):
        for name, func in tuple(methods_naming(project, klass, found)):
            if name not in found and any(_does(region_text(project, func), each) for each in found):
                found.append(name)
    return tuple(found)


def _does(text: str, method: str) -> bool:
    """Whether a method calls another one of its object on its straight line, and nothing that empties before that."""
    lines = text.splitlines()
    body = next((row for row, line in enumerate(lines) if line.rstrip().endswith(":")), len(lines)) + 1
    depth = min((_depth(line) for line in lines[body:] if line.strip()), default=0)
    for line in lines[body:]:
        if _depth(line) == depth and re.match(
            rf"(?:\w+ = )?(?:await )?self\.{re.escape(method)}\(", line.strip()
        ):
            return True
        if _LEAVES.match(line.strip()) or any(map(is_close_like, _CALLED.findall(line))):
            return False
    return False


def _ending(project: Project, texts: dict[str, str]) -> frozenset[str]:
    """Those functions that are named after an end, or in which something is called that is, or that deletes."""
    deleting = re.compile(rf"\b(?:{project.knowledge.deleting})\(")
    return frozenset(
        name
        for name, text in texts.items()
        if is_close_like(name)
        or deleting.search(text)
        or any(map(is_close_like, _CALLED.findall(text.partition("\n")[2])))
    )


def _texts(project: Project, module: Module, klass: Klass | None) -> Iterator[tuple[str, bool]]:
    """The texts of a module's functions, each with whether it is a method of the class or of one that inherits; last
    what stands outside of them, below a line of its own."""
    lines = ["", *module.source.lines]
    for known in module.source.skeleton.ordered_defs():
        text = region_text(project, Func(module.key, known.qualname))
        own = klass is not None and known.owner is not None and not known.decorators
        if own:
            its = Klass(module.key, known.owner or "")
            own = its == klass or klass in project.bases(its)[0]
        yield with_fields_alone(text), own
        lines[known.first_row : known.last_row + 1] = [""] * (known.last_row + 1 - known.first_row)
    yield with_fields_alone("\n".join(lines)), False


def _calls_again(module: Module, text: str, filling: _Filling, own: bool) -> bool:
    """Whether a text calls what fills over and over on one object that it makes, that is said to be one, or that is
    the method's own."""
    if not any(f"{name}(" in text for name in filling.names):
        return False
    lines = text.splitlines()
    names = "|".join(map(re.escape, filling.names))
    if filling.klass is None:
        calling = re.compile(rf"(?<![\w.])(?<!def )()(?:{names})\(")
        made: dict[str, int] = {"": -1}
    else:
        calling = re.compile(rf"(?<![\w.])(\w+)\.(?:{names})\(")
        made = _objects(module, text, filling.klass)
        if own:
            made["self"] = -1
    last = {name: row for name, row in made.items() if row >= 0 and filling.from_the_start}
    for row, line in enumerate(lines):
        for receiver in calling.findall(line):
            if receiver not in made or line.lstrip().startswith(("def ", "async def ", "class ")):
                continue
            before = last.get(receiver)
            since = lines[before + 1 : row] if before is not None and _follows(lines, before, row) else None
            for block in (since, _loop_around(lines, row)):
                if block is not None and not _begins_or_ends(block, receiver, filling):
                    return True
            last[receiver] = row
    return False


def _objects(module: Module, text: str, klass: Klass) -> dict[str, int]:
    """The names under which a text has objects of the class: those that it makes with the row, others with -1."""
    name = re.escape(klass.qualname)
    found: dict[str, int] = {}
    for each in re.finditer(rf"\b(\w+)\s*:\s*[\"']?(?:\w+\.)?{name}\b", text):
        found[each[1]] = -1
    head = re.match(r"\s*(?:async\s+)?def\s+(\w+)\(([^()]*)\)", text)
    parameters = (
        [each.partition(":")[0].partition("=")[0].strip() for each in head[2].split(",")] if head else []
    )
    if head is not None and any(parameters):
        for arguments in re.findall(rf"(?<![\w.]){head[1]}\((.*)\)", module.source.text):
            given = zip(parameters, arguments.split(","), strict=False)
            found |= {each: -1 for each, made in given if re.match(rf"\s*(?:\w+\.)?{name}\(", made)}
    making = rf"^[ ]*(?:(\w+)\s*(?::[^=\n]*)?=\s*|with\s+)(?:\w+\.)?{name}\([^\n]*?(?:\)\s+as\s+(\w+):)?$"
    for made in re.finditer(making, text, re.MULTILINE):
        if kept := made[1] or made[2]:
            found.setdefault(kept, text.count("\n", 0, made.start()))
    return found


def _follows(lines: list[str], first: int, second: int) -> bool:
    """Whether a row comes after another one in a body: not in another branch, and not behind the end of its own."""
    if first >= second:
        return False
    depths = (_depth(lines[first]), _depth(lines[second]))
    between = [line for line in lines[first + 1 : second] if line.strip()]
    if any(_depth(line) < min(depths) for line in between):
        return False
    return not any(_depth(line) <= depths[0] and _LEAVES.match(line.strip()) for line in between)


def _begins_or_ends(block: list[str], receiver: str, filling: _Filling) -> bool:
    """Whether the object is made anew in some lines, given to somebody, or told to delete what it has; whether they ask
    for that, or delete it themselves."""
    text = "\n".join(block)
    names = re.escape(receiver)
    held = rf"\b{names}\.{re.escape(filling.held)}\b" if receiver else rf"\b{re.escape(filling.held)}\b"
    if receiver and re.search(rf"\b{names}\b\s*(?::[^=\n]*)?=[^=]|\b(?:for|as)\s+{names}\b", text):
        return True
    # (What is given the object may do anything with it.)
    if receiver and re.search(rf"[(,=]\s*{names}\s*[,)\n]", text):
        return True
    called = re.findall(rf"\b{names}\.(\w+)\(" if receiver else r"(?<![\w.])(\w+)\(", text)
    if any(is_close_like(each) or each in filling.ending for each in called):
        return True
    return any(
        re.search(held, line)
        and (filling.deleting.search(line) or _ASKS.match(line.strip()) or re.search(rf"=\s*{held}", line))
        for line in block
    )


def _loop_around(lines: list[str], row: int) -> list[str] | None:
    """The lines of the innermost loop around a row, with its head; None outside of one, and where the row ends it."""
    depth = _depth(lines[row])
    for above in range(row - 1, 0, -1):
        line = lines[above].strip()
        if line and _depth(lines[above]) < depth:
            depth = _depth(lines[above])
            if re.match(r"(?:async )?def\b|class\b", line):
                return None
            if _LOOP.match(line):
                rows = range(row + 1, len(lines))
                below = next(
                    (at for at in rows if lines[at].strip() and _depth(lines[at]) <= depth), len(lines)
                )
                ends = any(
                    _depth(each) <= _depth(lines[row]) and re.match(r"(?:return|raise|break)\b", each.strip())
                    for each in lines[row + 1 : below]
                )
                return None if ends or _leaves(lines[row]) else lines[above:below]
    return None


def _leaves(line: str) -> bool:
    return re.match(r"(?:return|raise|yield)\b", line.strip()) is not None


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
