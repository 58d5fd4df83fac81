"""What functions of the project do with a file that they are given: delete it and nothing else, keep it, run it.

In: a body that calls them, terms of the function and its arguments. Out: answers read off the function's own text. A
function is a pure deleter if its body is nothing but deletions of what it was given, guards and excuses around them.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, wraps
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeVar, cast

from tmpleak_lint.analysis.domain.values import Dotted, Func, Klass
from tmpleak_lint.analysis.queries.classes import methods_of
from tmpleak_lint.analysis.queries.summaries import only_class_with
from tmpleak_lint.bounds import COMPARED_CALLS
from tmpleak_lint.fixing.comparing.caches import is_cache
from tmpleak_lint.fixing.comparing.terms import (
    Term,
    dotted,
    holds,
    tail,
    value_of,
)
from tmpleak_lint.fixing.comparing.trees import (
    is_waited_for,
    last_name,
    plain_names,
    root_name,
    text_of,
    tree_of,
    words_in,
)
from tmpleak_lint.flow.graph import Call, Code, GetAttr
from tmpleak_lint.knowledge.frameworks import SETUPS, UNOWNED_WHEN_RAISING
from tmpleak_lint.knowledge.model import (
    Asks,
    Deletes,
    Handling,
    HandsOn,
    Holds,
    HoldsOpen,
    Keeps,
    Opens,
    Pure,
    Reads,
    ReadsLater,
    RunsCommand,
    Share,
    Swallows,
    Tells,
)
from tmpleak_lint.knowledge.opt_in import CACHING_DECORATORS
from tmpleak_lint.knowledge.table import SHIPPED
from tmpleak_lint.knowledge.words import NOT_FILE_WORDS, OPENING_WORDS

if TYPE_CHECKING:
    from tmpleak_lint.analysis.queries.project import Module, Project

_MORE = (
    ast.Raise, ast.Await, ast.Yield, ast.YieldFrom, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.NamedExpr, ast.Global,
    ast.Nonlocal, ast.Delete, ast.Assert, ast.For, ast.While, ast.FunctionDef, ast.ClassDef,
)  # fmt: skip
_OBJECT = frozenset({"self", "cls"})
_BOUND = frozenset({"staticmethod", "classmethod"})


class Handed(StrEnum):
    """How the file was handed on, before the new code deletes it."""

    LATER = "later"
    GOES_ON = "goes on"  # what was waited for, until the wait was cancelled
    DETACHED = "is left to"  # a command that is done before what it has begun is
    KEEPS = "keeps"
    CACHES = "caches"  # it is of a module or class, for whoever asks next
    OWN = "own"  # an attribute of the object itself
    MAYBE = "may keep"  # by its name
    MOVES = "may move"  # by its name
    TELLS = "tells"
    CARRIES = "carries"  # an exception has its path
    SAYS = "says"  # in the text of an exception


@dataclass(frozen=True, slots=True)
class Body:
    """A body to be compared, and where its names mean something."""

    project: Project
    module: Module
    code: Code
    owner: Klass | None


Question = TypeVar("Question", bound=Callable[..., object])


def remembered(question: Question) -> Question:
    """Answer each question of one body once: it is asked at every step of every way."""

    @wraps(question)
    def ask(self: Functions, *about: object) -> object:
        key = (question, *about)
        found = self.answers.get(key, Functions)
        if found is Functions:
            found = self.answers[key] = question(self, *about)
        return found

    return cast("Question", ask)


@dataclass(frozen=True, slots=True)
class InReach:
    """A function whose body can be read."""

    module: Module
    code: Code

    @property
    def tree(self) -> list[ast.AST]:
        """The nodes of its own text; none where it doesn't parse by itself."""
        return tree_of(text_of(self.module, self.code), self.code) or []

    @property
    def returned(self) -> list[ast.expr | None]:
        return [node.value for node in self.tree if isinstance(node, ast.Return)]


def _is_to_be_written(body: InReach) -> bool:
    """Whether a function does nothing, or says that whoever inherits it has to write it; or its text can't be read."""
    does = (ast.Call, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Delete, ast.Assert)
    missing = any(isinstance(node, ast.Name) and node.id == "NotImplementedError" for node in body.tree)
    return missing or not any(isinstance(node, does) for node in body.tree)


def _is_plain(value: ast.expr, own: str) -> bool:
    """Whether an expression is a truth, a number or None, or a constant, by how it is written, or what the function of
    this name gives when it calls itself."""
    match value:
        case ast.Constant() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Compare(ops=ops):
            return all(isinstance(each, ast.Is | ast.IsNot | ast.In | ast.NotIn) for each in ops)
        case ast.BoolOp(values=items) | ast.Tuple(elts=items):
            return all(_is_plain(each, own) for each in items)
        case ast.IfExp(body=body, orelse=orelse):
            return _is_plain(body, own) and _is_plain(orelse, own)
        case ast.Call(func=ast.Name(id=name)):
            return name == own or SHIPPED.effect(name, Reads) is not None
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)):
            return name in _OBJECT and attr == own
    return False


class Functions:
    """Answers about the functions that one body calls."""

    def __init__(self, body: Body) -> None:
        self.project = body.project
        self.knowledge = body.project.knowledge
        self.module = body.module
        self.code = body.code
        self.owner = body.owner
        # Where the body raises, nobody gets the object.
        self.is_unowned = body.code.name in UNOWNED_WHEN_RAISING | SETUPS
        self.own = body.code.params[0].name if body.owner is not None and body.code.params else ""
        self.answers: dict[tuple[object, ...], object] = {}

    @cached_property
    def _later(self) -> frozenset[str]:
        given = self.knowledge.tails_where(HandsOn, lambda hands_on: hands_on.what is Share.GIVEN)
        return given | self.knowledge.method_tails(ReadsLater)

    @cached_property
    def keeping_names(self) -> frozenset[str]:
        puts = (Handling.PUTS, Handling.PUTS_EACH)
        return self.knowledge.method_tails(Keeps) | self.knowledge.tails_where(
            Holds, lambda holds: holds.how in puts
        )

    def _function(self, func: Term) -> Func | None:
        match func:
            case ("name", str(name)):
                here = self.module.source.skeleton.defs
                if name in here and "." not in name:
                    return Func(self.module.key, name)
                found = self.project.find(self.module, name)
                return found if isinstance(found, Func) else None
            case ("attr", ("param", str(name)), str(method)) if name == self.own and self.owner is not None:
                return self.project.method(self.owner, method)
        return None

    def _body(self, func: Func | None) -> InReach | None:
        """A function whose body is in reach."""
        code = self.project.code(func) if func is not None else None
        return (
            InReach(self.project.module(func.module), code) if func is not None and code is not None else None
        )

    def _deleted_by(self, body: InReach, args: list[Term]) -> Term | None:
        """What a body deletes when all that it does is deleting: an argument, or a variable around it."""
        name = self._only_removed(body)
        params = [param for param in body.code.params if param.name not in _OBJECT]
        for param, given in zip_longest(params, args[: len(params)]):
            if param.name == name:
                return given or (("var", param.default_name) if param.default_name else None)
        return ("var", name) if name is not None else None

    @remembered
    def _only_removed(self, body: InReach, depth: int = 0) -> str | None:
        """The one name that a body deletes, when it holds no call but deletions, questions and excuses, and stores
        nothing."""
        if body.code.is_async or body.code.is_generator:
            return None
        removed: set[str] = set()
        for node in body.tree:
            if isinstance(node, ast.Call):
                gone = self._removal(node, body.module) or self._by_helper(node, body.module, depth)
                if gone is not None:
                    removed.add(gone)
                    continue
                name = ast.unparse(node.func)
                last = name.rpartition(".")[2]
                asks = last in self.knowledge.tails(Asks, Swallows, Pure, Tells) or name.startswith(
                    "os.path."
                )
                if not asks:
                    return None
            elif isinstance(node, ast.Return):
                value = node.value
                if not (
                    value is None
                    or isinstance(value, ast.Constant)
                    or (isinstance(value, ast.Call) and self._removal(value, body.module))
                ):
                    return None
            elif isinstance(node, _MORE):
                return None
        return removed.pop() if len(removed) == 1 else None

    def _by_helper(self, call: ast.Call, module: Module, depth: int) -> str | None:
        """The name that a call of a function of the same module deletes."""
        match call:
            case ast.Call(func=ast.Name(id=name), args=[ast.Name(id=given)], keywords=[]) if (
                depth < COMPARED_CALLS
            ):
                helper = self._body(Func(module.key, name))
                return given if helper is not None and self._only_removed(helper, depth + 1) else None
        return None

    @remembered
    def runs_command(self, func: Term) -> bool:
        """Whether a call, by its row or its body, runs what it is given as a command."""
        if self.knowledge.effect(dotted(func), RunsCommand) is not None:
            return True
        found = self._body(self._function(func))
        if found is None:
            return False
        given = {param.name for param in found.code.params}
        runs = self.knowledge.tails(RunsCommand)
        return any(
            isinstance(node, ast.Call)
            and last_name(node.func) in runs
            and any(isinstance(each, ast.Name) and each.id in given for each in node.args[:1])
            for node in found.tree
        )

    @remembered
    def holds_open(self, func: Term) -> bool:
        """Whether a call gives what has the file open that it is given the name of: by its row, as a method of whatever
        object, by its name where it is out of reach, or as a class of the project that is one of those or opens that
        file for itself."""
        name, effect = dotted(func), self.knowledge.effect
        opens = name and any(effect(name, kind) is not None for kind in (Opens, HoldsOpen))
        if opens or tail(func) in self.knowledge.method_tails(Opens):
            return True
        words = words_in(tail(func))
        if words & OPENING_WORDS and not words & NOT_FILE_WORDS and not self._bodies(func):
            return True
        if not name:
            return False
        found = self.project.resolve_text(self.module, name)
        klass = found if isinstance(found, Klass) else self.project.find(self.module, name)
        return isinstance(klass, Klass) and self._opens_for_itself(klass)

    def _opens_for_itself(self, klass: Klass) -> bool:
        """Whether an object of a class is, or keeps, what has the file open that it is made with."""
        effect = self.knowledge.effect
        _, outside = self.project.bases(klass)
        if any(effect(each, Opens) is not None or effect(each, HoldsOpen) is not None for each in outside):
            return True
        body = self._body(self.project.method(klass, "__init__"))
        if body is None:
            return False
        given = {param.name for param in body.code.params}
        return any(
            isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Attribute) for target in node.targets)
            and isinstance(node.value, ast.Call)
            and {n.id for each in node.value.args[:1] for n in ast.walk(each) if isinstance(n, ast.Name)}
            & given
            and self._opens_as_written(node.value, body.module)
            for node in body.tree
        )

    def _opens_as_written(self, call: ast.Call, module: Module) -> bool:
        found = self.project.resolve_text(module, ast.unparse(call.func))
        name = found.name if isinstance(found, Dotted) else ast.unparse(call.func)
        return any(self.knowledge.effect(name, kind) is not None for kind in (Opens, HoldsOpen))

    @remembered
    def holds_open_beyond_with(self, func: Term) -> bool:
        """Whether leaving the `with` of what a call gives doesn't close it."""
        held = self.knowledge.effect(dotted(func), HoldsOpen) if dotted(func) else None
        return held is not None and held.beyond_with

    @remembered
    def gives_what_it_read(self, func: Term) -> bool:
        """Whether a function of the project returns nothing but what it read, or found out: a check sum, a size."""
        found = self._body(self._function(func))
        if found is None or found.code.is_async or found.code.is_generator:
            return False
        given, tree = found.returned, found.tree
        return bool(given) and all(each is None or self._is_read(each, tree) for each in given)

    def _is_read(self, value: ast.expr, tree: list[ast.AST]) -> bool:
        """Whether a value is what a reading call gave, by whatever name, or a truth."""
        match value:
            case ast.Constant() | ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return True
            case ast.Call(func=function):
                return last_name(function) in self._reading
            case ast.Name(id=name):
                bound = [
                    node.value
                    for node in tree
                    if isinstance(node, ast.Assign) and any(name in plain_names(t) for t in node.targets)
                ]
                stores = [n for n in tree if isinstance(n, ast.Name) and n.id == name]
                stored = sum(isinstance(n.ctx, ast.Store) for n in stores)
                return 0 < len(bound) == stored and all(
                    isinstance(each, ast.Call | ast.Constant) and self._is_read(each, tree) for each in bound
                )
        return False

    @cached_property
    def _reading(self) -> frozenset[str]:
        return self.knowledge.tails(Reads) - self.knowledge.tails_where(Reads, lambda reads: reads.lazily)

    @remembered
    def _bodies(self, func: Term) -> tuple[InReach, ...]:
        """What a call may come to whose body is in reach: a function, a method of the object's class and those that
        override it, or that of the one class in sight that has one of this name."""
        function = self._function(func)
        found = [function] if function is not None else self._methods(func)
        return tuple(body for each in found if (body := self._body(each)) is not None)

    @remembered
    def gives_plainly(self, func: Term) -> bool:
        """Whether all that a function of the project gives is a truth, a number or None, whatever it was given, by its
        body."""
        function = self._function(func)
        told = self._told[func[2]] if func[0] == "attr" and isinstance(func[2], str) else []
        bodies = [self._body(each) for each in ([function] if function is not None else told)]
        return bool(bodies) and all(
            body is not None
            and not (body.code.is_async or body.code.is_generator or set(body.code.decorators) - _BOUND)
            and not _is_to_be_written(body)
            and all(each is None or _is_plain(each, body.code.name) for each in body.returned)
            for body in bodies
        )

    def _methods(self, func: Term) -> list[Func]:
        match func:
            case ("attr", ("call", ("name", "super"), *_), _):
                return []  # whatever it is, it isn't the method of this class
            case ("attr", _, str(name)):
                if told := self._told[name]:
                    return told
                klass = only_class_with(self.project, self.module, name)
                method = self.project.method(klass, name) if klass is not None else None
                return [method] if method is not None else []
        return []

    @cached_property
    def _told(self) -> Mapping[str, list[Func]]:
        """The methods of objects whose class constructors and annotations tell, by name: all that the body calls so."""
        found: dict[str, list[Func]] = defaultdict(list)
        made = {op.dest: op for node in self.code.nodes if isinstance(op := node.op, GetAttr)}
        for node in self.code.nodes:
            method = made.get(node.op.func) if isinstance(node.op, Call) else None
            if method is not None:
                told = methods_of(self.project, self.module, self.code, method.dest)
                found[method.attr] += [each for _, each in told if each not in found[method.attr]]
        return found

    def _keeps(self, found: InReach, args: tuple[Term, ...], given: Callable[[Term], bool] = holds) -> str:
        """How a function of the project hands on what it is given: it keeps it where it stays (a registry, an attribute
        of another object), or gives it to what runs later; "" where it does neither. `given` says which arguments
        matter."""
        return self._kept_by(found, holding(found.code, args, given))

    @remembered
    def _kept_by(self, found: InReach, given: frozenset[str]) -> str:
        tree = found.tree
        text = text_of(found.module, found.code)
        for node in tree:
            if self._puts_away(node, given, found.code):
                return Handed.CACHES if _is_in_cache(node, found.code, text) else Handed.KEEPS
            if isinstance(node, ast.Call):
                name = last_name(node.func)
                names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
                starts = name in self._later or name in self.knowledge.tails(HandsOn)
                if starts and names & given and not is_waited_for(node, tree):
                    return Handed.LATER
        return ""

    @remembered
    def keeps_though_it_fails(self, func: Term, args: tuple[Term, ...]) -> bool:
        """Whether a function of the project may fail when it has put what it was given where it stays."""
        return any(map(holds, args)) and any(self._keeps_and_fails(each, args) for each in self._bodies(func))

    def _keeps_and_fails(self, found: InReach, args: tuple[Term, ...]) -> bool:
        tree, given = found.tree, holding(found.code, args)
        kept = [node.lineno for node in tree if self._puts_away(node, given, found.code)]  # type: ignore[attr-defined]
        return any(
            isinstance(node, ast.Call | ast.Await | ast.Raise) and node.lineno > min(kept)
            for node in tree
            if kept
        )

    def _puts_away(self, node: ast.AST, given: frozenset[str], code: Code) -> bool:
        """Whether a piece of code stores a parameter in something that the function didn't make."""
        ours = code.local_names - {param.name for param in code.params}
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in code.global_names:
                return bool(plain_names(value) & given)
            case ast.Assign(targets=targets, value=value):
                outside = any(
                    isinstance(t, ast.Attribute | ast.Subscript) and root_name(t) not in ours
                    for target in targets
                    for t in (target.elts if isinstance(target, ast.Tuple | ast.List) else [target])
                )
                return outside and bool((plain_names(value) | _built_from(value)) & given)
            case ast.Call(func=ast.Attribute(value=base, attr=attr), args=args):
                if attr in self.keeping_names and root_name(base) not in ours:
                    return any(plain_names(each) & given for each in args)
        return False

    def _removal(self, call: ast.Call, module: Module) -> str | None:
        """The name of what a call deletes: `os.remove(path)`, `Path(path).unlink()`, `shutil.rmtree(path)`."""
        text = ast.unparse(call.func)
        found = self.project.resolve_text(module, text)
        at = self.knowledge.deleted_position(found.name if isinstance(found, Dotted) else text)
        target: ast.expr | None = call.args[at] if at is not None and 0 <= at < len(call.args) else None
        if target is None and last_name(call.func) in self.knowledge.tails(Deletes):
            target = call.args[0] if call.args else None
            if isinstance(call.func, ast.Attribute) and target is None:
                target = call.func.value
            elif isinstance(call.func, ast.Attribute):
                return None  # `registry.remove(path)`
        while (
            isinstance(target, ast.Call)
            and len(target.args) == 1
            and ast.unparse(target.func).endswith(("Path", "str"))
        ):
            target = target.args[0]
        return ast.unparse(target) if isinstance(target, ast.Name | ast.Attribute) else None


def _built_from(value: ast.expr) -> set[str]:
    """The names of which an object is built."""
    match value:
        case ast.Call(func=func, args=args, keywords=keywords) if last_name(func).lstrip("_")[:1].isupper():
            given = [*args, *(each.value for each in keywords)]
            return {name for each in given for name in plain_names(each)}
    return set()


def gives_again(module: Module, code: Code) -> bool:
    """Whether a function gives what it has made to whoever asks next: a decorator sees to that, or it keeps it where it
    looks first."""
    if any(name.rpartition(".")[2] in CACHING_DECORATORS for name in code.decorators):
        return True
    text = text_of(module, code)
    return any(
        isinstance(node, ast.Assign) and _is_in_cache(node, code, text) for node in InReach(module, code).tree
    )


def _is_in_cache(node: ast.AST, code: Code, text: str) -> bool:
    """Whether what a piece of code puts something into is of a module or class, and gives it to whoever asks next."""
    into: list[ast.expr] = []
    match node:
        case ast.Assign(targets=targets):
            into = [each.value if isinstance(each, ast.Subscript) else each for each in targets]
        case ast.Call(func=ast.Attribute(value=base)):
            into = [base]
    own = code.local_names - code.global_names
    return any(root_name(each) not in own and is_cache(text, ast.unparse(each)) for each in into)


def holding(code: Code, args: tuple[Term, ...], given: Callable[[Term], bool] = holds) -> frozenset[str]:
    """The parameters that get the file, or may: all of them where arguments are not given one by one."""
    params = [param for param in code.params if param.name not in _OBJECT]
    if any(each[:1] == ("star",) for each in args):
        return frozenset(param.name for param in params)
    found: set[str] = set()
    names = [param.name for param in params if param.kind == "pos"]
    gathering = {param.name for param in params if param.kind != "pos"}
    position = 0
    for each in args:
        keyword = str(each[1]) if each[:1] == ("kw",) else ""
        if not keyword:
            keyword = names[position] if position < len(names) else ""
            position += 1
        if given(value_of(each)):
            found |= {keyword} if keyword in {param.name for param in params} else gathering
    return frozenset(found)
