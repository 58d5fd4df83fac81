"""The text of a function, and what it calls by the names in it: nothing is parsed for that.

Comes in: a function, or a text of a module. Goes out: its rows as they stand; the functions and callables that it seems
to call, of the project and of others. A name that the body binds itself may be taken for the module's.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Iterator

from tmpleak_lint.analysis.domain.values import Dotted, Func, Global, Inst, Klass, OneOf, Value
from tmpleak_lint.analysis.queries.callables import may_be_passed, passed_to
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.resolver import attribute_of, given_by, is_property, without_arguments
from tmpleak_lint.reading.skeleton import DefOutline, ImportedName, Skeleton

_CALLED = re.compile(r"(?<![\w.])(\.?[A-Za-z_][\w.]*+)\(")
ABOVE = re.compile(r"\bsuper\([^()]*\)\.(\w+)\(")  # a method of a class above
_NAME = re.compile(r"[A-Za-z_][\w.]*")
_WORD = re.compile(r"\w+")
_LOCAL_IMPORT = re.compile(
    r"^[ \t]+(?:from[ \t]+(?P<dots>\.*)(?P<module>[\w.]*)[ \t]+)?"
    r"import[ \t]+(?:\((?P<several>[^)]*)\)|(?P<names>[^\n;#]+))",
    re.MULTILINE,
)


def as_method(project: Project, func: Func) -> tuple[Func]:
    """A function without what doesn't matter to its text: the object it is bound to, but for another class than its
    own, whose methods it then calls."""
    match func.bound:
        case None:
            return (func,)
        case Inst(klass=klass) | (Klass() as klass):
            known = project.module(func.module).source.skeleton.defs.get(func.qualname)
            own = known is not None and (func.module, known.owner) == (klass.module, klass.qualname)
            return (Func(func.module, func.qualname, func.code, None if own else klass),)
    return (Func(func.module, func.qualname, func.code),)


def region_text(project: Project, func: Func) -> str:
    """The source of an outermost function; of a nested one that of its own rows."""
    module = project.module(func.module)
    if func.code is None:
        return module.def_text(func.qualname)
    return "\n".join(module.source.lines[func.code.span.start.row - 1 : func.code.span.end.row])


@question()
def _defs_by_word(project: Project, key: str) -> dict[str, list[tuple[int, DefOutline]]]:
    """The defs of a module by the words that stand in them, each with its place among them."""
    found: dict[str, list[tuple[int, DefOutline]]] = {}
    module = project.module(key)
    for place, known in enumerate(module.source.skeleton.ordered_defs()):
        for word in dict.fromkeys(_WORD.findall(module.def_text(known.qualname))):
            found.setdefault(word, []).append((place, known))
    return found


def defs_naming(project: Project, module: Module, names: Iterable[str]) -> list[DefOutline]:
    """The defs of a module in which one of these names stands, in source order."""
    by_word = _defs_by_word(project, module.key)
    found = {place: known for name in names for place, known in by_word.get(name, ())}
    return [found[place] for place in sorted(found)]


def names_called(text: str) -> list[str]:
    """What a text calls, as it stands there, dots included; after a call or subscript with the dot in front."""
    return _CALLED.findall(text)


def functions_named(project: Project, module: Module, owner: Klass | None, text: str) -> Iterator[Func]:
    """Functions of the project that a text calls: of this module and of others, methods of `owner`."""
    return (value for value in values_named(project, module, owner, text) if isinstance(value, Func))


def values_named(
    project: Project, module: Module, owner: Klass | None, text: str, plainly: Iterable[str] | None = None
) -> Iterator[Value]:
    """What a text calls, by the names in it (those that it calls `plainly`, if they are known): what stands for nothing
    else is left out."""
    local = _local_imports(text) if "import" in text else {}
    called = dict.fromkeys(names_called(text) if plainly is None else plainly)
    called |= dict.fromkeys(name for name in module.source.skeleton.tables if name in text)
    for given in project.knowledge.given_to_runners(text):
        called |= dict.fromkeys(_NAME.findall(given))
    if owner is not None and "super(" in text:
        for name in dict.fromkeys(ABOVE.findall(text)):
            above = (project.own_method(each, name) for each in project.bases(owner)[0])
            yield from (method for method in above if method is not None)
    methods = project.methods(owner) if owner is not None and called else {}
    for dotted in called:
        head, _, rest = dotted.partition(".")
        if head in local:
            yield from _callables(
                _seen_by_owner(project, owner, dotted, _imported(project, module, local[head], rest))
            )
        elif (
            _may_name(module.source.skeleton, head)
            or dotted.rpartition(".")[2] in methods
            or (owner is not None and head in ("self", "cls"))
        ):
            yield from _meanings(project, module.key, owner, dotted)


def _may_name(skeleton: Skeleton, head: str) -> bool:
    """Whether a module may mean something by a name; half of what bodies call are methods of what they are given."""
    return (
        head in skeleton.imports
        or head in skeleton.bindings
        or head in skeleton.defs
        or head in skeleton.classes
        or head in skeleton.tables
        or (bool(skeleton.star_imports) and bool(head))
    )


@question(lambda key, owner, dotted: ())
def _meanings(project: Project, key: str, owner: Klass | None, dotted: str) -> tuple[Func | Dotted, ...]:
    """What a module, or the methods of a class there, call by a name: the same in every body."""
    return _callables(_seen_by_owner(project, owner, dotted, _named(project, project.module(key), dotted)))


def _imported(project: Project, module: Module, imported: ImportedName, rest: str) -> Value | None:
    name = module.absolute(imported)
    return project.find(module, f"{name}.{rest}" if rest else name)


def _named(project: Project, module: Module, dotted: str) -> Value | None:
    """What a name means at module level that is called with dots and all."""
    skeleton = module.source.skeleton
    head, _, rest = dotted.partition(".")
    if dotted in skeleton.defs:
        return Func(module.key, dotted)
    if head in skeleton.imports:
        return _imported(project, module, skeleton.imports[head], rest)
    if head in skeleton.classes:
        klass = Klass(module.key, head)
        return project.method(klass, rest) or (attribute_of(project, klass, rest) if rest else None)
    if head in skeleton.tables:
        return project.in_table(Global(module.key, head), ...)
    if head and (skeleton.star_imports or head in skeleton.bindings):
        return project.resolve_text(module, dotted)
    return None


def _seen_by_owner(project: Project, owner: Klass | None, dotted: str, target: Value | None) -> Value | None:
    """What a name means to a method: one of its own class, where it is no function of the module."""
    if owner is None or isinstance(target, Func):
        return target
    head, _, rest = dotted.partition(".")
    method = project.method(owner, dotted.rpartition(".")[2])
    if method is None:
        is_own = head in ("self", "cls") and "." not in rest
        return attribute_of(project, owner, rest) if is_own else target
    return (given_by(project, method) if is_property(project, method) else None) or method


def _callables(target: Value | None) -> tuple[Func | Dotted, ...]:
    """The functions that a value is, of the project or outside of it, without what is bound to them."""
    options = target.options if isinstance(target, OneOf) else (target,)
    bare = (without_arguments(each) for each in options)
    return tuple(each for each in bare if isinstance(each, Func | Dotted))


def _local_imports(text: str) -> dict[str, ImportedName]:
    """What the indented import statements of a text bind."""
    found: dict[str, ImportedName] = {}
    for match in _LOCAL_IMPORT.finditer(text):
        module, level = match["module"], len(match["dots"] or "")
        for part in (match["several"] or match["names"] or "").split(","):
            words = part.split()
            if not words:
                continue
            if module is not None:
                found[words[-1]] = ImportedName(module, words[0], level)
            elif len(words) > 1:
                found[words[-1]] = ImportedName(words[0], None, 0)
            else:
                top = words[0].partition(".")[0]
                found[top] = ImportedName(top, None, 0)
    return found


@question(lambda func: (), about=as_method)
def called_values(project: Project, func: Func) -> tuple[Value, ...]:
    """What a body seems to call, by the names in its text."""
    module, text = project.module(func.module), region_text(project, func)
    called = dict.fromkeys(names_called(text))
    named = values_named(project, module, project.owner_of(func), text, called)
    return (*named, *_passed(project, func, called))


def _passed(project: Project, func: Func, called: Iterable[str]) -> Iterator[Value]:
    """What a body calls that it is passed."""
    skeleton = project.module(func.module).source.skeleton
    known = skeleton.defs.get(func.qualname)
    if known is None or not may_be_passed(func, known):
        return
    named = (
        (known.name,),
        skeleton.defs,
        skeleton.imports,
        skeleton.classes,
        skeleton.bindings,
        vars(builtins),
    )
    if any("." not in name and not any(name in names for names in named) for name in called):
        for value in passed_to(project, func).values():
            yield from value.options if isinstance(value, OneOf) else (value,)


def callees(project: Project, func: Func) -> tuple[Func, ...]:
    """The functions of the project that a body seems to call, by the names in its text."""
    return tuple(value for value in called_values(project, func) if isinstance(value, Func))


@question(lambda func: False, about=as_method)
def is_called_back(project: Project, func: Func) -> bool:
    """Whether a function seems to call one that calls it: several small ones that do would be walked within each other
    in every order that there is of them."""
    return any(func in callees(project, each) for each in callees(project, func) if each != func)
