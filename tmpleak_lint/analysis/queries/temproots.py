"""Who around a body has said where temporary files are made: set-ups, fixtures and managers of tests, mostly.

Comes in: a function, or a body and a node of it. Goes out: whether running the function leaves `tempfile.tempdir`, or a
variable of the environment that `tempfile` asks, set to a directory that it makes or is lent; whether the body runs, or
the node stands, behind one that does. Whether that directory is deleted is asked where it is made: what lies in it
goes with it, or is its finding. That it is set back is taken to happen when the block or the test ends. Functions that
set it for the rest of the process aren't looked at from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tmpleak_lint.analysis.domain.trail import Trail, trail_of
from tmpleak_lint.analysis.domain.values import Dotted, Func, Klass, Value
from tmpleak_lint.analysis.queries.asked_fixtures import asked_by
from tmpleak_lint.analysis.queries.called import as_method, called_values, names_called, region_text
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.resolver import Statics
from tmpleak_lint.analysis.queries.summaries import statics_of
from tmpleak_lint.analysis.queries.testing import is_filled, is_fixture
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code, Node
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.model import Creates, Shape
from tmpleak_lint.knowledge.words import PATCHERS, TEMP_VARIABLES
from tmpleak_lint.reading.bodiless import without_strings
from tmpleak_lint.reading.skeleton import DefOutline

_USES_NESTED = re.compile(rf"useFixture\(\s*(?:\w+\.)*{frameworks.NESTED_TEMPFILE}\(")
_TEMPDIR = "tempdir"
_SAYS = (f"tempfile.{_TEMPDIR}", _TEMPDIR, *TEMP_VARIABLES)  # how patchers name it
_ENVIRON = ("os.environ", "environ")
_BEFORE_MODULE = tuple(dict.fromkeys(name for each in frameworks.FRAMEWORKS for name in each.before))
_DIRECTORIES = (Shape.DIRECTORY, Shape.DIRECTORY_HANDLE)
# What is run of an object that sets it.
_ENTERED = sorted(frameworks.UNOWNED_WHEN_RAISING | frameworks.SETUPS)


@question(lambda func: False, about=as_method)
def sets_own_root(project: Project, func: Func) -> bool:
    """Whether running a function, or entering the manager that it is, has temp files made in a directory of its own:
    by itself, or by what it calls."""
    if _sets_itself(project, func):
        return True
    module = project.module(func.module)
    named = (
        name for name in names_called(region_text(project, func)) if name.rpartition(".")[2][:1].isupper()
    )
    made = (project.resolve_text(module, name) for name in dict.fromkeys(named))
    return any(_is_root(project, each) for each in (*called_values(project, func), *made))


def _is_root(project: Project, value: Value | None) -> bool:
    """Whether calling this, and entering what it gives, sets the place for temp files."""
    match value:
        case Func():
            return _sets_itself(project, value)
        case Klass():
            methods = (project.method(value, name) for name in _ENTERED)
            return any(_sets_itself(project, each) for each in methods if each is not None)
    return False


@question(lambda func: False, about=as_method)
def _sets_itself(project: Project, func: Func) -> bool:
    """Whether a body sets the place for temp files to a directory that it makes or is lent."""
    if not any(word in region_text(project, func) for word in (_TEMPDIR, *TEMP_VARIABLES)):
        return False
    code = project.code(func)
    return code is not None and _sets(project, statics_of(project, func, code), code)


def _sets(project: Project, statics: Statics, code: Code) -> bool:
    """Whether a body sets the place for temp files to a directory that it makes or is lent."""
    made = frozenset(
        node.index for node in code.nodes if isinstance(node.op, g.Call) and _makes(project, statics, node.op)
    )
    lent = frozenset(param.name for param in code.params if is_filled(statics.module, code, param))
    if not made and not lent:
        return False
    trail = trail_of(code, made, lent)
    naming = _naming(code)
    return any(_is_set_by(node.op, trail, naming) for node in code.nodes)


def _is_set_by(op: g.Op, trail: Trail, naming: dict[int, str]) -> bool:
    """Whether an operation sets the place for temp files to what is on the trail. `naming`: the texts that name it."""
    match op:
        case g.SetAttr(obj=obj, attr=attr, src=src) if src in trail.holding:
            return attr == _TEMPDIR and _last(trail, obj) == "tempfile"
        case g.SetItem(obj=obj, index=index, src=src) if src in trail.holding:
            return naming.get(index) in TEMP_VARIABLES and trail.called.get(obj) in _ENVIRON
        case g.Call(func=func, args=args) as call if trail.is_given(call) and _last(trail, func) in PATCHERS:
            first = args[0].value
            named = {naming[a.value] for a in args if a.value in naming}
            if trail.called.get(first) in _ENVIRON:
                named.update(a.keyword for a in args if a.keyword)
                return not named.isdisjoint(TEMP_VARIABLES)
            if _last(trail, first) == "tempfile":
                return _TEMPDIR in named
            return naming.get(first) in (f"tempfile.{_TEMPDIR}", *TEMP_VARIABLES)
    return False


def _last(trail: Trail, temp: int) -> str:
    """The last part of what a temporary means as a name."""
    return trail.called.get(temp, "").rpartition(".")[2]


def _makes(project: Project, statics: Statics, call: g.Call) -> bool:
    """Whether a call makes a directory."""
    target = statics.resolve(call.func)
    creates = project.knowledge.effect(target.name, Creates) if isinstance(target, Dotted) else None
    return creates is not None and creates.shape in _DIRECTORIES


def _naming(code: Code) -> dict[int, str]:
    """The temporaries that name the place for temp files, or hold a dict with such a key, and that name."""
    naming: dict[int, str] = {}
    for node in code.nodes:
        match node.op:
            case g.Const(dest=dest, value=str() as value) if value in _SAYS:
                naming[dest] = value
            case g.Build(dest=dest, keys=keys):
                naming.update((dest, naming[key]) for key in keys if key in naming)
    return naming


@question(lambda klass: None)
def rooted_from(project: Project, klass: Klass) -> frozenset[str] | None:
    """The methods of a test class that run before, or while, its set-up has given the tests a temp directory of their
    own; None when it doesn't."""
    inside, outside = project.bases(klass)
    if frameworks.NESTED_TEMPFILE_BASES.intersection(outside):
        return frozenset(("setUpClass",))
    once = tuple(name for each in frameworks.FRAMEWORKS for name in each.setups)
    for each in (*inside, klass):
        for name in dict.fromkeys((*once, *(n for f in frameworks.FRAMEWORKS for n in f.each))):
            func = project.own_method(each, name)
            if func is None or not _is_set_up(project, func):
                continue
            itself = (name,) if each == klass else ()
            return frozenset(itself if name in once else (*once, *itself))
    return None


def _is_set_up(project: Project, func: Func) -> bool:
    return sets_own_root(project, func) or bool(
        _USES_NESTED.search(without_strings(region_text(project, func)))
    )


def is_rooted(project: Project, module: Module, owner: Klass | None, code: Code, made: Node) -> bool:
    """Whether what `tempfile` makes at a node of a body lies in a directory of somebody around it."""
    outermost = _outermost(module, code.qualname)
    if owner is None and outermost is not None and outermost.owner is not None:
        owner = Klass(module.key, outermost.owner)  # a function within a method
    if owner is not None and outermost is not None:
        too_early = rooted_from(project, owner)
        if too_early is not None and outermost.name not in too_early:
            return True
    # Whether it stands in the block of a manager that sets the place, or behind what is run before it.
    return any(
        place.is_of(node) for node in _opening(project, module.key, code, owner) for place in made.places()
    ) or any(sets_own_root(project, func) for func in _run_before(project, module, owner, code))


def _outermost(module: Module, qualname: str) -> DefOutline | None:
    """The function of the outline that a body is, or stands in."""
    while qualname and qualname not in module.source.skeleton.defs:
        qualname = qualname.rpartition(".")[0]
    return module.source.skeleton.defs.get(qualname)


@question(lambda module_key, code, owner: ())
def _opening(project: Project, module_key: str, code: Code, owner: Klass | None) -> tuple[Node, ...]:
    """The entries of managers that set the place for temp files."""
    statics = statics_of(project, Func(module_key, code.qualname, code, owner), code)
    return tuple(
        node
        for node in code.nodes
        if isinstance(node.op, g.Enter)
        and any(
            isinstance(op, g.Call) and _opens_root(project, statics.resolve(op.func))
            for op in statics.origins(node.op.manager)
        )
    )


def _opens_root(project: Project, value: Value | None) -> bool:
    return sets_own_root(project, value) if isinstance(value, Func) else _is_root(project, value)


def _run_before(project: Project, module: Module, owner: Klass | None, code: Code) -> Iterator[Func]:
    """What of the project's tests is run before a test, or a fixture: functions for the module, fixtures that it asks
    for or that nobody need ask for."""
    if not (code.name.startswith("test") or is_fixture(code.decorators)):
        return
    yield from asked_by(project, module, owner, code)[0]
    for name in _BEFORE_MODULE:
        if name in module.source.skeleton.defs and name != code.name:
            yield Func(module.key, name)
