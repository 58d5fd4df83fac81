"""From a call to what it means: the callable in the end, the arguments that it gets, and when it runs.

Comes in: a body of a module (its graph), a call in it. Goes out: a `Called` whose target is a dotted name outside of
the project (a row of the model table may speak of it), a function or a class. Followed without walking: imports (the
known one of several, star imports, names that other modules hand on), names that are other names, here, of the module,
of the class, of `self` and as defaults of parameters; `partial`; `getattr` with a literal; properties that give a
callable; callables in containers that are written down, and one of several (`a if x else b`, `TABLE[key]`); and
callables that are given to a runner (`to_thread`, `submit`, `map`).

Not handled: containers that are filled elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from tmpleak_lint.analysis.domain.values import (
    UNKNOWN,
    Const,
    Dotted,
    Func,
    Klass,
    Member,
    OneOf,
    Partial,
    Value,
    bound,
    one_of,
)
from tmpleak_lint.analysis.queries.callables import passed, run_for_caller
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.bounds import MAKER_DEPTH, RESOLVED_DEPTH
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code, Kind
from tmpleak_lint.flow.liveness import uses
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.model import ANY, CONTAINER, Above, Binds, Handling, Holds, Model, Moment, Runs
from tmpleak_lint.reading.skeleton import ImportedName

_RETURNS = re.compile(r"^[ \t]+return\b[ \t]*([^\n#]*?)[ \t]*(?:#.*)?$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_][\w.]*")
_DEFINING = g.Import | g.MakeFunction | g.MakeClass


@dataclass(frozen=True, slots=True)
class Given:
    """One argument: its temporary where it stands in the body, its constant (`...` for none) where it has one."""

    keyword: str | None
    star: str
    temp: int | None
    literal: object
    value: Value | None = None  # a callable that was given before


@dataclass(frozen=True, slots=True)
class Called:
    """What a call comes to. `row`: what the table says of the target; `moment`: when it runs, if a runner has it."""

    target: Value
    row: Model
    given: tuple[Given, ...]
    moment: Moment | None = None

    def argument(self, name: str, position: int | None) -> Given | None:
        """An argument by its name or position, None if it isn't given (or can't be told)."""
        at = 0
        for each in self.given:
            if each.keyword == name or (each.keyword is None and not each.star and at == position):
                return each
            at += each.keyword is None
        return None


@question()
def _made_in(
    project: Project, code: Code
) -> tuple[dict[int, g.Op], dict[int, list[g.Op]], dict[str, list[int]]]:
    """The operation that makes each temporary, the first one and what further ones there are, and the temporaries that
    each name is given."""
    made: dict[int, g.Op] = {}
    further: dict[int, list[g.Op]] = {}
    stored: dict[str, list[int]] = {}
    for node in code.nodes:
        op = node.op
        dest = getattr(op, "dest", None)
        if dest is not None and made.setdefault(dest, op) is not op:
            further.setdefault(dest, []).append(op)
        if isinstance(op, g.Store):
            stored.setdefault(op.name, []).append(op.src)
    return made, further, stored


@question()
def _readers(project: Project, code: Code) -> dict[int, list[g.Op]]:
    found: dict[int, list[g.Op]] = {}
    for node in code.nodes:
        for each in dict.fromkeys(uses(node.op)):
            if isinstance(each, int):
                found.setdefault(each, []).append(node.op)
    return found


def readers_of(project: Project, code: Code, temp: int) -> list[g.Op]:
    """The operations of a body that read a temporary."""
    return _readers(project, code).get(temp, [])


class Statics:
    """Resolves temporaries and calls of one body without walking it."""

    def __init__(self, project: Project, module: Module, code: Code, owner: Klass | None) -> None:
        self.project = project
        self.module = module
        self.code = code
        self.owner = owner
        self._names: dict[str, Value | None] = {}
        self._of_module: dict[str, Func] = {}
        self._in_hand: frozenset[str] = frozenset()  # names that are being resolved
        self._elements: dict[tuple[int, object, int, frozenset[str]], Value | None] = {}
        self.made, self._further, self._stored = _made_in(project, code)

    @cached_property
    def passed(self) -> dict[str, Value]:
        """The callables that the body's parameters are passed."""
        return passed(self.project, self.module, self.code)

    def sources(self, temp: int) -> list[int]:
        """The temporaries that a local name may have been given, wherever in the body."""
        made = self.made.get(temp)
        return self._stored.get(made.name, []) if isinstance(made, g.Load) else []

    def origins(self, temp: int) -> list[g.Op | None]:
        """The operations that may have made a value, each once, through names and the entry of managers."""
        found: list[g.Op | None] = []
        seen: set[int] = set()
        at = [temp]
        for depth in range(MAKER_DEPTH + 1):
            sources: list[int] = []
            for each in dict.fromkeys(at):
                if each in seen:
                    continue
                seen.add(each)
                match self.made.get(each):
                    case g.Enter(manager=manager) if depth < MAKER_DEPTH:
                        sources.append(manager)
                    case g.Load() if depth < MAKER_DEPTH:
                        sources += self.sources(each)
                    case made:
                        found.append(made)
            at = sources
        return found

    # -- values -----------------------------------------------------------------------------------

    def resolve(self, temp: int, depth: int = 0) -> Value | None:
        """The callable or dotted name that a temporary holds, None when it can't be told so simply."""
        if depth > RESOLVED_DEPTH:
            return None
        match self.made.get(temp):
            case g.Load(name=name):
                return self._named(name, depth)
            case g.MakeFunction(code=code):
                return Func(self.module.key, code.qualname, code)
            case g.MakeClass(shape=shape):
                return Klass(self.module.key, shape.qualname, shape)
            case g.Import(module=module, attr=attr, level=level):
                return Dotted(self.module.absolute(ImportedName(module, attr, level)))
            case g.Move() as first:
                makers = (first, *self._further.get(temp, ()))
                return self._one_of([m.src for m in makers if isinstance(m, g.Move)], depth)
            case g.GetAttr(obj=obj, attr=attr):
                return self._attribute(obj, attr, depth)
            case g.GetItem(obj=obj, index=index):
                return self._element(obj, self.literal(index), depth)
            case g.Call() as call:
                return self._made_by(call, depth)
        return None

    def _named(self, name: str, depth: int) -> Value | None:
        if name in self._stored:
            if name in self._in_hand:
                return None  # a name that means itself means nothing
            if name not in self._names:
                before, self._in_hand = self._in_hand, self._in_hand | {name}
                try:
                    self._names[name] = self._local(self._stored[name], depth)
                finally:
                    self._in_hand = before
            return self._names[name]
        if name in self.code.local_names and self.code.kind is not Kind.MODULE:
            return self._default(name)
        known = self._of_module.get(name)
        if known is not None:
            return known
        around = self.project.enclosing(self.module, self.code, name)
        found = around or self.project.lookup(self.module, name)
        defs = self.module.source.skeleton.defs
        if isinstance(found, Func) and name in defs and self.code.qualname in defs:
            self._of_module[name] = found  # it is read off this text alone
        return found if isinstance(found, Dotted | Func | Klass | Partial | OneOf) else None

    def _local(self, sources: list[int], depth: int) -> Value | None:
        """What a name of the body is: what is imported or defined there, or what all its values are."""
        for src in sources:
            if isinstance(self.made.get(src), _DEFINING):
                return self.resolve(src, depth + 1)
        return self._one_of(sources, depth)

    def _one_of(self, temps: list[int], depth: int) -> Value | None:
        found = [self.resolve(temp, depth + 1) for temp in temps if self.literal(temp) is not None]
        if not any(each is not None and self.project.is_callable(each) for each in found):
            return None
        return one_of(each if each is not None else UNKNOWN for each in found)

    def _element(self, obj: int, key: object, depth: int) -> Value | None:
        """The callable that a container holds under a key, `...` for a key that isn't known; each is asked once, for
        `x = [x[i], x[j], x[k]]` asks for all of its elements for each of them. All that the answer hangs on is what is
        asked, how deep, and which names mean nothing meanwhile, so who asks first makes no difference."""
        if depth > RESOLVED_DEPTH:
            return None
        asked = (obj, key, depth, self._in_hand)
        if asked not in self._elements:
            self._elements[asked] = self._held(obj, key, depth)
        return self._elements[asked]

    def _held(self, obj: int, key: object, depth: int) -> Value | None:
        match self.made.get(obj):
            case g.Load(name=name) if len(self._stored.get(name, ())) == 1:
                return self._element(self._stored[name][0], key, depth + 1)
            case g.Load(name=name) if name not in self.code.local_names or self.code.kind is Kind.MODULE:
                return self.project.in_table(self.project.lookup(self.module, name), key)
            case g.Move(src=src):
                return self._element(src, key, depth + 1)
            case g.GetAttr(obj=owner, attr=attr):
                klass = self.owner if self._is_self(owner) else self.resolve(owner, depth + 1)
                return self.project.in_table(Member(klass, attr), key) if isinstance(klass, Klass) else None
            case g.Build(kind=kind, items=items, keys=keys, starred=starred) if not starred:
                held = zip(
                    map(self.literal, keys) if kind == "dict" else range(len(items)), items, strict=True
                )
                if isinstance(key, int) and key < 0:
                    key += len(items)
                return self._one_of([item for at, item in held if key is ... or at == key], depth)
            case g.Call(func=func, args=args) if self.resolve(func, depth + 1) == Dotted("dict"):
                return self._one_of([a.value for a in args if a.keyword and key in (..., a.keyword)], depth)
        return None

    def _default(self, name: str) -> Value | None:
        """What a parameter is: what the callers in the module pass, or a callable for its default."""
        if name in self.passed:
            return self.passed[name]
        text = next((p.default_name for p in self.code.params if p.name == name), "")
        found = self.project.resolve_text(self.module, text) if text else None
        return found if found is not None and self.project.is_callable(found) else None

    def _attribute(self, obj: int, attr: str, depth: int) -> Value | None:
        if self._is_above(obj):
            around = self.project.class_around(self.module, self.code)
            own = self.owner or around
            return (
                self.project.method_above(own, around, attr)
                if own is not None and around is not None
                else None
            )
        owner = self.owner if self._is_self(obj) else self.resolve(obj, depth + 1)
        match owner:
            case Dotted(name=name):
                return Dotted(f"{name}.{attr}")
            case Klass():
                return self._member(owner, attr)
        return None

    def _member(self, klass: Klass, attr: str) -> Value | None:
        method = self.project.method(klass, attr)
        if method is None:
            return attribute_of(self.project, klass, attr)
        if is_property(self.project, method):
            return given_by(self.project, method)
        return method

    def _made_by(self, call: g.Call, depth: int) -> Value | None:
        """The callable that a call gives: `partial(f, x)`, `getattr(module, "f")`."""
        asked = self.made.get(call.func)
        if isinstance(asked, g.GetAttr) and call.args:
            holds = self.project.knowledge.effect(f"{CONTAINER}.{asked.attr}", Holds)
            if holds is not None and holds.how is Handling.LOOKS_UP:
                return self._element(asked.obj, self.literal(call.args[0].value), depth + 1)
        maker = self.resolve(call.func, depth + 1)
        if not isinstance(maker, Dotted) or not call.args or call.args[0].star or call.args[0].keyword:
            return None
        if maker.name == "getattr" and len(call.args) > 1:
            attr = self.literal(call.args[1].value)
            return self._attribute(call.args[0].value, attr, depth) if isinstance(attr, str) else None
        binds = self.project.knowledge.effect(maker.name, Binds)
        if binds is None:
            return None
        func = self.resolve(call.args[0].value, depth + 1)
        if func is None:
            return None
        rest = self.given(call)[1:]
        args = tuple(_constant(each) for each in rest if each.keyword is None)
        keywords = tuple((each.keyword, _constant(each)) for each in rest if each.keyword is not None)
        return bound(func, args, keywords, binds.runner)

    def _is_above(self, temp: int) -> bool:
        """Whether this is `super()`: the object of the method as the classes above see it."""
        made = self.made.get(temp)
        if not isinstance(made, g.Call) or (made.args and not self._is_self(made.args[-1].value)):
            return False
        called = self.made.get(made.func)
        if not isinstance(called, g.Load):
            return False
        return (
            self.project.knowledge.effect(called.name, Above) is not None and called.name not in self._stored
        )

    def _is_self(self, temp: int) -> bool:
        made = self.made.get(temp)
        params = self.code.params
        return (
            isinstance(made, g.Load)
            and bool(params)
            and made.name == params[0].name
            and params[0].kind == "pos"
        )

    def literal(self, temp: int) -> object:
        """The constant that a temporary holds, `...` when it holds none."""
        made = self.made.get(temp)
        return made.value if isinstance(made, g.Const) else ...

    def beginning(self, given: Given) -> str:
        """What the text of an argument begins with, as far as that stands there."""
        if isinstance(given.literal, str):
            return given.literal
        made, depth = self.made.get(given.temp) if given.temp is not None else None, 0
        while isinstance(made, g.Binary) and depth < RESOLVED_DEPTH:
            made, depth = self.made.get(made.left), depth + 1
        if isinstance(made, g.Text):
            return made.parts[0] if made.parts and isinstance(made.parts[0], str) else ""
        return made.value if isinstance(made, g.Const) and isinstance(made.value, str) else ""

    def text(self, temp: int) -> str:
        """What a temporary holds as it reads in the source, imports by their own names; "?" for what has no name."""
        match self.made.get(temp):
            case g.Load(name=name):
                found = self._named(name, 0)
                return found.name if isinstance(found, Dotted) else name
            case g.GetAttr(obj=obj, attr=attr):
                return f"{self.text(obj)}.{attr}"
            case g.Call(func=func):
                return f"{self.text(func)}()"
        return "?"

    # -- calls --------------------------------------------------------------------------------------

    def given(self, call: g.Call) -> tuple[Given, ...]:
        """The arguments of a call as they stand in the body."""
        return tuple(Given(a.keyword, a.star, a.value, self.literal(a.value)) for a in call.args)

    def called(self, call: g.Call) -> Called | None:
        """What a call comes to, None when it can't be told."""
        found = self.each_called(call)
        return found[0] if len(found) == 1 else None

    def each_called(self, call: g.Call) -> tuple[Called, ...]:
        """What a call comes to, each of several that it may be; nothing for what can't be told."""
        target: Value | None = self._factory(call) or self.resolve(call.func)
        handed_on = self.project.find(self.module, target.name) if isinstance(target, Dotted) else None
        target = handed_on if isinstance(handed_on, OneOf) else target
        options = target.options if isinstance(target, OneOf) else (target,)
        found = (self._called_as(call, option) for option in options if option != UNKNOWN)
        return tuple(each for each in found if each is not None)

    def is_choice(self, op: object) -> bool:
        """Whether an operation calls one of several callables, and it can't be told which."""
        return isinstance(op, g.Call) and (isinstance(self.resolve(op.func), OneOf) or self.is_passed(op))

    def is_passed(self, op: object) -> bool:
        """Whether an operation calls what the body is passed by its callers."""
        made = self.made.get(op.func) if isinstance(op, g.Call) else None
        return isinstance(made, g.Load) and made.name in self.passed and made.name not in self._stored

    def _called_as(self, call: g.Call, target: Value | None) -> Called | None:
        found = self._known(target, self.given(call), None)
        if found is None:
            row = self._method(call.func)
            found = Called(Dotted(row.name), row, self.given(call)) if row is not None else None
        for _ in range(RESOLVED_DEPTH):
            runs = found.row.effect(Runs) if found is not None else None
            if found is None or runs is None:
                return found
            run = self._run(found, runs)
            if run is None:
                return found
            found = run
        return None

    def _known(self, target: Value | None, given: tuple[Given, ...], moment: Moment | None) -> Called | None:
        """A target without what it is wrapped in."""
        while isinstance(target, Partial) and target.kind == "partial":
            first = (*(Given(None, "", None, _literal(value), value) for value in target.args), *given)
            given = (*first, *(Given(key, "", None, _literal(value)) for key, value in target.keywords))
            target = target.func
        if target is None:
            return None
        row = Model("")
        if isinstance(target, Dotted):
            row = self.project.knowledge.model(target.name)
            handed_on = self.project.find(self.module, target.name) if not row.effects else None
            if handed_on is not None and handed_on != target:
                return self._known(handed_on, given, moment)
        at = run_for_caller(self.project, target) if isinstance(target, Func) else None
        return Called(target, row if at is None else Model("", (Runs(Moment.NOW, at),)), given, moment)

    def _run(self, runner: Called, runs: Runs) -> Called | None:
        """What a runner runs."""
        positional = [each for each in runner.given if each.keyword is None]
        if len(positional) <= runs.at or any(each.star for each in positional[: runs.at + 1]):
            return None
        first = positional[runs.at]
        target = self.resolve(first.temp) if first.temp is not None else first.value
        rest = tuple(each for each in runner.given if each not in positional[: runs.at + 1])
        return self._known(target, rest, runs.moment)

    def _method(self, func: int) -> Model | None:
        """The row of a method of an object that isn't known, the user's rows by its text."""
        made = self.made.get(func)
        if not isinstance(made, g.GetAttr):
            return None
        knowledge = self.project.knowledge
        own = knowledge.own_model(self.text(func))
        if own is not None:
            return own
        row = knowledge.model(f"{ANY}.{made.attr}")
        return row if row.effects else None

    def _factory(self, call: g.Call) -> Value | None:
        """What the field of a data class is filled by, for each object anew: `field(default_factory=mkdtemp)`."""
        if self.code.kind is not Kind.CLASS:
            return None
        field = self.resolve(call.func)
        keyword = frameworks.FIELD_FACTORIES.get(field.name) if isinstance(field, Dotted) else None
        given = next((a.value for a in call.args if keyword is not None and a.keyword == keyword), None)
        if isinstance(field, Dotted) and field.name in frameworks.FACTORIES and call.args:
            given = call.args[0].value
        return self.resolve(given) if given is not None else None


def _constant(given: Given) -> Value:
    return UNKNOWN if given.literal is ... or given.star else Const(given.literal)


def _literal(value: Value) -> object:
    return value.value if isinstance(value, Const) else ...


# -- names of classes ---------------------------------------------------------------------------------


def is_property(project: Project, func: Func) -> bool:
    """Whether an attribute of this function's name is what the function gives."""
    return any(name.split(".")[-1] in frameworks.PROPERTIES for name in project.decorators(func))


@question(lambda func: None)
def given_by(project: Project, func: Func) -> Value | None:
    """The callable that a property always gives, by its text: `return self._mk`, `return shutil.rmtree`."""
    module = project.module(func.module)
    known = module.source.skeleton.defs.get(func.qualname)
    text = "\n".join(module.source.lines[known.first_row - 1 : known.last_row]) if known is not None else ""
    returned = _RETURNS.findall(text)
    if len(returned) != 1 or not _NAME.fullmatch(returned[0]):
        return None
    head, _, rest = returned[0].partition(".")
    owner = project.owner_of(func)
    found = (
        attribute_of(project, owner, rest)
        if head == "self" and owner is not None
        else project.resolve_text(module, returned[0])
    )
    return found if found is not None and project.is_callable(found) else None


@question(lambda klass, attr: None)
def class_member(project: Project, klass: Klass, attr: str) -> Value | None:
    """The callable or module that a class has under a name that isn't a method's: `unlink = os.unlink`."""
    near = project.above_in_line(klass)
    for each in (klass, *(project.bases(klass)[0] if near is None else ())):
        module = project.module(each.module)
        known = module.source.skeleton.classes.get(each.qualname) if each.shape is None else None
        if known is None or attr not in known.attributes:
            continue
        found: Value | None = None
        if attr in known.aliases:
            found = project.resolve_text(module, known.aliases[attr])
        elif attr in known.prepared:
            prepared = known.prepared[attr]
            found = project.prepared(module, prepared, project.resolve_text(module, prepared.first))
        # Another function of the project is a method, and gets the object first.
        is_as_it_is = isinstance(found, Func) and attr in known.statics
        is_outside = isinstance(found, Partial) or (isinstance(found, Dotted) and "." in found.name)
        return found if is_outside or is_as_it_is else None
    return class_member(project, near, attr) if near is not None else None


@question(lambda klass, attr: None)
def attribute_of(project: Project, klass: Klass, attr: str) -> Value | None:
    """The callable or module that an object of a class has under a name that isn't a method's."""
    found = class_member(project, klass, attr) or _set_in_line(project, klass, attr)
    return found if found is not None and project.is_callable(found) else None


@question(lambda klass, attr: None)
def _set_in_line(project: Project, klass: Klass, attr: str) -> Value | None:
    """What the methods of a class put under an attribute of the object, else those of its bases."""
    near = project.above_in_line(klass)
    for each in (klass, *(project.bases(klass)[0] if near is None else ())):
        found = _set_on_self(project, each, attr) if each.shape is None else None
        if found is not None:
            return found
    return _set_in_line(project, near, attr) if near is not None else None


def _set_on_self(project: Project, klass: Klass, attr: str) -> Value | None:
    """What the methods of a class put under an attribute of the object, by their texts, where it always is the same."""
    module = project.module(klass.module)
    known = module.source.skeleton.classes.get(klass.qualname)
    if known is None or attr in known.attributes:
        return None
    found: set[Value | None] = set()
    for qualname in known.methods.values():
        text = module.def_text(qualname)
        if f".{attr}" in text:
            values = re.findall(rf"\.{re.escape(attr)}[ \t]*(?::[^=\n]*)?=(?!=)[ \t]*([^\n#]*)", text)
            found |= {
                _named_in(project, module, text, value.strip()) for value in values if value.strip() != "None"
            }
    return found.pop() if len(found) == 1 else None


def _named_in(project: Project, module: Module, text: str, value: str) -> Value | None:
    """The callable that a name means in a method: one of the module, or the default of a parameter."""
    if not _NAME.fullmatch(value):
        return None
    default = re.search(rf"[(,\s]{re.escape(value)}\s*(?::[^=,()]*)?=\s*([A-Za-z_][\w.]*)\s*[,)]", text)
    found = project.resolve_text(module, default[1] if default is not None else value)
    return found if project.is_callable(found) else None


def without_arguments(value: Value | None) -> Value | None:
    """The callable that a prepared one calls in the end."""
    while isinstance(value, Partial) and value.kind == "partial":
        value = value.func
    return value
