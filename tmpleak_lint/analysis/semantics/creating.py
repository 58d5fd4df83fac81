"""Creation sites: the tracked file comes into being, or an untracked one does."""

from __future__ import annotations

from pathlib import PurePath

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import Stored, with_names
from tmpleak_lint.analysis.domain.state import Stands, State, alive
from tmpleak_lint.analysis.domain.values import BESIDE, MANAGED, TRACKED, UNKNOWN, Flight, Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import DEAD, Explorer
from tmpleak_lint.analysis.queries.context import Given
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.records import Call
from tmpleak_lint.analysis.queries.sites import Obligation, Site
from tmpleak_lint.analysis.queries.temproots import is_rooted
from tmpleak_lint.analysis.semantics.containers import new_box
from tmpleak_lint.analysis.semantics.holding import arrival, elements, renumbered
from tmpleak_lint.analysis.semantics.inside import bind
from tmpleak_lint.analysis.semantics.raising import kinds_here
from tmpleak_lint.analysis.semantics.running import promised
from tmpleak_lint.analysis.semantics.temproot import temp_root
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.dataflow import in_circles
from tmpleak_lint.flow.graph import Code, Node
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.exceptions import CANCELLED
from tmpleak_lint.knowledge.model import Moment, Shape


def create(explorer: Explorer, call: Call, site: Site, state: State) -> int:
    """A creation site. The tracked site makes the tracked file now, or (another time) an untracked one.

    `call` has the creator and its arguments, also where a runner was given it.
    """
    explorer.risk(call.node, state, _kinds_of_site(explorer, call, site))
    if (site.handed is not None and site.handed.coroutine) or site.moment is Moment.AWAITED:
        explorer.coroutines.add(call.dest)
        if not explorer.is_quiet(call.node):
            explorer.fail(call.node, state, Flight(CANCELLED))
    if site.row is not None and site.row.awaited:
        explorer.coroutines.add(call.dest)
        if not explorer.is_quiet(call.node):
            explorer.fail(call.node, state, Flight(CANCELLED))
    if not site.owned and explorer.obligation is not Obligation.HANDLE:
        where = parent_of(explorer, call, site, state)
        if isinstance(where, Ref) and where.obj >= TRACKED:
            state.lay_within(MANAGED, where.obj)
        state[call.dest] = given_by_call(explorer, call, site, value_made(site, MANAGED), state)
        return call.node.next
    if (
        site.handed is not None
        and site.handed.sometimes_managed
        and given_this_time(explorer, call, state) is Given.MANAGED
    ):
        state[call.dest] = given_by_call(explorer, call, site, value_made(site, MANAGED), state)
        return call.node.next
    if site.handed is not None and site.handed.cells:
        name, held = site.handed.cells[0]
        if site.handed.once and isinstance(state.get(name), Ref):
            state[call.dest] = state[name] if site.handed.value == held else UNKNOWN
            return call.node.next
    if site is not explorer.tracked or alive(state):
        where = parent_of(explorer, call, site, state)
        number = MANAGED if _is_in_managed(explorer, where, state) else site.number
        if isinstance(where, Ref) and where.obj >= TRACKED and where.obj != number:
            state.lay_within(number, where.obj)
        make(explorer, call, site, number, state)
        return call.node.next
    if repeats(explorer.project, explorer.code, call.node.index):
        other = state.fork()
        make(explorer, call, site, site.number, other)
        explorer.push(call.node.next, other, call.node, "next")
    return make_tracked(explorer, call, site, state)


def _kinds_of_site(explorer: Explorer, call: Call, site: Site) -> tuple[str, ...]:
    """What a creating call raises when it fails; none for any."""
    if site.moment is not None:
        return ()
    if site.row is not None:
        return () if site.row.awaited else ("OSError",)
    called = called_helper(explorer, call.func)
    return kinds_here(explorer, call.node, called[0]) if called is not None else ()


def given_this_time(explorer: Explorer, call: Call, state: State) -> Given:
    """What a creating helper gives with these arguments.

    `path or mkdtemp()` makes nothing for who passes a path, and a helper that registers the deletion when asked
    to has done so.
    """
    called = called_helper(explorer, call.func)
    if called is None:
        return Given.NEW
    func, code = called
    bound = bind(explorer, func, call)
    settings = State()
    for param in code.params:
        value = bound.get(param.name)
        if isinstance(value, v.Const):
            settings[param.name] = value
        elif (
            param.kind in ("pos", "kw")
            and not _is_own_unknown(value, code.qualname)
            and not _may_be_none(explorer, value)
        ):
            settings[param.name] = v.Object("given", param.name)  # something, whatever it is
    return explorer.context.what_is_given(func, settings)


def called_helper(explorer: Explorer, called: Value) -> tuple[v.Func, Code] | None:
    """The function of the project that a callable is, with its body."""
    func = explorer.project.find(explorer.module, called.name) if isinstance(called, v.Dotted) else called
    code = explorer.project.code(func) if isinstance(func, v.Func) else None
    return (func, code) if isinstance(func, v.Func) and code is not None else None


def _is_own_unknown(value: object, qualname: str) -> bool:
    """A parameter that wasn't passed, or `self`."""
    if isinstance(value, v.Inst | v.Klass) or value is None:
        return True
    return isinstance(value, symbols.Param) and value.qualname == qualname


def _may_be_none(explorer: Explorer, value: object) -> bool:
    """A parameter of the calling body that its own callers may leave at None, and that nothing here asks about."""
    if not isinstance(value, symbols.Param):
        return False
    if _asks_about(explorer.project, explorer.code, value.name):
        return False
    return any(
        param.name == value.name and param.has_default and param.default is None
        for param in explorer.code.params
    )


@question()
def _asks_about(project: Project, code: Code, name: str) -> bool:
    """Whether a condition of the body is the name itself, or compares it."""
    made = {getattr(node.op, "dest", None): node.op for node in code.nodes}
    asked = []
    for node in code.nodes:
        op = made.get(node.op.cond) if isinstance(node.op, g.Branch) else None
        while isinstance(op, g.Not):
            op = made.get(op.src)
        asked.append(made.get(op.left) if isinstance(op, g.Compare) else op)
    return any(isinstance(op, g.Load) and op.name == name for op in asked)


def make_tracked(explorer: Explorer, call: Call, site: Site, state: State) -> int:
    """The tracked file comes into being: managed at once inside a directory that is."""
    state.become(Stands.LIVE)
    if is_name_alone(site):
        state.become(Stands.NAMED)
    make(explorer, call, site, TRACKED, state)
    explorer.result.created[call.node.index] = explorer.item
    onward = _put_in_its_place(explorer, call, site, state)
    if site.moment is Moment.EACH and onward != DEAD:
        explorer.risk(call.node, state)  # the next one may fail, and nobody has this one yet
    return onward


def _put_in_its_place(explorer: Explorer, call: Call, site: Site, state: State) -> int:
    """Write down the directory that the tracked file is made in."""
    if explorer.obligation is not Obligation.NAME:
        return call.node.next
    parent = parent_of(explorer, call, site, state)
    if parent is None and site.handed is None:
        parent = temp_root(state)
    if is_managed(parent, state):
        return explorer.discharge("managed", call.node, "inside a directory that is cleaned up")
    if in_fake_system(explorer):
        return explorer.discharge("managed", call.node, "in a file system that is none")
    # A helper whose `dir=` is a parameter leaves the place to `tempfile` where that is None.
    asks_tempfile = site.asks_tempfile or (site.handed is not None and bool(site.handed.inside))
    in_root = parent is None and asks_tempfile
    state.file = state.file._replace(in_temp_root=in_root)
    if in_root and is_in_own_root(explorer, call.node):
        return explorer.discharge(
            "managed", call.node, "inside a temp directory that stands for the shared one"
        )
    if isinstance(parent, Ref) and parent.obj > 0:
        state.file = state.file._replace(parents=parents_from(parent.obj, state))
    elif parent is not None and (
        explorer.knowledge.is_managed_directory(v.text_of(parent))
        or explorer.context.is_managed_place(explorer.module, parent)
    ):
        return explorer.discharge("managed", call.node, "inside a directory that is cleaned up")
    elif isinstance(parent, v.Member | v.Global | v.Item | v.Sym) and parent is not UNKNOWN:
        state.file = state.file._replace(inside=parent)
    return call.node.next


def _is_in_managed(explorer: Explorer, where: Value | None, state: State) -> bool:
    """Whether an untracked file is made in a directory that somebody deletes."""
    if isinstance(where, v.Member | v.Global):
        return explorer.context.is_managed_place(explorer.module, where)
    return is_managed(where, state) or _is_contexts(explorer, where)


def _is_contexts(explorer: Explorer, where: Value | None) -> bool:
    """Whether a directory is what a context variable has, and goes with the context."""
    return isinstance(where, symbols.OfContext) and explorer.context.is_managed_place(explorer.module, where)


def is_in_own_root(explorer: Explorer, node: Node) -> bool:
    """Whether somebody around the body has `tempfile` make everything in a directory of their own."""
    body = explorer.task.body
    return is_rooted(explorer.project, body.module, body.owner, body.code, node)


def in_fake_system(explorer: Explorer) -> bool:
    """Whether the body is a test that pyfakefs gives a file system in memory: its fixture, or its base class."""
    body = explorer.task.body
    if any(param.name == frameworks.FAKE_SYSTEM_FIXTURE for param in body.code.params):
        lines = body.module.source.lines[body.code.span.start.row - 1 : body.code.span.end.row]
        return any(word in "\n".join(lines) for word in frameworks.FAKE_SYSTEM_CALLS)
    if body.owner is None:
        return False
    inside, outside = explorer.project.bases(body.owner)
    files = (PurePath(explorer.project.module(klass.module).filename).stem for klass in inside)
    modules = (
        *(base.rpartition(".")[0] for base in outside),
        *files,
    )  # pyfakefs's own tests have it in reach
    return any(module.endswith(frameworks.FAKE_SYSTEM_MODULE) for module in modules)


def make(explorer: Explorer, call: Call, site: Site, number: int, state: State) -> None:
    """Let the call give a new file with this number, and put what a helper leaves behind besides in its place."""
    state.open_anew(number)
    if explorer.tracked is None:
        explorer.result.created[call.node.index] = explorer.item
    value = value_made(site, number)
    if site.handed is None:
        state[call.dest] = given_by_call(explorer, call, site, value, state)
        return
    come = arrival(explorer, call.node, site.handed.value, site.handed.heap, state)
    state[call.dest] = given_by_call(explorer, call, site, come.value(value), state)
    for name, held in site.handed.cells:
        state[name] = come.value(renumbered(held, number))
    for slot, stored in site.handed.heap:
        held_there: Stored = (
            tuple((k, renumbered(i, number)) for k, i in stored)  # pairs of what a container holds
            if isinstance(stored, tuple)
            else renumbered(stored, number)
        )
        state.put(*with_names(slot, held_there, come.names))


def is_name_alone(site: Site) -> bool:
    """Whether nothing lies under the name that the call gives."""
    if site.handed is not None:
        return site.handed.named
    return site.shape is Shape.NAME or site.dropped


def given_by_call(explorer: Explorer, call: Call, site: Site, value: Value, state: State) -> Value:
    """What the call gives that makes the file: what the creator does, or what its runner makes of that."""
    match site.moment:
        case Moment.AWAITED | Moment.FUTURE:
            return promised(explorer, call, value)
        case Moment.EACH:
            box = new_box(explorer, call.node, "list", ((None, value),), state)
            state.leave_open(box)
            return box
    return value


def value_made(site: Site, number: int) -> Value:
    """What the creator returns."""
    if site.handed is not None:
        return renumbered(site.handed.value, number)
    if site.shape is Shape.FD_AND_PATH:
        return v.Seq((Ref(number, Role.FD), Ref(number, Role.PATH)))
    if site.shape is Shape.PATH_FIRST:
        return v.Seq((Ref(number, Role.PATH), UNKNOWN))
    if site.shape in (Shape.DIRECTORY, Shape.NAME, Shape.PATH):
        return Ref(number, Role.PATH)
    return Ref(number, Role.HANDLE)


def is_parameter(value: object) -> bool:
    """Something that the caller passed and nothing more is known of."""
    return isinstance(value, symbols.Param)


def is_one_of_two(value: object) -> bool:
    """What was one thing on one way and another on another, where the ways have met."""
    return isinstance(value, symbols.Met)


def parent_of(explorer: Explorer, call: Call, site: Site, state: State) -> Value | None:
    """The directory that the call is told, if it is told one; one beside a file, or around it, is nobody's here."""
    told = _told(explorer, call, site, state)
    return UNKNOWN if isinstance(told, Ref) and told.role in (Role.PARENT, *BESIDE) else told


def _told(explorer: Explorer, call: Call, site: Site, state: State) -> Value | None:
    """The value of `dir=`, or of an absolute prefix, if the call has one, also through a helper's parameter, or a
    variable of this body that a function in it reads."""
    if site.handed is not None and site.handed.inside:
        called = called_helper(explorer, call.func)
        name, bound = site.handed.inside, {} if called is None else bind(explorer, called[0], call)
        around = called is not None and called[0].code is not None and name not in bound
        place: Value | None = state.get(name, UNKNOWN) if around else bound.get(name)
        if site.handed.inside_at is not None:
            told = dict(enumerate(elements(place, state)))
            return told.get(site.handed.inside_at, UNKNOWN)
        return place if place != v.NONE else None
    if site.row is None:
        return None
    for name, value in call.keywords:
        if name == "dir" and value != v.NONE:
            return value
        if name == "prefix" and isinstance(value, Ref) and value.role is Role.CHILD:
            return Ref(value.obj, Role.PATH)
        if name == "prefix" and isinstance(value, v.Item) and value.index == "child":
            return value.base
    position = site.row.dir_position
    if position is not None and position < len(call.args) and call.args[position] != v.NONE:
        return call.args[position]
    return None


def is_managed(value: object, state: State) -> bool:
    """Whether a value names a file that somebody else deletes."""
    if not isinstance(value, Ref):
        return False
    return value.obj == MANAGED or value.obj in state.file.managed


def parents_from(number: int, state: State) -> tuple[int, ...]:
    """A directory's number, and those of the directories that it lies in itself."""
    found = [number]
    while found[-1] != MANAGED:
        upper = state.file.directory_of(found[-1])
        if upper is None or upper in found:
            break
        found.append(upper)
    return tuple(found)


@question()
def _repeated(project: Project, code: Code) -> bytes:
    return in_circles(code.nodes)


def repeats(project: Project, code: Code, index: int) -> bool:
    """Whether the operation can be reached from itself: only then do several files come from one site."""
    return bool(_repeated(project, code)[index])
