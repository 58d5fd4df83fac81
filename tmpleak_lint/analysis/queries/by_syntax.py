"""Does a function raise, and does it come back, by its text alone? Most needn't be parsed for that.

Comes in: a function. Goes out: a yes that is final; a no says nothing.
"""

from __future__ import annotations

import builtins
import re

from tmpleak_lint.analysis.domain.values import Func, Klass
from tmpleak_lint.analysis.queries.called import ABOVE, as_method, names_called, region_text
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.bounds import LONG_BODY
from tmpleak_lint.knowledge.model import Asks, Benign, Deletes, Derives, Raises, Relation
from tmpleak_lint.knowledge.words import EXCEPTION_SUFFIXES
from tmpleak_lint.reading.bodiless import without_strings
from tmpleak_lint.reading.skeleton import Skeleton

_COMES_BACK = re.compile(r"\s*(?:return\b|pass\b|[\w.\[\]'\"]+\s*[-+|]?=[^=])")
# A condition that one value has: whether what stands behind it is ever run, the graph says.
_MAY_BE_DEAD = re.compile(
    r"\b(?:if|elif|while)\s+(?:0|False|None|''|\"\"|__debug__)\s*:|\bif\s+(?:1|True)\s*:"
)
_BEFORE_RETURN = re.compile(r"^(.*)\n[ \t]+return\b", re.MULTILINE)
# What hides a return behind it: linters ask for one after a call that never comes back.
_MAY_LEAVE = re.compile(r"raise|exit|abort|fail|die|error|quit|while|leave", re.IGNORECASE)
_RAISES = re.compile(r"^\s*(?:raise|assert)\b", re.MULTILINE)


@question(lambda func: False, about=as_method)
def is_plainly_risky(project: Project, func: Func) -> bool:
    """Whether the text of a function alone says that it comes back, is no generator or coroutine, and may raise.

    Most functions are like that, and need not be parsed as long as no file is given to them.
    """
    if func.code is not None:
        return False
    text = region_text(project, func)
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    known = project.module(func.module).source.skeleton.defs.get(func.qualname)
    return bool(
        known is not None
        and "yield" not in text
        and "async " not in text
        and lines
        and (_COMES_BACK.match(lines[-1]) or _returns_somewhere(text))
        and (len(lines) > LONG_BODY or is_risky_by_syntax(project, func))
    )


@question(lambda func: False, about=as_method)  # a recursive call says nothing
def is_risky_by_syntax(project: Project, func: Func) -> bool:
    """Whether the text of a function alone says that it isn't benign: it raises, or calls what nobody vouches for."""
    if func.code is not None:
        return False
    text = without_strings(region_text(project, func))
    skeleton = project.module(func.module).source.skeleton
    above = _called_above(project, func, text) if "super(" in text else {}
    if above:
        text = ABOVE.sub(lambda found: "(" if found[1] in above else found[0], text)
    is_one = text.count("def ") < 2  # what a function in the function does is its own business
    return is_one and (
        _RAISES.search(text) is not None
        or any(is_risky_by_syntax(project, method) for method in above.values())
        or (
            not skeleton.star_imports
            and "import" not in text
            and any(
                _is_unknown_method(project, dotted, skeleton) or _is_risky_call(project, func, dotted, text)
                for dotted in dict.fromkeys(names_called(text))
            )
        )
    )


def _called_above(project: Project, func: Func, text: str) -> dict[str, Func]:
    """The methods of the classes above that a method calls by `super()`."""
    owner, known = project.owner_of(func), project.module(func.module).source.skeleton.defs.get(func.qualname)
    if owner is None or known is None or known.owner is None:
        return {}
    around = Klass(func.module, known.owner)
    found = {name: project.method_above(owner, around, name) for name in ABOVE.findall(text)}
    return {name: method for name, method in found.items() if method is not None}


def _is_risky_call(project: Project, func: Func, dotted: str, text: str) -> bool:
    """Whether what a body calls by this name is surely a function that is risky by its text, or one from outside of
    the project that nobody vouches for."""
    module = project.module(func.module)
    skeleton = module.source.skeleton
    head, _, rest = dotted.partition(".")
    if head in ("self", "cls"):
        owner = project.owner_of(func)
        method = project.method(owner, rest) if owner is not None else None
        return method is not None and is_risky_by_syntax(project, method)
    if re.search(rf"\b{re.escape(head)}\b(?![.(\w])", text) is not None:
        return False  # it may be bound to something else here
    if dotted in skeleton.defs and not rest:
        return is_risky_by_syntax(project, Func(module.key, dotted))
    if head not in skeleton.imports:
        is_builtin = dotted in vars(builtins) and head not in skeleton.bindings
        return is_builtin and project.knowledge.effect(dotted, Raises) is not None
    name = ".".join(filter(None, (module.absolute(skeleton.imports[head]), rest)))
    found = project.find(module, name)
    if isinstance(found, Func):
        return is_risky_by_syntax(project, found)
    return found is None and not is_benign_name(project, name)


def is_benign_name(project: Project, name: str) -> bool:
    """Whether a call of something outside of the project, by its dotted name, doesn't raise on a realistic path."""
    row = project.knowledge.model(name)
    derives = row.effect(Derives)
    return (
        any(row.effect(kind) is not None for kind in (Benign, Deletes, Asks))
        or (derives is not None and derives.relation is not Relation.CHILDREN)
        or name.endswith(EXCEPTION_SUFFIXES)
    )


def _is_unknown_method(project: Project, dotted: str, skeleton: Skeleton) -> bool:
    """Whether a called name is a method, of an object that no name of the module stands for, that may raise."""
    head, *rest = dotted.split(".")
    knowledge = project.knowledge
    if not rest or rest[-1] in knowledge.harmless_methods or rest[-1] in knowledge.logging_methods:
        return False
    if head in ("self", "cls"):
        return len(rest) > 1  # of something that the object has
    named = (skeleton.imports, skeleton.defs, skeleton.classes, skeleton.bindings, vars(builtins))
    return not any(head in names for names in named)


@question(lambda func: False, about=as_method)
def returns_by_syntax(project: Project, func: Func) -> bool:
    """Whether the end of a function's text alone says that it returns: then it needn't be parsed for that."""
    if func.code is not None:
        return False
    text = region_text(project, func)
    last = [line for line in text.rstrip().rsplit("\n", 3)[1:] if line.strip()]
    ends = last and _COMES_BACK.match(last[-1]) and not any(_MAY_LEAVE.search(line) for line in last)
    return "yield" not in text and not _MAY_BE_DEAD.search(text) and bool(ends or _returns_somewhere(text))


def _returns_somewhere(text: str) -> bool:
    """Whether a return stands in a function that has no other in it, and not right behind what may leave."""
    if text.count("def ") > 1 or "lambda" in text:
        return False
    return any(before.strip() and not _MAY_LEAVE.search(before) for before in _BEFORE_RETURN.findall(text))
