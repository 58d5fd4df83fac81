"""What a function of the project does to the flow, without walking it for any file: never returns, never
raises."""

from __future__ import annotations

from collections.abc import Sequence

from tmpleak_lint.analysis.domain.exceptions import ANY
from tmpleak_lint.analysis.domain.values import Dotted, Flight, Func, Klass, Value
from tmpleak_lint.analysis.queries.by_name import words_of
from tmpleak_lint.analysis.queries.by_syntax import is_benign_name, is_risky_by_syntax, returns_by_syntax
from tmpleak_lint.analysis.queries.called import as_method
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.records import Mode
from tmpleak_lint.analysis.queries.resolver import Statics
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.dataflow import EVERY, WELL, Way, reached
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.model import Creates, Derives, QuietManager, Relation, Shape
from tmpleak_lint.knowledge.words import EXCEPTION_SUFFIXES, LOGGER_WORDS


@question(lambda module, attribute: None)
def only_class_with(project: Project, module: Module, attribute: str) -> Klass | None:
    """The one class among those that a module defines or imports by name which has this method or attribute.

    What a receiver of unknown class is taken for: with two candidates, or none, nothing is known.
    """
    skeleton = module.source.skeleton
    near = {Klass(module.key, qualname) for qualname in skeleton.classes}
    for name, imported in sorted(skeleton.imports.items()):
        if name[:1].isupper() and not name.isupper():
            found = project.find(module, module.absolute(imported))
            if isinstance(found, Klass):
                near.add(found)
    having = [klass for klass in near if _has(project, klass, attribute)]
    return having[0] if len(having) == 1 else None


def _has(project: Project, klass: Klass, attribute: str) -> bool:
    if project.method(klass, attribute) is not None:
        return True
    shape = project.module(klass.module).source.skeleton.classes.get(klass.qualname)
    if shape is None:
        return False
    lines = project.module(klass.module).source.lines[shape.first_row - 1 : shape.last_row]
    return attribute in shape.attributes or any(f"self.{attribute} =" in line for line in lines)


def mode_of(code: Code) -> Mode:
    """What a yield means in this body: `semantics/leaving.py` acts on it."""
    if not code.is_generator:
        return "plain"
    names = set(code.decorators) | {d.rpartition(".")[2] for d in code.decorators}
    if names & frameworks.CONTEXT_MANAGER_DECORATORS:
        return "manager"
    if names & frameworks.FIXTURE_TAILS:
        return "fixture"
    if names & frameworks.COROUTINE_DECORATORS:
        return "coroutine"
    if (
        _waits_once_for_server(code)
        or {name.rpartition(".")[2] for name in names} & frameworks.SERVING_DECORATORS
    ):
        return "service"
    return "plain"


def _waits_once_for_server(code: Code) -> bool:
    """Whether an asynchronous generator gets an application and nothing else besides its object, and yields once, and
    nothing."""
    given = [param.name for param in code.params if param.name not in ("self", "cls")]
    if not code.is_async or len(given) != 1 or given[0] not in frameworks.SERVED_PARAMETERS:
        return False
    yields = [(node, node.op.src) for node in code.nodes if isinstance(node.op, g.Yield)]
    if len(yields) != 1 or any(place.kind == "loop" for place in yields[0][0].places()):
        return False
    nothing = {node.op.dest for node in code.nodes if isinstance(node.op, g.Const) and node.op.value is None}
    return yields[0][1] in nothing


def is_manager(code: Code) -> bool:
    """Whether a call of this body gives a context manager."""
    return mode_of(code) == "manager"


def statics_of(project: Project, func: Func, code: Code) -> Statics:
    """The names of a body, resolved once."""
    return _statics(project, func.module, code, project.owner_of(func))


@question(lambda module_key, code, owner: None)
def _statics(project: Project, module_key: str, code: Code, owner: Klass | None) -> Statics:
    return Statics(project, project.module(module_key), code, owner)


@question(lambda func: None, about=as_method)
def made_and_given(project: Project, func: Func) -> Shape | None:
    """What a body gives where that always is what a creator makes in it; None where it may be something else."""
    code = project.code(func)
    if code is None:
        return None
    statics = statics_of(project, func, code)
    calls = {node.op.dest: node.op.func for node in code.nodes if isinstance(node.op, g.Call)}
    shapes = set()
    for op in (node.op for node in code.nodes):
        if isinstance(op, g.Move) and op.dest == code.result:
            target = statics.resolve(calls[op.src]) if op.src in calls else None
            creates = project.knowledge.effect(target.name, Creates) if isinstance(target, Dotted) else None
            shapes.add(creates.shape if creates is not None else None)
    return shapes.pop() if len(shapes) == 1 else None


def leaves_by(project: Project, func: Func) -> Flight:
    """Of a function that never returns: the exception it leaves by. One of its own is known if nothing else can raise
    and it always is the same."""
    code = project.code(func)
    if code is None:
        return ANY
    statics = statics_of(project, func, code)
    raised = [node.op.src for node in code.nodes if isinstance(node.op, g.Raise)]
    if raised:
        flights = {_flight_of(statics, temp) for temp in raised}
        others = (node.op for node in code.nodes if not isinstance(node.op, g.Raise))
        if len(flights) == 1 and all(
            is_benign_op(project, statics, op) or _makes(op, raised) for op in others
        ):
            return flights.pop()
        return ANY
    targets = [statics.resolve(node.op.func) for node in code.nodes if isinstance(node.op, g.Call)]
    named = [t.name for t in targets if isinstance(t, Dotted)]
    return (
        Flight("SystemExit")
        if any(project.knowledge.leaves_with(name) == "SystemExit" for name in named)
        else ANY
    )


def _makes(op: g.Op, raised: list[int]) -> bool:
    """Whether an operation makes the exception that is raised."""
    return isinstance(op, g.Call) and op.dest in raised


def _flight_of(statics: Statics, temp: int) -> Flight:
    """The exception that a temporary holds, by its class."""
    match statics.resolve(temp) or _called(statics, temp):
        case Klass(module=module, qualname=qualname):
            return Flight(f"{module}::{qualname}")
        case Dotted(name=name) if name.endswith(EXCEPTION_SUFFIXES):
            return Flight(name)
    return ANY


@question(lambda func: False, about=as_method)  # a recursive call is taken to return
def always_leaves(project: Project, func: Func) -> bool:
    """Whether a call never comes back: every way ends in raise, sys.exit or another such function."""
    if returns_by_syntax(project, func):
        return False
    code = project.code(func)
    if code is None or code.is_generator:
        return False
    return _never_reaches_end(project, func, code)


def _never_reaches_end(project: Project, func: Func, code: Code) -> bool:
    statics = statics_of(project, func, code)

    def ways(node: g.Node) -> Sequence[Way]:
        leaves = isinstance(node.op, g.Raise | g.Reraise) or (
            isinstance(node.op, g.Call) and _leaves(project, statics, node.op)
        )
        return (Way.EXC,) if leaves else EVERY

    found = reached(code.nodes, [0], ways)
    if code.exit_ok in found:
        return False
    raises = (op for index in found if isinstance(op := code.nodes[index].op, g.Raise))
    raised = [statics.resolve(op.src) or _called(statics, op.src) for op in raises]
    # An abstract method is there to be overridden.
    return not (raised and all(r == Dotted("NotImplementedError") for r in raised))


@question(lambda func: False, about=as_method)
def always_ends_process(project: Project, func: Func) -> bool:
    """Whether a call never comes back, and where all goes well the process has ended there, or become another
    program."""
    if not always_leaves(project, func):
        return False
    code = project.code(func)
    if code is None:
        return False
    statics = statics_of(project, func, code)
    ending = {
        node.index for node in code.nodes if isinstance(node.op, g.Call) and _ends(project, statics, node.op)
    }
    return not ending.isdisjoint(reached(code.nodes, [0], WELL))


def _ends(project: Project, statics: Statics, call: g.Call) -> bool:
    target = statics.resolve(call.func)
    if isinstance(target, Dotted):
        by = project.knowledge.leaves_with(target.name)
        if by is not None:
            return not by
    found = project.find(statics.module, target.name) if isinstance(target, Dotted) else target
    return isinstance(found, Func) and always_ends_process(project, found)


def _called(statics: Statics, temp: int) -> Value | None:
    made = statics.made.get(temp)
    return statics.resolve(made.func) if isinstance(made, g.Call) else None


def _leaves(project: Project, statics: Statics, call: g.Call) -> bool:
    target = statics.resolve(call.func)
    found: object = target
    if isinstance(target, Dotted):
        if project.knowledge.leaves_with(target.name) is not None:
            return True
        found = project.find(statics.module, target.name)  # a function of another module
    return isinstance(found, Func) and always_leaves(project, found)


@question(lambda func: False, about=as_method)
def is_abstract(project: Project, func: Func) -> bool:
    """Whether a method is there for others to write: what is called by its name is something else, of which nothing is
    known."""
    return any(name.rpartition(".")[2] in frameworks.ABSTRACT for name in project.decorators(func))


@question(lambda func: False, about=as_method)  # recursion isn't benign
def is_benign(project: Project, func: Func) -> bool:
    """Whether a body consists of benign operations only, calls into benign bodies included."""
    if is_abstract(project, func) or is_risky_by_syntax(project, func):
        return False
    code = project.code(func)
    if code is None or code.is_async or code.is_generator:
        return False
    statics = statics_of(project, func, code)
    return all(is_benign_op(project, statics, node.op) for node in code.nodes)


def is_benign_op(project: Project, statics: Statics, op: g.Op) -> bool:
    """Whether an operation doesn't raise on a realistic path."""
    match op:
        case g.Raise() | g.Await() | g.Yield() | g.Leave(awaits=True) | g.Next(awaits=True):
            return False
        case g.Call(func=temp):
            return _benign_call(project, statics, temp)
        case g.Enter(manager=manager):
            made = statics.made.get(manager)
            if not isinstance(made, g.Call):
                return False
            target = statics.resolve(made.func)
            return (
                isinstance(target, Dotted) and project.knowledge.effect(target.name, QuietManager) is not None
            )
    return True


def _benign_call(project: Project, statics: Statics, temp: int) -> bool:
    target = statics.resolve(temp)
    match target:
        case Dotted(name=name):
            if is_benign_name(project, name):
                return True
            found = project.find(statics.module, name)
            if isinstance(found, Dotted):
                return found.name != name and is_benign_name(project, found.name)
            return isinstance(found, Func) and is_benign(project, found)
        case Func():
            return is_benign(project, target)
        case Klass():
            init = project.method(target, "__init__")
            return init is None or is_benign(project, init)
    made = statics.made.get(temp)
    if isinstance(made, g.GetAttr):
        if made.attr in project.knowledge.harmless_methods:
            return True
        return made.attr in project.knowledge.logging_methods and _is_logger(statics, made.obj)
    return False


def _is_logger(statics: Statics, temp: int) -> bool:
    """Whether an object is called a logger."""
    made = statics.made.get(temp)
    match made:
        case g.Load(name=name) | g.GetAttr(attr=name):
            return any(word in name.lower() for word in LOGGER_WORDS)
        case g.Call(func=func):
            return _is_logger(statics, func)
    return False


@question(lambda klass: False)
def never_says_false(project: Project, klass: Klass) -> bool:
    """Whether neither a class nor one above it has a say in what counts as false, by what those from elsewhere are
    called. A text is false that is empty."""
    if any(project.method(klass, name) is not None for name in ("__bool__", "__len__", "__getattr__")):
        return False
    return not any(_says_false(project, base) for base in project.bases(klass)[1])


def _says_false(project: Project, base: str) -> bool:
    if _is_text(project, base):
        return False
    if base in frameworks.INERT_BASES:
        return base in frameworks.FALSE_WHEN_EMPTY
    return not words_of(base.rpartition(".")[2]).isdisjoint(frameworks.FALSE_AT_TIMES)


@question(lambda klass: False)
def is_text(project: Project, klass: Klass) -> bool:
    """Whether the objects of a class are texts or paths."""
    return any(_is_text(project, base) for base in project.bases(klass)[1])


def _is_text(project: Project, name: str) -> bool:
    """Whether what a name outside of the project makes of a path is the path."""
    derives = project.knowledge.effect(name, Derives)
    return derives is not None and derives.relation is Relation.SAME
