"""From walks to leaks: which ends of a body really leave the file behind.

Comes in: a body, one of its sites, an obligation. Goes out: a `Verdict`: its leaking ends with the walk they were found
on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import Attribute, GlobalName
from tmpleak_lint.analysis.domain.state import Snapshot, Stands, State, Typestate, seed
from tmpleak_lint.analysis.domain.trail import trail_of
from tmpleak_lint.analysis.domain.values import BESIDE, TRACKED, Inst, Klass, Ref, Role
from tmpleak_lint.analysis.explore.beginnings import Beginnings
from tmpleak_lint.analysis.explore.explorer import Discharge, End, Ending, Explorer, Result
from tmpleak_lint.analysis.explore.trace import ExplodedGraph
from tmpleak_lint.analysis.queries.context import Context
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.receivers import Receiver, receiver_of
from tmpleak_lint.analysis.queries.records import Body, Options, Task
from tmpleak_lint.analysis.queries.sites import Obligation, Site
from tmpleak_lint.analysis.queries.summaries import mode_of
from tmpleak_lint.analysis.queries.testing import is_fixture
from tmpleak_lint.analysis.semantics.attributes import deleted_elsewhere
from tmpleak_lint.analysis.semantics.containers import is_given_away
from tmpleak_lint.analysis.semantics.ending import is_kept_for_exit
from tmpleak_lint.analysis.semantics.keep import passes_keep_option
from tmpleak_lint.analysis.semantics.late import is_kept_by_closure
from tmpleak_lint.analysis.semantics.registering import is_waited_for
from tmpleak_lint.analysis.semantics.seeds import seed_of
from tmpleak_lint.analysis.semantics.table import FullExplorer
from tmpleak_lint.analysis.verdict.callers import (
    heirs_alone,
    is_unittest,
    only_constructors_call,
    only_setups_run,
    users_delete,
)
from tmpleak_lint.analysis.verdict.correlating import atoms_of
from tmpleak_lint.analysis.verdict.forgotten import forgetting_method
from tmpleak_lint.analysis.verdict.holders import (
    Lasting,
    captured_by,
    child_is_kept,
    holders,
    is_cached,
    is_child,
    is_of_another,
    is_of_variable,
    is_on_object,
    is_on_own,
    kept_as_property,
    modules_holding,
    name_of_holder,
    paths_inside,
    variable_elsewhere,
)
from tmpleak_lint.analysis.verdict.owners import (
    Kept,
    Owned,
    sets_attribute,
    trips_over_unset,
    who_deletes,
    who_deletes_global,
)
from tmpleak_lint.analysis.verdict.refilled import is_filled_again, is_variable_filled_again
from tmpleak_lint.analysis.verdict.waiting import is_deleted_by_waiting, is_deleted_by_waiting_of
from tmpleak_lint.bounds import END_PRICE, MAX_ATOMS
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.model import Deletes, Shape
from tmpleak_lint.knowledge.table import deletes_empty_only
from tmpleak_lint.model import Span

KEPT_AND_RETURNED = "kept and returned"


@dataclass(frozen=True, slots=True)
class Leak:
    """One end on which the file stays. held_by: what kept it there although nobody deletes it ("" for
    nothing)."""

    end: End
    held_by: str = ""
    child_kept: bool = False
    beside: bool = False
    sometimes: bool = False
    failing: bool = (
        False  # what is before its deletion, in the method of its holder that does that, may raise
    )
    refilled: bool = False  # a later call of the same method puts another file in its place
    forgotten_by: str = ""  # the method that takes it out of what keeps it, and deletes nothing


class Strictly(Enum):
    """Where nothing is found, what is looked for once more as one reads who lets nothing pass: nothing; an object that
    keeps what it gives; and cleanup code or a set-up that fails itself."""

    NOT = 0
    OF_OBJECTS = 1
    OF_ALL = 2


_PATHS_OF_IT = tuple(Ref(TRACKED, role) for role in (Role.PATH, *sorted(BESIDE)))


@dataclass(slots=True)
class Verdict:
    """All that is known of one obligation of one site."""

    site: Site
    obligation: Obligation
    explorer: Explorer
    result: Result
    doubtful: bool = False  # only a strict reading finds the leaks
    leaks: list[Leak] = field(default_factory=list)
    escapes: list[End] = field(default_factory=list)
    names: list[End] = field(default_factory=list)  # nothing is made: who gets the name may do so
    in_tail: bool | None = None  # whether some deletion is the last thing that is done, once it was asked
    graph: ExplodedGraph | None = None  # once `exploded.exploded_graph` was asked for it

    def discharged(self, *kinds: str) -> list[Discharge]:
        return [h for h in self.result.discharges if h.kind in kinds]

    def ends_at_exit(self, kind: Ending, end: End, by: str = "") -> None:
        """Note that the obligation ends, or goes on to somebody else, as the body comes to its end."""
        self.result.discharges.append(Discharge(kind, self.explorer.code.exit_ok, end.item, by))


def examine(
    context: Context,
    body: Body,
    site: Site,
    obligation: Obligation,
    *,
    strictly: Strictly = Strictly.OF_ALL,
    beginnings: Beginnings | None = None,
) -> Verdict:
    """Walk for one obligation; again with what the walk before showed to matter, twice at most. `strictly`: where
    nothing is found, once more as one reads who lets nothing pass. `beginnings`: what walks for others of the body
    have in common with these."""
    if beginnings is None:
        beginnings = {}
    quiet = body.code.name in frameworks.FINALIZERS
    context.answers.spend(len(body.code.nodes) >> 5)  # each obligation has the whole body looked through
    task = Task(body, context.sites_of(body), obligation, site, Options(quiet=quiet), mode_of(body.code))
    first = _walk(context, task, site, beginnings)
    atoms = atoms_of(body.code, first.result)
    loud = _loud_finallies(context.project, body.code, first.result)
    if (first.leaks and atoms) or loud:
        first = _walk(
            context, task._replace(options=Options(quiet=quiet, loud=loud, atoms=atoms)), site, beginnings
        )
        # What is known to hold may show what is asked twice: of a property that gives one thing or the other.
        more = (
            atoms_of(body.code, first.result) - atoms
            if first.leaks and len(atoms) < MAX_ATOMS
            else frozenset()
        )
        if more:
            atoms |= more
            first = _walk(
                context, task._replace(options=Options(quiet=quiet, loud=loud, atoms=atoms)), site, beginnings
            )
    if first.leaks or obligation is not Obligation.NAME or not _is_worth_strictness(body, first, strictly):
        return first
    strict = task._replace(options=Options(loud=loud, atoms=atoms, strict=True))
    second = _walk(context, strict, site, beginnings)
    second.doubtful = bool(second.leaks)
    return second if second.leaks else first


def _is_worth_strictness(body: Body, verdict: Verdict, strictly: Strictly) -> bool:
    """Whether a strict reader may find more: where there is cleanup code with something before the deletion, a set-up,
    an `rmdir`, an owner."""
    if strictly is Strictly.NOT:
        return False
    code = body.code
    if any(
        is_on_object(slot)
        for end in verdict.escapes
        for slot in holders(verdict.explorer, end.state, body.owner)
    ) or is_cached(body.code):
        return True
    if _gives_to_unknown(verdict):
        return True
    if strictly is Strictly.OF_OBJECTS:
        return False
    if code.name in frameworks.SETUPS | frameworks.FINALIZERS:
        return True
    nodes = verdict.explorer.nodes
    for discharge in verdict.discharged("released", "managed"):
        if discharge.where == code.exit_ok:
            if discharge.detail and (body.owner is not None or _is_filled_by_it(verdict, discharge.detail)):
                return True
            continue
        if deletes_empty_only(discharge.detail):
            return True
        final = next((p for p in nodes[discharge.where].places() if p.kind == "finally"), None)
        if final is not None and any(
            isinstance(node.op, g.Call) and node.index < discharge.where and final in node.places()
            for node in nodes
        ):
            return True
    return False


def _is_filled_by_it(verdict: Verdict, name: str) -> bool:
    """Whether a name is that of a variable of the module that another call of the body fills again."""
    explorer = verdict.explorer
    return is_variable_filled_again(explorer.project, explorer.module, explorer.code.qualname, name)


def _gives_to_unknown(verdict: Verdict) -> bool:
    """Whether the file is given to a method that may be that of a container, or of something that fails."""
    explorer, code = verdict.explorer, verdict.explorer.code
    calls = _calls_of_unknown(explorer.project, explorer.module, code)
    trail = trail_of(code, verdict.site.nodes) if calls else None
    return trail is not None and any(map(trail.is_given, calls))


@question()
def _calls_of_unknown(project: Project, module: Module, code: Code) -> tuple[g.Call, ...]:
    """The calls of a body that are given something, and may be of a container's method or of another."""
    return tuple(
        node.op
        for node in code.nodes
        if isinstance(node.op, g.Call)
        and node.op.args
        and receiver_of(project, module, code, node.index) is Receiver.UNKNOWN
    )


def _walk(context: Context, task: Task, site: Site, beginnings: Beginnings) -> Verdict:
    explorer = FullExplorer(context, task)
    explorer.beginnings = beginnings
    result = explorer.run(seed_of(context, task.body))
    explorer.beginnings = None
    context.answers.spend(
        sum(END_PRICE + ((len(end.state) + len(end.state.heap.slots)) >> 2) for end in result.ends)
    )
    verdict = Verdict(site, task.obligation, explorer, result)
    for end in result.ends:
        if end.state.frame.lent and not result.lent_deleted:
            verdict.escapes.append(end)
            continue
        judge_end(context, verdict, task.body.owner, end)
    result.ends.clear()  # verdicts are kept, and a large body has thousands on which nothing stays
    return verdict


@question()
def _finallies(project: Project, code: Code) -> frozenset[Span]:
    return frozenset(p.span for node in code.nodes for p in node.places() if p.kind == "finally")


def _loud_finallies(project: Project, code: Code, result: Result) -> frozenset[Span]:
    """Finally bodies in which this file isn't deleted: what they call may raise and skip a deletion
    further on."""
    bodies = _finallies(project, code)
    if not bodies:
        return frozenset()
    deleting: set[Span] = set()
    for discharge in result.discharges:
        if discharge.kind in ("released", "managed", "missed"):
            deleting |= {p.span for p in code.nodes[discharge.where].places() if p.kind == "finally"}
    return frozenset(bodies - deleting)


# -- one end ---------------------------------------------------------------------------------------


def judge_end(context: Context, verdict: Verdict, owner: Klass | None, end: End) -> None:
    """Does this end leave the file behind, hand it over, or leave it with an owner that deletes it?"""
    explorer, state = verdict.explorer, end.state
    if is_kept_for_exit(explorer, state) or is_kept_by_closure(state) or is_waited_for(explorer, state):
        verdict.ends_at_exit("managed", end)
        return
    if state.file.stands is Stands.NAMED:
        if not end.raised and state.result in _PATHS_OF_IT:
            verdict.names.append(end)
        return
    if not end.raised and explorer.holds(state.result, state) and not is_self(state.result):
        _judge_returned(context, verdict, owner, end)
        return
    if _breaks_the_test_run(context, verdict, owner, end) or passes_keep_option(explorer, end):
        return
    held = holders(explorer, state, owner)
    if held:
        _judge_kept(context, verdict, owner, end, held)
    elif _others_have_it(verdict, end):
        verdict.escapes.append(end)
    elif name := _found_by_child(context, verdict, owner, end):
        verdict.ends_at_exit("managed", end, name)
    else:
        _judge_lost(context, verdict, end)


def _judge_returned(context: Context, verdict: Verdict, owner: Klass | None, end: End) -> None:
    """The caller gets it; somebody else may have it as well."""
    explorer, state, code = verdict.explorer, end.state, verdict.explorer.code
    strict, is_name = explorer.options.strict, verdict.obligation is Obligation.NAME
    held = holders(explorer, state, owner) or kept_as_property(code, owner, state)
    kept, name = _ask_owner(context, verdict, owner, end, held) if held else (Kept.NOBODY, "")
    to_tests = kept is Kept.NOBODY and is_name and is_fixture(code.decorators)
    if to_tests and not users_delete(context.project, explorer.module, code.name):
        verdict.leaks.append(Leak(end))  # pytest hands it to tests, and asks for nothing back
        return
    if kept is Kept.PASSED_OVER and is_name:
        verdict.leaks.append(Leak(end, held_by=name, sometimes=True))
        return
    if kept is Kept.MANAGED and (by := _forgotten_by(context, verdict, owner, end, held)):
        verdict.leaks.append(Leak(end, held_by=name, sometimes=True, forgotten_by=by))
        return
    if kept is Kept.MANAGED:
        # What deletes it knows it already: whoever gets it as well owes nothing.
        verdict.ends_at_exit("managed", end, KEPT_AND_RETURNED)
        return
    if kept is Kept.UNKNOWN:
        # Somebody out of sight has it, too: that the caller doesn't delete it says nothing.
        verdict.ends_at_exit("escaped", end, KEPT_AND_RETURNED)
    if kept in (Kept.SOMETIMES, Kept.FAILING) and strict and code.name in frameworks.ENTRIES:
        # Who has the path leaves it to the exit.
        failing = kept is Kept.FAILING
        verdict.leaks.append(Leak(end, held_by=name, sometimes=not failing, failing=failing))
        return
    if kept is Kept.NOBODY and strict and any(is_on_object(slot) for slot in held):
        # The object goes on giving it, so nobody may delete it.
        verdict.leaks.append(Leak(end, held_by=name))
    verdict.escapes.append(end)


def _judge_kept(context: Context, verdict: Verdict, owner: Klass | None, end: End, held: Lasting) -> None:
    """Something that outlives the body has it."""
    kept, name = _ask_owner(context, verdict, owner, end, held)
    if kept is Kept.MANAGED and not end.raised and _is_filled_again(verdict, owner, held):
        verdict.leaks.append(Leak(end, held_by=name, refilled=True))
    elif kept is Kept.MANAGED and (by := _forgotten_by(context, verdict, owner, end, held)):
        verdict.leaks.append(Leak(end, held_by=name, sometimes=True, forgotten_by=by))
    elif kept is Kept.MANAGED:
        verdict.ends_at_exit("managed", end, name)
    elif kept is Kept.UNKNOWN or verdict.obligation is Obligation.DESCRIPTOR:
        verdict.escapes.append(end)  # a descriptor that an object keeps is that object's business
    else:
        sometimes = kept in (Kept.SOMETIMES, Kept.PASSED_OVER)
        verdict.leaks.append(
            Leak(
                end,
                held_by=name,
                beside=kept is Kept.BESIDE,
                sometimes=sometimes,
                failing=kept is Kept.FAILING,
            )
        )


def _judge_lost(context: Context, verdict: Verdict, end: End) -> None:
    """Nobody has it, unless who has a path inside the directory finds it by that."""
    child_kept = verdict.site.shape is Shape.DIRECTORY and child_is_kept(end.state)
    if (
        child_kept
        and not end.raised
        and is_child(end.state.result)
        and _finds_by_child(context.project, verdict.explorer.module)
    ):
        verdict.escapes.append(end)
    else:
        verdict.leaks.append(Leak(end, child_kept=child_kept))


def _breaks_the_test_run(context: Context, verdict: Verdict, owner: Klass | None, end: End) -> bool:
    """Whether it is a set-up of tests that fails: the whole run is over then, unless one is strict."""
    explorer = verdict.explorer
    if not end.raised or end.state.frame.tested or explorer.options.strict:
        return False
    return explorer.mode == "fixture" or only_setups_run(
        context.project, explorer.module, explorer.code, owner
    )


def _others_have_it(verdict: Verdict, end: End) -> bool:
    """Whether a function around, or what isn't followed, has it and may delete it."""
    explorer, state = verdict.explorer, end.state
    return (
        any(explorer.holds(value, state) for value in state.heap.enclosing.values())
        or is_given_away(explorer, state)
        or (not end.raised and _lent_to_who_deletes(explorer, state))
    )


def _is_filled_again(verdict: Verdict, owner: Klass | None, held: Lasting) -> bool:
    """Whether a strict reader sees another call put another file in the place of this one."""
    explorer = verdict.explorer
    if not explorer.options.strict or verdict.obligation is not Obligation.NAME:
        return False
    if _variable_is_filled_again(verdict, held):
        return True
    return (
        owner is not None
        and all(isinstance(slot, Attribute) and slot.owner == "self" for slot in held)
        and any(
            isinstance(slot, Attribute)
            and is_filled_again(explorer.project, owner, explorer.code.name, slot.name)
            for slot in held
        )
    )


def _variable_is_filled_again(verdict: Verdict, held: Lasting) -> bool:
    """Whether a variable of the module alone has it, and another call of the body fills that again."""
    names = [slot.name for slot in held if isinstance(slot, GlobalName)]
    return len(held) == len(names) == 1 and _is_filled_by_it(verdict, names[0])


def _forgotten_by(context: Context, verdict: Verdict, owner: Klass | None, end: End, held: Lasting) -> str:
    """The method that takes what the object keeps out of it and leaves it there, as a strict reader sees it; "" for
    none."""
    explorer = verdict.explorer
    if (
        owner is None
        or end.raised
        or not explorer.options.strict
        or verdict.obligation is not Obligation.NAME
    ):
        return ""
    if not all(is_on_own(slot) for slot in held) or _read_and_deleted(explorer, held):
        return ""
    start = _left_behind(context, verdict, owner, end, held)
    owned = Owned(owner, Snapshot(start), verdict.obligation, explorer.code.name)
    return forgetting_method(context, owned, explorer.holds(end.state.result, end.state))


def _lent_to_who_deletes(explorer: Explorer, state: State) -> bool:
    """Whether an object that isn't followed has the file under an attribute that another function deletes."""
    return any(
        isinstance(slot.owner, v.Sym | v.Member | v.Global | v.Dotted)
        and explorer.holds(value, state)
        and deleted_elsewhere(explorer, slot.name)
        for slot, value in state.attributes()
    )


def _read_and_deleted(explorer: Explorer, held: Lasting) -> bool:
    """Whether another function of the module deletes what some other object has under such an attribute:
    `rmtree(self.profile.folder)`."""
    return any(
        isinstance(slot, Attribute) and deleted_elsewhere(explorer, slot.name, of_another=True)
        for slot in held
    )


def is_self(value: object) -> bool:
    """`return self` hands nothing over that the object didn't hold anyway."""
    return isinstance(value, Inst) and value.ident == "self"


@question(lambda module: False)
def _finds_by_child(project: Project, module: Module) -> bool:
    """Whether something in a module deletes the directory that a path lies in: `rmtree(os.path.dirname(path))`."""
    by_call = project.knowledge.deleting
    by_method = "|".join(sorted(map(re.escape, project.knowledge.method_tails(Deletes))))
    found = re.search(
        rf"\b(?:{by_call})\(\s*(?:str\(\s*)?(?:(?:[\w.]+\.)?dirname\(|[\w.\[\]]+\.parent\b)|\.parent\.(?:{by_method})\(",
        module.source.text,
    )
    return found is not None


def _found_by_child(context: Context, verdict: Verdict, owner: Klass | None, end: End) -> str:
    """The attribute by whose path inside the directory the object finds that, and deletes it; "" for none."""
    held = paths_inside(end.state) if owner is not None else {}
    if not held or verdict.site.shape is not Shape.DIRECTORY:
        return ""
    kept, name = _ask_owner(context, verdict, owner, end, held)
    return name if kept is Kept.MANAGED else ""


def _ask_owner(
    context: Context, verdict: Verdict, owner: Klass | None, end: End, held: Lasting
) -> tuple[Kept, str]:
    """Whether who holds the file when the body has ended deletes it."""
    name = next((name_of_holder(slot) for slot in held), "")
    elsewhere = {slot: it for slot in held if (it := variable_elsewhere(verdict.explorer, slot)) is not None}
    start = _left_behind(context, verdict, owner, end, held)
    for each, variable in elsewhere.items():
        there = seed({GlobalName(variable.name): held[each]}, start.file)
        other = context.project.module(variable.module)
        if who_deletes_global(context, other, there, verdict.obligation) is Kept.MANAGED:
            return Kept.MANAGED, name
    if elsewhere and len(elsewhere) == len(held):
        return Kept.NOBODY, name
    on_object = any(isinstance(slot, Attribute) or isinstance(slot[0], v.Member) for slot in held)
    if on_object and all(is_of_another(slot) for slot in held):
        return Kept.UNKNOWN, name
    of_variable = on_object and all(is_of_variable(slot) for slot in held)
    if on_object and owner is not None and not of_variable:
        owned = Owned(owner, Snapshot(start), verdict.obligation, verdict.explorer.code.name)
        kept, is_let_go = _ask_object(context, verdict, owned, end, held)
        return kept, "" if is_let_go else name
    if on_object and not of_variable:
        # A body that empties a class's registry itself, on another way, doesn't leave that to anybody else.
        emptied_here = bool(verdict.discharged("released")) and any(
            isinstance(slot[0], v.Member) and isinstance(slot[0].base, Klass) for slot in held
        )
        return Kept.NOBODY if emptied_here else Kept.UNKNOWN, "" if emptied_here else name
    creating = verdict.explorer.code.name
    found = {
        who_deletes_global(context, module, start, verdict.obligation, creating)
        for module in modules_holding(context.project, verdict.explorer.module, held)
    }
    if Kept.MANAGED not in found and is_deleted_by_waiting_of(
        context, verdict.explorer.task.body, start, verdict.obligation
    ):
        return Kept.MANAGED, name
    # What an object of a module has, its class may delete, wherever that is.
    nobody = Kept.UNKNOWN if of_variable else Kept.NOBODY
    return next((kept for kept in (Kept.MANAGED, Kept.SOMETIMES) if kept in found), nobody), name


def _left_behind(context: Context, verdict: Verdict, owner: Klass | None, end: End, held: Lasting) -> State:
    """What who deletes it later finds: what holds it, and the flags that were set beside it, which tell the deleting
    method what to do."""
    creating, known = verdict.explorer.code.name, dict(held)
    for slot, value in end.state.attributes():
        if (
            slot.owner == "self"
            and isinstance(value, v.Const)
            and not (owner is not None and sets_attribute(context.project, owner, slot.name, creating))
        ):
            known.setdefault(slot, value)
    known |= {slot: value for slot, value in paths_inside(end.state).items() if slot not in known}
    start = seed(known, Typestate(Stands.LIVE, end.state.file.parents, managed=end.state.file.managed))
    if captured := captured_by(held.values(), end.state):
        start.changing().enclosing.update(captured)
    return start


def _ask_object(
    context: Context, verdict: Verdict, owned: Owned, end: End, held: Lasting
) -> tuple[Kept, bool]:
    """Whether the object deletes what it holds; and whether nobody has the object, who could have it do so."""
    explorer, owner, creating = verdict.explorer, owned.klass, owned.creating
    strict = explorer.options.strict
    unowned = end.raised and (
        creating in frameworks.UNOWNED_WHEN_RAISING
        or only_constructors_call(context.project, explorer.module, owner, creating)
        or (strict and creating in frameworks.SETUPS and is_unittest(context.project, owner))
    )
    kept = who_deletes(context, owned, unowned, strict)
    heirs = heirs_alone(context.project, owner, creating) if kept is Kept.NOBODY and not unowned else []
    if heirs and all(
        who_deletes(context, owned._replace(klass=each), unowned, strict) is Kept.MANAGED for each in heirs
    ):
        return Kept.MANAGED, False  # only they have objects
    if unowned and kept is Kept.MANAGED:
        made = frozenset(slot.name for slot, _ in end.state.attributes() if slot.owner == "self")
        if trips_over_unset(context.project, owner, creating, made):
            return Kept.NOBODY, True
    if unowned and kept is Kept.NOBODY:
        # Where its methods would delete it if somebody had it, it isn't the object that is told of.
        return Kept.NOBODY, who_deletes(context, owned, False, False) is not Kept.NOBODY
    if not unowned and kept is Kept.UNKNOWN and verdict.discharged("released"):
        kept = Kept.NOBODY  # a body that deletes it itself, on another way, doesn't leave that to a base
    if not unowned and kept is Kept.NOBODY and is_deleted_by_waiting(context, owned):
        return Kept.MANAGED, False
    if not unowned and kept is Kept.NOBODY and _read_and_deleted(explorer, held):
        return Kept.UNKNOWN, False
    return kept, False
