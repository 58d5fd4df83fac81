"""What a function of the project may do, by its text and that of what it calls: nothing is parsed for it.

Comes in: a function. Goes out: whether its body is worth a closer look: may it create a file, be handed one, change who
owes a deletion. A no is final, a yes may be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from tmpleak_lint.analysis.domain.values import Dotted, Func, Value
from tmpleak_lint.analysis.queries.called import as_method, called_values, region_text
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.bounds import EFFECT_DEPTH, HELPER_DEPTH, SMALL_TEXT
from tmpleak_lint.flow.graph import Kind
from tmpleak_lint.knowledge.frameworks import MANAGED_FACTORIES
from tmpleak_lint.knowledge.model import Creates
from tmpleak_lint.knowledge.pieces import piece_of
from tmpleak_lint.reading.matters import could_leave
from tmpleak_lint.reading.skeleton import ClassOutline, Skeleton


@question(lambda func: False, about=as_method)
def may_affect(project: Project, func: Func) -> bool:
    """Whether giving a file to this function can change who owes its deletion; a no is final."""
    return _reaches(project, func, _names_effect, EFFECT_DEPTH)


@question(lambda func: False, about=as_method)
def may_create(project: Project, func: Func) -> bool:
    """Whether a function can create a temp file, by the names in its text and in that of what it calls.

    Answers for what is called aren't kept: they would depend on how far the asking function was away.
    """
    return _reaches(project, func, _creates, HELPER_DEPTH)


@question(lambda func: False, about=as_method)
def may_be_handed(project: Project, func: Func) -> bool:
    """Whether a function can create a temp file or get one from what it calls, by their texts: what is called has to
    return it."""
    return _reaches(project, func, _creates, HELPER_DEPTH, returns)


@question(lambda func: False, about=as_method)
def returns(project: Project, func: Func) -> bool:
    """Whether a function's text has anything to return, or to put in a variable of the body around it."""
    if func.code is not None and (func.code.kind is Kind.LAMBDA or func.code.nonlocal_names):
        return True
    return "return" in region_text(project, func)


def _any(project: Project, func: Func) -> bool:
    return True


def _reaches(
    project: Project,
    func: Func,
    has: Callable[[Project, Func], bool],
    depth: int,
    goes_on: Callable[[Project, Func], bool] = _any,
) -> bool:
    """Whether the function, or one it calls within so many calls, has what is asked for. Only calls of functions
    for which `goes_on` holds count."""
    seen = {(func.module, func.qualname, func.code)}
    taken: set[Value] = set()
    layer = [func]
    for calls in range(depth + 1):
        if any(has(project, each) for each in layer):
            return True
        if calls == depth:
            break
        further: list[Func] = []
        for values in [called_values(project, each) for each in layer]:
            if taken.issuperset(values):
                continue  # told in one go: functions that all call each other name as many as there are
            for each in values:
                if each in taken:
                    continue
                taken.add(each)
                if isinstance(each, Func) and (key := (each.module, each.qualname, each.code)) not in seen:
                    seen.add(key)
                    if goes_on(project, each):
                        further.append(each)
        layer = further
    return False


@question(lambda func: False, about=as_method)
def _names_effect(project: Project, func: Func) -> bool:
    return project.knowledge.names_effect(region_text(project, func))


@question(lambda func: False, about=as_method)
def creates_to_delete(project: Project, func: Func) -> bool:
    """Whether a body itself creates a file that doesn't delete itself with its handle, by its text."""
    module = project.module(func.module)
    return names_creator_to_delete(project, module, region_text(project, func)) or _calls_creator(
        project, func
    )


def names_creator_to_delete(project: Project, module: Module, text: str) -> bool:
    """Whether a text names a creator of files that don't delete themselves with their handle."""
    if _says(text, other_names(project, module)):
        return True
    rest = _with_pieces(project, text)
    return any(name in rest for name in _own_pieces(project)) or could_leave(
        rest.encode(errors="surrogatepass")
    )


def names_creator(project: Project, module: Module, text: str) -> bool:
    """Whether a text names a creator."""
    if _says(text, other_names(project, module)):
        return True
    rest = _with_pieces(project, text)
    return any(name in rest for name in (*project.knowledge.creator_pieces, *_own_pieces(project)))


def _with_pieces(project: Project, text: str) -> str:
    """What of a text may name a creator: nothing where no piece of such a name stands in it."""
    pieces = project.knowledge.creator_pieces
    return _own_method(pieces).sub("", text) if any(name in text for name in pieces) else ""


def _own_pieces(project: Project) -> tuple[str, ...]:
    """What names the user's own creators; a method may be one of them."""
    return tuple(piece_of(row.name) for row in project.knowledge.own if row.effect(Creates) is not None)


def _says(text: str, names: tuple[str, ...]) -> bool:
    return any(name in text and re.search(rf"\b{re.escape(name)}\b", text) for name in names)


@question(lambda module: ())
def other_names(project: Project, module: Module) -> tuple[str, ...]:
    """Names that a module, or one of its classes, has for creators beside their own: `scratch = tempfile.mkdtemp`."""
    skeleton, pieces = module.source.skeleton, project.knowledge.creator_pieces
    known = [(name, found.attr or "") for name, found in skeleton.imports.items()]
    known += [(n, found.attr or "") for n, others in skeleton.other_imports.items() for found in others]
    shapes: list[Skeleton | ClassOutline] = [skeleton, *skeleton.classes.values()]
    for shape in shapes:
        known += shape.aliases.items()
        known += ((name, prepared.first) for name, prepared in shape.prepared.items())
        known += ((name, text) for name, table in shape.tables.items() for _, text in table)
    known += ((name, text) for name, texts in skeleton.choices.items() for text in texts)
    found = {name for name, text in known if _has_piece(text, pieces) and not _has_piece(name, pieces)}
    return tuple(sorted(found))


def _has_piece(text: str, pieces: tuple[str, ...]) -> bool:
    return any(piece in text for piece in pieces)


@lru_cache(maxsize=64)
def _own_method(creators: tuple[str, ...]) -> re.Pattern[str]:
    """A method with a creator's name: another function, and looked at as one; what pytest makes, it deletes."""
    objects = "|".join(("self", "cls", *MANAGED_FACTORIES))
    return re.compile(rf"\b(?:{objects})\.(?:{'|'.join(map(re.escape, creators))})\(")


@question(lambda func: False, about=as_method)
def _creates(project: Project, func: Func) -> bool:
    named = names_creator(project, project.module(func.module), region_text(project, func))
    return named or _calls_creator(project, func)


def _calls_creator(project: Project, func: Func) -> bool:
    """Whether a function calls a creator by another name, of another module perhaps."""
    return any(
        isinstance(value, Dotted) and project.knowledge.effect(value.name, Creates) is not None
        for value in called_values(project, func)
    )


def is_too_much(project: Project, func: Func) -> bool:
    """Whether a body is too long to be walked just to see what it returns, and can't affect who owns a file."""
    if func.code is not None or may_affect(project, func):
        return False
    return region_text(project, func).count("\n") > SMALL_TEXT
