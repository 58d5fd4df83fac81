"""What a call does with the file: delete it and nothing else, register that, hand it on.

In: terms of the function and its arguments, what they hold at that place. Out: answers. A function of the project is a
pure deleter if its body is nothing but deletions of what it was given, guards and excuses around them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, wraps
from typing import TYPE_CHECKING, TypeVar, cast

from tmpleak_lint.analysis.domain.values import Const, Dotted, Func, Global, Klass
from tmpleak_lint.analysis.queries.summaries import always_leaves, leaves_by, only_class_with
from tmpleak_lint.bounds import COMPARED_CALLS
from tmpleak_lint.fixing.comparing.terms import (
    Term,
    base_of,
    dotted,
    holds,
    is_derived,
    is_message,
    mentions,
    readable,
    tail,
)
from tmpleak_lint.fixing.comparing.trees import (
    is_waited_for,
    last_name,
    nested_in,
    plain_names,
    root_name,
    text_of,
    tree_of,
    words_in,
)
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.model import (
    ANY,
    PATH,
    Asks,
    Deletes,
    Effect,
    Ends,
    Enters,
    Handling,
    HandsOn,
    Holds,
    Keeps,
    Moves,
    Opens,
    Pure,
    Reads,
    ReadsLater,
    Registers,
    RunsCommand,
    Share,
    Starts,
    Swallows,
    TakesOver,
    Tells,
)
from tmpleak_lint.knowledge.words import (
    BLOCKING_WORDS,
    COMMAND_WORDS,
    KEEPING_WORDS,
    SHELL_DELETERS,
    STARTING_WORDS,
)

if TYPE_CHECKING:
    from tmpleak_lint.analysis.queries.project import Module, Project

_MORE = (
    ast.Raise, ast.Await, ast.Yield, ast.YieldFrom, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.NamedExpr, ast.Global,
    ast.Nonlocal, ast.Delete, ast.Assert, ast.For, ast.While, ast.FunctionDef, ast.ClassDef,
)  # fmt: skip
_OBJECT = frozenset({"self", "cls"})
_EXIT = "SystemExit"


class Handed(StrEnum):
    """How the file was handed on, before the new code deletes it."""

    LATER = "later"
    GOES_ON = "goes on"  # what was waited for, until the wait was cancelled
    KEEPS = "keeps"
    OWN = "own"  # an attribute of the object itself
    MAYBE = "may keep"  # by its name
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
    def ask(self: Meaning, *about: object) -> object:
        key = (question, *about)
        found = self.answers.get(key, Meaning)
        if found is Meaning:
            found = self.answers[key] = question(self, *about)
        return found

    return cast("Question", ask)


class Meaning:
    """Answers about calls in one body."""

    def __init__(self, body: Body) -> None:
        self.project = body.project
        self.knowledge = body.project.knowledge
        self.module = body.module
        self.owner = body.owner
        self.own = body.code.params[0].name if body.owner is not None and body.code.params else ""
        self.answers: dict[tuple[object, ...], object] = {}
        self._inner = {inner.qualname: inner for inner in nested_in(body.code)}
        self._removed: dict[Code, str | None] = {}
        self._keeping: dict[tuple[Func, frozenset[str]], str] = {}

    @remembered
    def name(self, name: str) -> Term:
        """What a name that the body doesn't bind means."""
        found = self.project.lookup(self.module, name)
        match found:
            case Dotted(name=full):
                return ("name", full)
            case Func(qualname=qualname) | Klass(qualname=qualname):
                return ("name", qualname)
            case Const(value=value):
                return ("const", type(value).__name__, repr(value))
            case Global():
                return ("global", name)
        return ("free", name)

    @remembered
    def does(self, func: Term, *kinds: type[Effect]) -> bool:
        """Whether a call has such an effect: by its dotted name, or as a method of whatever object."""
        name = dotted(func)
        known = bool(name) and any(self.knowledge.effect(name, kind) is not None for kind in kinds)
        return known or tail(func) in self.knowledge.method_tails(*kinds)

    @remembered
    def stacks(self, func: Term) -> bool:
        """Whether a call registers something that is carried out before what has been registered earlier."""
        name = tail(func)
        return base_of(func) is not None and (name in self._stacked or self.does(func, Enters))

    @cached_property
    def _stacked(self) -> frozenset[str]:
        return self.knowledge.tails_where(Registers, lambda registers: registers.stacked)

    @cached_property
    def _later(self) -> frozenset[str]:
        given = self.knowledge.tails_where(HandsOn, lambda hands_on: hands_on.what is Share.GIVEN)
        return given | self.knowledge.method_tails(ReadsLater)

    @cached_property
    def _scheduling(self) -> frozenset[str]:
        return self.knowledge.tails_where(HandsOn, lambda hands_on: hands_on.what is Share.COROUTINE)

    @cached_property
    def _keeping_names(self) -> frozenset[str]:
        puts = (Handling.PUTS, Handling.PUTS_EACH)
        return self.knowledge.method_tails(Keeps) | self.knowledge.tails_where(
            Holds, lambda holds: holds.how in puts
        )

    # -- deleting ---------------------------------------------------------------------------------

    @remembered
    def deleted(self, func: Term, args: tuple[Term, ...]) -> Term | None:
        """What a call deletes, when it does nothing but that; None for every other call."""
        name, knowledge = dotted(func), self.knowledge
        plain = [each for each in args if each[:1] != ("kw",)]
        position = knowledge.deleted_position(name or readable(func)) if name or knowledge.own else None
        if position is not None:
            return plain[position] if len(plain) > position else None
        if name and knowledge.effect(name, RunsCommand) is not None:
            return _removed_by_command(plain)
        match func:
            case ("attr", tuple() as base, str(method)) if not plain and (
                method == "cleanup" or knowledge.method(PATH, method).effect(Deletes) is not None
            ):
                return base
            case ("call", ("name", "functools.partial"), (tuple() as inner, *given)):
                return self.deleted(inner, (*given, *args))  # type: ignore[arg-type]
            case ("fn", str(qualname), *_) if qualname in self._inner:
                return self._of_code(self._inner[qualname], self.module, plain)
        found = self._function(func)
        code = self.project.code(found) if found is not None else None
        if found is None or code is None:
            return None
        return self._of_code(code, self.project.module(found.module), plain)

    @remembered
    def is_strict(self, func: Term, args: tuple[Term, ...]) -> bool:
        """Whether a deletion, by the call itself, fails where nothing is there: those of helpers may bear it."""
        name = dotted(func)
        plain = [each for each in args if each[:1] != ("kw",)]
        if len(plain) < len(args) or len(plain) > 1:
            return False  # `missing_ok=True`, `ignore_errors=True`
        if name:
            return bool(plain) and self.knowledge.effect(name, Deletes) is not None
        return not plain and self.knowledge.method(PATH, tail(func)).effect(Deletes) is not None

    @remembered
    def moved(self, func: Term, args: tuple[Term, ...]) -> Term | None:
        """What a call takes away from its place."""
        moves = self.knowledge.effect(dotted(func), Moves) if dotted(func) else None
        if moves is not None:
            return args[moves.at] if 0 <= moves.at < len(args) else None
        base = base_of(func)
        taken = len(args) == 1 and self.knowledge.method(PATH, tail(func)).effect(Moves) is not None
        return base if taken else None

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

    def _of_code(self, code: Code, module: Module, args: list[Term]) -> Term | None:
        """What a body deletes when all that it does is deleting: an argument, or a variable around it."""
        name = self._removed_by(code, module)
        if name is None:
            return None
        names = [param.name for param in code.params if param.name not in ("self", "cls")]
        if name not in names:
            return ("var", name)
        at = names.index(name)
        if at < len(args):
            return args[at]
        default = next((param.default_name for param in code.params if param.name == name), "")
        return ("var", default) if default else None

    def _removed_by(self, code: Code, module: Module) -> str | None:
        """The one name that a body deletes, when it holds no call but deletions, questions and excuses, and stores
        nothing."""
        if code not in self._removed:
            self._removed[code] = None
            self._removed[code] = self._only_removed(code, module)
        return self._removed[code]

    def _only_removed(self, code: Code, module: Module, depth: int = 0) -> str | None:
        tree = tree_of(text_of(module, code), code)
        if tree is None or code.is_async or code.is_generator:
            return None
        removed: set[str] = set()
        for node in tree:
            if isinstance(node, ast.Call):
                gone = self._removal(node, module) or self._by_helper(node, module, depth)
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
                    or (isinstance(value, ast.Call) and self._removal(value, module))
                ):
                    return None
            elif isinstance(node, _MORE):
                return None
        return removed.pop() if len(removed) == 1 else None

    def _by_helper(self, call: ast.Call, module: Module, depth: int) -> str | None:
        """The name that a call of a function of the same module deletes."""
        if (
            not isinstance(call.func, ast.Name)
            or depth >= COMPARED_CALLS
            or len(call.args) != 1
            or call.keywords
        ):
            return None
        if call.func.id not in module.source.skeleton.defs or not isinstance(call.args[0], ast.Name):
            return None
        code = self.project.code(Func(module.key, call.func.id))
        name = self._only_removed(code, module, depth + 1) if code is not None else None
        return call.args[0].id if name is not None else None

    @remembered
    def registered(self, func: Term, args: tuple[Term, ...]) -> Term | None:
        """What a registrar is asked to delete, when that is all that it is asked."""
        registrar = self.registrar(func)
        plain = args[registrar.at :] if registrar is not None else ()
        return self.deleted(plain[0], plain[1:]) if plain else None

    @remembered
    def registrar(self, func: Term) -> Registers | None:
        """How a call registers callables that certainly run: when a scope is left, or a life ends."""
        name = dotted(func)
        found = self.knowledge.effect(name, Registers) if name else None
        found = found or self.knowledge.model(f"{ANY}.{tail(func)}").effect(Registers)
        if found is None:
            return Registers(stacked=True) if self.does(func, Enters) else None
        return found if found.stacked or found.at_exit else None

    # -- handing on -------------------------------------------------------------------------------

    @remembered
    def handing(self, func: Term, args: tuple[Term, ...], result: Term) -> tuple[Handed, Term] | None:
        """How a call hands the file on, and by which value that is known."""
        name, full, base = tail(func), dotted(func), base_of(func)
        if base is not None and is_derived(base) and self._sets_to_work(func):
            return Handed.LATER, base
        if not any(is_derived(each) for each in args):
            return None
        if name in self._scheduling:
            return Handed.LATER, result
        if base is not None and is_outside(base) and self.registrar(func) is not None:
            return Handed.LATER, result  # it runs when the test, or the process, is over
        held = any(holds(each) for each in args)
        if held and (name in self._later or self.does(func, ReadsLater)):
            return Handed.LATER, result
        if self.is_setting(func):
            return Handed.KEEPS, ("setting", full)
        if held and self.knowledge.effect(full or readable(func), TakesOver) is not None:
            return Handed.KEEPS, result
        found = self._function(func) or self._method(func)
        kept = self._keeps(found, args) if found is not None and held else ""
        if kept and (kept == Handed.LATER or base is None or is_outside(base)):
            return Handed(kept), result
        if self.does(func, Tells) or (
            any(is_message(_value(each)) for each in args) and self._may_tell(func)
        ):
            return Handed.TELLS, result
        if name == "write" and base is not None and dotted(base) in ("sys.stdout", "sys.stderr"):
            return Handed.TELLS, result
        if found is not None:
            return None
        outside = base is None or is_outside(base)
        if name in self._keeping_names and outside and held:
            return Handed.KEEPS, result
        if held and base is not None and outside and words_in(name) & KEEPING_WORDS:
            return Handed.MAYBE, result
        return None

    def _may_tell(self, func: Term) -> bool:
        """Whether a call that is given a text may show it to people: it doesn't run it as a command."""
        return not (words_in(tail(func)) & COMMAND_WORDS or self.runs_command(func))

    @remembered
    def runs_command(self, func: Term) -> bool:
        """Whether a call, by its row or its body, runs what it is given as a command."""
        if self.knowledge.effect(dotted(func), RunsCommand) is not None:
            return True
        found = self._function(func)
        code = self.project.code(found) if found is not None else None
        if found is None or code is None:
            return False
        given = {param.name for param in code.params}
        runs = self.knowledge.tails(RunsCommand)
        return any(
            isinstance(node, ast.Call)
            and last_name(node.func) in runs
            and any(isinstance(each, ast.Name) and each.id in given for each in node.args[:1])
            for node in tree_of(text_of(self.project.module(found.module), code), code) or ()
        )

    @remembered
    def is_class(self, func: Term) -> bool:
        """Whether what is called is a class, by its name where it isn't in reach."""
        name = tail(func)
        return name in self.module.source.skeleton.classes or name.lstrip("_")[:1].isupper()

    @remembered
    def is_coroutine(self, func: Term) -> bool:
        found = self._function(func)
        code = self.project.code(found) if found is not None else None
        return code is not None and code.is_async

    @remembered
    def exits(self, func: Term) -> bool:
        """Whether a call ends the program, and always does, or makes what is raised to that end."""
        name = dotted(func)
        if name == _EXIT or self.knowledge.leaves_with(name) == _EXIT:
            return True
        found = self._function(func)
        if found is None or not always_leaves(self.project, found):
            return False
        return _EXIT in str(leaves_by(self.project, found))

    def _method(self, func: Term) -> Func | None:
        """The method of the one class in sight that has one of this name."""
        match func:
            case ("attr", tuple() as base, str(name)) if base[0] != "name":
                klass = only_class_with(self.project, self.module, name)
                return self.project.method(klass, name) if klass is not None else None
        return None

    def _keeps(self, func: Func, args: tuple[Term, ...]) -> str:
        """How a function of the project hands on what it is given: it keeps it where it stays (a registry, an attribute
        of another object), or gives it to what runs later; "" where it does neither."""
        code = self.project.code(func)
        if code is None:
            return ""
        key = func, _holding(code, args)
        if key not in self._keeping:
            self._keeping[key] = ""
            self._keeping[key] = self._kept_by(self.project.module(func.module), code, key[1])
        return self._keeping[key]

    def _kept_by(self, module: Module, code: Code, given: frozenset[str]) -> str:
        tree = tree_of(text_of(module, code), code)
        for node in tree or ():
            if self._puts_away(node, given, code):
                return Handed.KEEPS
            if isinstance(node, ast.Call):
                name = last_name(node.func)
                names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
                starts = name in self._later or name in self.knowledge.tails(HandsOn)
                if starts and names & given and not is_waited_for(node, tree or []):
                    return Handed.LATER
        return ""

    @remembered
    def keeps_though_it_fails(self, func: Term, args: tuple[Term, ...]) -> bool:
        """Whether a function of the project may fail when it has put what it was given where it stays."""
        found = self._function(func) or self._method(func)
        code = self.project.code(found) if found is not None and any(holds(each) for each in args) else None
        if found is None or code is None:
            return False
        tree = tree_of(text_of(self.project.module(found.module), code), code) or []
        given = _holding(code, args)
        kept = [node.lineno for node in tree if self._puts_away(node, given, code)]  # type: ignore[attr-defined]
        return bool(kept) and any(
            isinstance(node, ast.Call | ast.Await | ast.Raise) and node.lineno > min(kept) for node in tree
        )

    @remembered
    def is_setting(self, func: Term) -> bool:
        """Whether a call changes what the whole process goes by."""
        keeps = self.knowledge.effect(dotted(func), Keeps)
        return keeps is not None and keeps.process

    def _sets_to_work(self, method: Term) -> bool:
        """Whether a method of an object that has the file makes it go on with it after the call."""
        words = words_in(tail(method))
        return self.does(method, Starts) or (bool(words & STARTING_WORDS) and not words & BLOCKING_WORDS)

    @remembered
    def takes_descriptor(self, func: Term) -> bool:
        """Whether a call closes a descriptor, or makes a file object of it."""
        row = self.knowledge.model(dotted(func))
        ends, opens = row.effect(Ends), row.effect(Opens)
        return (ends is not None and ends.descriptor) or (opens is not None and opens.descriptor_only)

    def is_plain(self, func: Term) -> bool:
        """Whether a call's result holds nothing of the file but what was read from it."""
        return tail(func) in self.knowledge.tails(Reads)

    def _puts_away(self, node: ast.AST, given: frozenset[str], code: Code) -> bool:
        """Whether a piece of code stores a parameter in something that the function didn't make."""
        ours = code.local_names - given - _OBJECT
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in code.global_names:
                return bool(plain_names(value) & given)
            case ast.Assign(targets=targets, value=value):
                outside = any(
                    isinstance(t, ast.Attribute | ast.Subscript) and root_name(t) not in ours
                    for target in targets
                    for t in (target.elts if isinstance(target, ast.Tuple | ast.List) else [target])
                )
                return outside and bool(plain_names(value) & given)
            case ast.Call(func=ast.Attribute(value=base, attr=attr), args=args):
                if attr in self._keeping_names and root_name(base) not in ours:
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
            elif (
                isinstance(call.func, ast.Attribute)
                and root_name(call.func.value).lstrip("_") not in self._deleting
            ):
                return None  # `registry.remove(path)`
        while (
            isinstance(target, ast.Call)
            and len(target.args) == 1
            and ast.unparse(target.func).endswith(("Path", "str"))
        ):
            target = target.args[0]
        return ast.unparse(target) if isinstance(target, ast.Name | ast.Attribute) else None

    @cached_property
    def _deleting(self) -> frozenset[str]:
        """Modules with functions that delete."""
        return frozenset(row.name.partition(".")[0] for row in self.knowledge.rows(Deletes))


def _holding(code: Code, args: tuple[Term, ...]) -> frozenset[str]:
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
        if holds(_value(each)):
            found |= {keyword} if keyword in {param.name for param in params} else gathering
    return frozenset(found)


def is_outside(base: Term) -> bool:
    """Whether an object is not one that the body has made for itself."""
    while base[:1] == ("attr",) or base[:1] == ("item",):
        base = base[1]  # type: ignore[assignment]
    if base[:1] == ("call",):
        return False
    return base[:1] in (("param",), ("free",), ("global",), ("name",))


def _value(argument: Term) -> Term:
    """The value of an argument, be it named or not."""
    return argument[2] if argument[:1] in (("kw",), ("star",)) else argument  # type: ignore[return-value]


def _removed_by_command(args: list[Term]) -> Term | None:
    """The path of `["rm", "-rf", path]` or `f"rm -rf {path}"`."""
    match args:
        case [("build" | "text" as kind, *words)]:
            words = words[1:] if kind == "build" else words
            first = words[0] if words else None
            if (
                isinstance(first, tuple)
                and first[:2] == ("const", "str")
                and str(first[2]).strip("'\"").partition(" ")[0] in SHELL_DELETERS
            ):
                found = [each for each in words if isinstance(each, tuple) and mentions(each)]
                return found[0] if len(found) == 1 else None
    return None
