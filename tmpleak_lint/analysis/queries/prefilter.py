"""What a function of the project may do, by its text and that of what it calls: nothing is parsed for it.

Comes in: a function. Goes out: whether its body is worth a closer look: may it create a file, be handed one, change who
owes a deletion; does it raise or come back for sure. A no is final, a yes may be wrong.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from tmpleak_lint.analysis.domain.values import Dotted, Func, Global, Inst, Klass, OneOf, Value
from tmpleak_lint.analysis.queries.answers import question
from tmpleak_lint.analysis.queries.callables import may_be_passed, passed_to
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.resolver import attribute_of, given_by, is_property, without_arguments
from tmpleak_lint.bounds import EFFECT_DEPTH, HELPER_DEPTH, LONG_BODY, SMALL_TEXT
from tmpleak_lint.flow.graph import Kind
from tmpleak_lint.knowledge.frameworks import MANAGED_FACTORIES, NESTED_TEMPFILE, NESTED_TEMPFILE_BASES
from tmpleak_lint.knowledge.model import Asks, Benign, Creates, Deletes, Derives, Raises, Relation
from tmpleak_lint.knowledge.pieces import piece_of
from tmpleak_lint.knowledge.words import EXCEPTION_SUFFIXES
from tmpleak_lint.reading.bodiless import without_strings
from tmpleak_lint.reading.matters import could_leave
from tmpleak_lint.reading.skeleton import ClassOutline, ImportedName, Skeleton

_CALLED = re.compile(r"(?<![\w.])(\.?[A-Za-z_][\w.]*+)\(")
_ABOVE = re.compile(r"\bsuper\([^()]*\)\.(\w+)\(")  # a method of a class above
_USES_NESTED = re.compile(rf"useFixture\(\s*(?:\w+\.)*{NESTED_TEMPFILE}\(")
_NAME = re.compile(r"[A-Za-z_][\w.]*")
_LOCAL_IMPORT = re.compile(
    r"^[ \t]+(?:from[ \t]+(?P<dots>\.*)(?P<module>[\w.]*)[ \t]+)?"
    r"import[ \t]+(?:\((?P<several>[^)]*)\)|(?P<names>[^\n;#]+))",
    re.MULTILINE,
)
_COMES_BACK = re.compile(r"\s*(?:return\b|pass\b|[\w.\[\]'\"]+\s*[-+|]?=[^=])")
# A condition that one value has: whether what stands behind it is ever run, the graph says.
_MAY_BE_DEAD = re.compile(
    r"\b(?:if|elif|while)\s+(?:0|False|None|''|\"\"|__debug__)\s*:|\bif\s+(?:1|True)\s*:"
)
_BEFORE_RETURN = re.compile(r"^(.*)\n[ \t]+return\b", re.MULTILINE)
# What hides a return behind it: linters ask for one after a call that never comes back.
_MAY_LEAVE = re.compile(r"raise|exit|abort|fail|die|error|quit|while|leave", re.IGNORECASE)
_RAISES = re.compile(r"^\s*(?:raise|assert)\b", re.MULTILINE)


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


@question(lambda klass: None)
def nested_from(project: Project, klass: Klass) -> tuple[str, ...] | None:
    """The methods of a test class that run before, or while, its setUp has given each test a temp directory of its own
    (the fixture `NestedTempfile`); None when it doesn't."""
    inside, outside = project.bases(klass)
    if NESTED_TEMPFILE_BASES.intersection(outside):
        return ("setUpClass",)
    for each in (klass, *inside):
        func = project.own_method(each, "setUp")
        if func is not None and _USES_NESTED.search(without_strings(region_text(project, func))):
            return ("setUpClass", "setUp") if each == klass else ("setUpClass",)
    return None


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
        for name in dict.fromkeys(_ABOVE.findall(text)):
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
    layer = [func]
    for calls in range(depth + 1):
        if any(has(project, each) for each in layer):
            return True
        if calls == depth:
            break
        further = [called for each in layer for called in callees(project, each)]
        layer = []
        for each in further:
            if (each.module, each.qualname, each.code) not in seen:
                seen.add((each.module, each.qualname, each.code))
                if goes_on(project, each):
                    layer.append(each)
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
        text = _ABOVE.sub(lambda found: "(" if found[1] in above else found[0], text)
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
    found = {name: project.method_above(owner, around, name) for name in _ABOVE.findall(text)}
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


def is_too_much(project: Project, func: Func) -> bool:
    """Whether a body is too long to be walked just to see what it returns, and can't affect who owns a file."""
    if func.code is not None or may_affect(project, func):
        return False
    return region_text(project, func).count("\n") > SMALL_TEXT


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
