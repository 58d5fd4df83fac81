"""From walks to leaks: which ends of a body really leave the file behind, and what is handed to the caller.

Comes in: a body and its sites. Goes out: a `Study`: for every obligation its leaking ends with the walk they
were found on, and the files that the body hands over to whoever calls it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import (
    Attribute,
    Contents,
    GlobalName,
    Slot,
    Snapshot,
    Stands,
    State,
    Stored,
    Typestate,
    seed,
)
from tmpleak_lint.analysis.domain.values import TRACKED, Inst, Klass, Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import Discharge, End, Explorer, Result
from tmpleak_lint.analysis.explore.trace import ExplodedGraph
from tmpleak_lint.analysis.queries.answers import OverBudget, question
from tmpleak_lint.analysis.queries.context import Context
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.records import Body, Options, Task
from tmpleak_lint.analysis.queries.sites import Handed, Obligation, Site
from tmpleak_lint.analysis.queries.summaries import mode_of
from tmpleak_lint.analysis.semantics.attributes import deleted_elsewhere
from tmpleak_lint.analysis.semantics.holding import held_in
from tmpleak_lint.analysis.semantics.keep import passes_keep_option
from tmpleak_lint.analysis.semantics.seeds import seed_of
from tmpleak_lint.analysis.semantics.table import FullExplorer
from tmpleak_lint.analysis.verdict.owners import (
    Kept,
    Owned,
    sets_attribute,
    trips_over_unset,
    who_deletes,
    who_deletes_global,
)
from tmpleak_lint.bounds import END_PRICE, MAX_ATOMS, MAX_HANDED
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code, Kind
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.model import Deletes, Shape
from tmpleak_lint.model import Event, Span, Step

KEPT_AND_RETURNED = "kept and returned"
_FIXTURES = frozenset(d.rpartition(".")[2] for d in frameworks.FIXTURE_DECORATORS)
_CALLED = re.compile(r"(?<!\bdef )\b(\w+)\(")
Lasting = dict[Slot, Stored]  # parts of a state that outlive the body


@dataclass(frozen=True, slots=True)
class Leak:
    """One end on which the file stays. held_by: what kept it there although nobody deletes it ("" for
    nothing)."""

    end: End
    held_by: str = ""
    child_kept: bool = False
    beside: bool = False
    sometimes: bool = False


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
    in_tail: bool | None = None  # whether some deletion is the last thing that is done, once it was asked
    graph: ExplodedGraph | None = None  # once `exploded.exploded_graph` was asked for it

    def discharged(self, *kinds: str) -> list[Discharge]:
        return [h for h in self.result.discharges if h.kind in kinds]


@dataclass(slots=True)
class Study:
    """A body's obligations, and what it hands to its callers or lends to a with block."""

    module: Module
    code: Code
    owner: Klass | None
    verdicts: list[Verdict] = field(default_factory=list)
    handed: tuple[Handed, ...] = ()
    lent: tuple[Value, ...] = ()
    left_out: int = 0  # obligations that are not judged, for the body's are too many
    limit: int = 0  # of steps, that is why
    price: int = 0

    @property
    def body(self) -> Body:
        return Body(self.module, self.code, self.owner)


def _not_yet(module: Module, code: Code, owner: Klass | None) -> Study:
    """What is known of a body while it is being judged: nothing that it hands over."""
    return Study(module, code, owner)


@question(
    _not_yet, seen=lambda found: (tuple(each.unwitnessed for each in found.handed), found.lent), is_apart=True
)
def study(context: Context, module: Module, code: Code, owner: Klass | None) -> Study:
    """Judge every obligation of a body, as many as its budget allows."""
    found = Study(module, code, owner)
    sites = context.sites_of(module, code, owner)
    handed: list[Handed] = []
    lent: list[Value] = []
    due: list[tuple[Site, Obligation]] = []
    for site in sites:
        if site.owned or mode_of(code) == "manager":
            due.append((site, Obligation.NAME))
        if _opens_descriptor(site):
            due.append((site, Obligation.DESCRIPTOR))
    for done, (site, obligation) in enumerate(due):
        if not site.owned and obligation is Obligation.NAME:
            lent.append(Ref(v.MANAGED, Role.PATH))
            continue
        try:
            verdict = examine(context, found.body, sites, site, obligation)
        except OverBudget:
            found.left_out, found.limit = len(due) - done, context.answers.limit
            break
        found.verdicts.append(verdict)
        if obligation is Obligation.NAME:
            handed += _handed_over(module, code, verdict)
            if not verdict.leaks or verdict.doubtful:
                lent += [_settled_lent(value) for value in verdict.result.lent]
    first: dict[Handed, Handed] = {}
    for each in handed:
        first.setdefault(each.unwitnessed, each)
    found.handed = tuple(first.values())[:MAX_HANDED]
    found.lent = tuple(lent)
    found.price = context.answers.spent
    return found


def _opens_descriptor(site: Site) -> bool:
    return site.shape is Shape.FD_AND_PATH and (site.handed is None or _has_descriptor(site.handed.value))


def _has_descriptor(value: Value) -> bool:
    if isinstance(value, v.Seq):
        return any(_has_descriptor(i) for i in value.items)
    return isinstance(value, Ref) and value.role is Role.FD


def _settled_lent(value: Value) -> Value:
    return Ref(v.MANAGED, value.role) if isinstance(value, Ref) else value


def examine(
    context: Context,
    body: Body,
    sites: tuple[Site, ...],
    site: Site,
    obligation: Obligation,
    *,
    strictly: bool = True,
) -> Verdict:
    """Walk for one obligation; a second time with what the first walk showed to matter. `strictly`: where nothing is
    found, once more as one reads who lets nothing pass."""
    quiet = body.code.name in frameworks.FINALIZERS
    context.answers.spend(len(body.code.nodes) >> 2)  # each obligation has the whole body looked through
    task = Task(body, sites, obligation, site, Options(quiet=quiet), mode_of(body.code))
    first = _walk(context, task, site)
    atoms = atoms_of(first.result)
    loud = _loud_finallies(context.project, body.code, first.result)
    if (first.leaks and atoms) or loud:
        first = _walk(context, task._replace(options=Options(quiet=quiet, loud=loud, atoms=atoms)), site)
    if (
        first.leaks
        or not strictly
        or obligation is not Obligation.NAME
        or not _is_worth_strictness(body, first)
    ):
        return first
    strict = task._replace(options=Options(loud=loud, atoms=atoms, strict=True))
    second = _walk(context, strict, site)
    second.doubtful = bool(second.leaks)
    return second if second.leaks else first


def _is_worth_strictness(body: Body, verdict: Verdict) -> bool:
    """Whether a strict reader may find more: where there is cleanup code with something before the deletion, a set-up,
    an `rmdir`, an owner."""
    code = body.code
    if code.name in frameworks.SETUPS | frameworks.FINALIZERS:
        return True
    nodes = verdict.explorer.nodes
    if body.owner is not None and any(
        _is_on_object(slot)
        for end in verdict.escapes
        for slot in holders(verdict.explorer, end.state, body.owner)
    ):
        return True
    for discharge in verdict.discharged("released", "managed"):
        if discharge.where == code.exit_ok:
            if body.owner is not None and discharge.detail:
                return True
            continue
        if discharge.detail.endswith("rmdir"):
            return True
        final = next((p for p in nodes[discharge.where].places() if p.kind == "finally"), None)
        if final is not None and any(
            isinstance(node.op, g.Call) and node.index < discharge.where and final in node.places()
            for node in nodes
        ):
            return True
    return False


def _walk(context: Context, task: Task, site: Site) -> Verdict:
    explorer = FullExplorer(context, task)
    result = explorer.run(seed_of(context, *task.body))
    context.answers.spend(sum(END_PRICE + (len(end.state.heap.slots) >> 2) for end in result.ends))
    verdict = Verdict(site, task.obligation, explorer, result)
    for end in result.ends:
        if end.state.frame.lent and not result.lent_deleted:
            verdict.escapes.append(end)
            continue
        judge_end(context, verdict, task.body.owner, end)
    return verdict


def atoms_of(result: Result) -> frozenset[Value]:
    """Conditions that are tested in two places: only they can correlate."""
    twice = [
        value
        for value, spans in result.tested.items()
        if len(spans) > 1 and not _asks_for_another_file(value)
    ]
    return frozenset(sorted(twice, key=repr)[:MAX_ATOMS])


def _asks_for_another_file(condition: Value) -> bool:
    """Whether a condition asks whether another file of the body exists."""
    match condition:
        case v.Sym(key=("exists", Ref(obj=obj), *_)):
            return obj > 0
    return False


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
    explorer, state, code = verdict.explorer, end.state, verdict.explorer.code
    if state.file.stands is Stands.NAMED:
        return  # the file was never made
    if not end.raised and explorer.holds(state.result, state) and not _is_self(state.result):
        held = holders(explorer, state, owner)
        kept, name = _ask_owner(context, verdict, owner, end, held) if held else (Kept.NOBODY, "")
        if (
            kept is Kept.NOBODY
            and verdict.obligation is Obligation.NAME
            and is_fixture(code)
            and not _users_delete(context.project, explorer.module, code.name)
        ):
            verdict.leaks.append(Leak(end))  # pytest hands it to tests, and asks for nothing back
            return
        if kept is Kept.PASSED_OVER and verdict.obligation is Obligation.NAME:
            verdict.leaks.append(Leak(end, held_by=name, sometimes=True))
            return
        if kept is Kept.MANAGED:
            # What deletes it knows it already: whoever gets it as well owes nothing.
            discharge = Discharge("managed", code.exit_ok, end.item, KEPT_AND_RETURNED)
            verdict.result.discharges.append(discharge)
            return
        if kept is Kept.UNKNOWN:
            # Somebody out of sight has it, too: that the caller doesn't delete it says nothing.
            verdict.result.discharges.append(Discharge("escaped", code.exit_ok, end.item, KEPT_AND_RETURNED))
        if kept is Kept.NOBODY and explorer.options.strict and any(_is_on_object(slot) for slot in held):
            verdict.leaks.append(
                Leak(end, held_by=name)
            )  # the object goes on giving it, so nobody may delete it
        verdict.escapes.append(end)
        return
    if (
        end.raised
        and not state.frame.tested
        and not explorer.options.strict
        and (explorer.mode == "fixture" or only_setups_run(context.project, explorer.module, code, owner))
    ):
        return  # a set-up that fails breaks the whole test run
    if passes_keep_option(explorer, end):
        return
    held = holders(explorer, state, owner)
    if held:
        kept, name = _ask_owner(context, verdict, owner, end, held)
        if kept is Kept.MANAGED:
            verdict.result.discharges.append(Discharge("managed", code.exit_ok, end.item, name))
            return
        if kept is Kept.UNKNOWN:
            verdict.escapes.append(end)
            return
        if verdict.obligation is Obligation.DESCRIPTOR:
            verdict.escapes.append(end)  # a descriptor that an object keeps is that object's business
            return
        verdict.leaks.append(
            Leak(
                end,
                held_by=name,
                beside=kept is Kept.BESIDE,
                sometimes=kept in (Kept.SOMETIMES, Kept.PASSED_OVER),
            )
        )
        return
    if any(explorer.holds(value, state) for value in state.heap.enclosing.values()):
        verdict.escapes.append(end)
        return
    if not end.raised and _lent_to_who_deletes(explorer, state):
        verdict.escapes.append(end)
        return
    child_kept = verdict.site.shape is Shape.DIRECTORY and _child_is_kept(state)
    verdict.leaks.append(Leak(end, child_kept=child_kept))


def _is_on_object(slot: Slot) -> bool:
    """Whether an attribute of the object itself holds it, or a container that is one."""
    match slot:
        case Attribute(owner="self") | Contents(container=v.Member(base=Inst(ident="self"))):
            return True
    return False


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


def is_fixture(code: Code) -> bool:
    """Whether pytest calls this for the tests that name it."""
    return bool({d.rpartition(".")[2] for d in code.decorators} & _FIXTURES)


@question(lambda module, name: False)
def _users_delete(project: Project, module: Module, name: str) -> bool:
    """Whether something of the module that asks for a fixture is in the business of deleting."""
    asked = re.compile(rf"\bdef\s+\w+\s*\([^)]*\b{re.escape(name)}\b")
    lines, deleting = module.source.lines, (*project.knowledge.tails(Deletes), "clean")
    for known in module.source.skeleton.defs.values():
        text = "\n".join(lines[known.first_row - 1 : known.last_row])
        if asked.search(text) and any(word in text for word in deleting):
            return True
    return False


def _is_self(value: object) -> bool:
    """`return self` hands nothing over that the object didn't hold anyway."""
    return isinstance(value, Inst) and value.ident == "self"


def only_setups_run(project: Project, module: Module, code: Code, owner: Klass | None) -> bool:
    """Whether a body is a test's set-up, or a helper that only set-ups of its module call."""
    if code.name in frameworks.SETUPS:
        return True
    return _only_setups_call(project, module, code.name)


@question(lambda module, name: False)
def _only_setups_call(project: Project, module: Module, name: str) -> bool:
    calling = _callers(project, module).get(name, ())
    return bool(calling) and all(name in frameworks.SETUPS for name in calling)


@question()
def _callers(project: Project, module: Module) -> dict[str, list[str]]:
    """For each name that something of is called by in the module: the names of its functions and methods in whose text
    that is."""
    found: dict[str, list[str]] = {}
    for known in module.source.skeleton.defs.values():
        text = "\n".join(module.source.lines[known.first_row - 1 : known.last_row])
        for name in dict.fromkeys(_CALLED.findall(text)):
            found.setdefault(name, []).append(known.name)
    return found


def _child_is_kept(state: State) -> bool:
    """Whether a path inside the directory outlives the body while the directory's own name doesn't."""
    return _is_child(state.result) or any(_is_child(stored) for stored in state.heap.slots.values())


def _is_child(value: object) -> bool:
    if isinstance(value, v.Seq):
        return any(_is_child(i) for i in value.items)
    return isinstance(value, Ref) and value.obj == TRACKED and value.role is Role.CHILD


def holders(explorer: Explorer, state: State, owner: Klass | None) -> Lasting:
    """The parts of the state that outlive the body and hold the file: attributes, registries, module
    variables."""
    found: Lasting = {}
    if explorer.code.kind in (Kind.MODULE, Kind.CLASS):
        for name, value in state.items():
            slot = _lasting_name(explorer.code, owner, name)
            if slot is not None and held_in(explorer, value, state):
                found[slot] = value
    for slot, stored in state.heap.slots.items():
        if _lasts(slot) and held_in(explorer, stored, state):
            found[slot] = stored
    # What those parts refer to comes along.
    for slot, stored in state.heap.slots.items() if found else ():
        if slot not in found and _reaches(found.values(), slot):
            found[slot] = stored
    return found


def _lasts(slot: Slot) -> bool:
    """Whether a slot is there still once the body has ended."""
    match slot:
        case Attribute(owner="self" | Klass()) | GlobalName():
            return True
        case Contents(container=v.Global() | v.Member()):
            return True
    return False


def _lasting_name(code: Code, owner: Klass | None, name: str | int) -> Slot | None:
    """The slot in which what a name holds is found once the body has ended, None when it is gone."""
    if type(name) is not str:
        return None
    if code.kind is Kind.MODULE and "@" not in name:
        return GlobalName(name)
    if code.kind is Kind.CLASS and owner is not None:
        return Attribute(owner, name)
    return None


def _reaches(values: Iterable[object], slot: Slot) -> bool:
    for value in values:
        if isinstance(value, v.Box | v.Object) and slot == Contents(value):
            return True
        if isinstance(value, Inst) and isinstance(slot, Attribute) and slot.owner == value.ident:
            return True
    return False


def _ask_owner(
    context: Context, verdict: Verdict, owner: Klass | None, end: End, held: Lasting
) -> tuple[Kept, str]:
    """Whether who holds the file when the body has ended deletes it."""
    code = verdict.explorer.code
    known = dict(held)
    for slot, value in end.state.attributes():
        # Flags that were set beside the file tell the deleting method what to do.
        if (
            slot.owner == "self"
            and isinstance(value, v.Const)
            and not (owner is not None and sets_attribute(context.project, owner, slot.name, code.name))
        ):
            known.setdefault(slot, value)
    start = seed(known, Typestate(Stands.LIVE, end.state.file.parents, managed=end.state.file.managed))
    name = next((_holder_name(slot) for slot in held), "")
    on_object = any(isinstance(slot, Attribute) or isinstance(slot[0], v.Member) for slot in held)
    if on_object and all(_is_of_another(slot) for slot in held):
        return Kept.UNKNOWN, name
    if on_object and owner is not None:
        strict = verdict.explorer.options.strict
        unowned = end.raised and (
            code.name in frameworks.UNOWNED_WHEN_RAISING
            or _only_constructors_call(context.project, verdict.explorer.module, owner, code.name)
            or (strict and code.name in frameworks.SETUPS and _is_unittest(context.project, owner))
        )
        owned = Owned(owner, Snapshot(start), verdict.obligation, code.name)
        kept = who_deletes(context, owned, unowned, strict)
        if unowned and kept is Kept.MANAGED:
            made = frozenset(slot.name for slot, _ in end.state.attributes() if slot.owner == "self")
            if trips_over_unset(context.project, owner, code.name, made):
                return Kept.NOBODY, ""
        if not unowned and kept is Kept.NOBODY and _read_and_deleted(verdict.explorer, held):
            return Kept.UNKNOWN, name
        if unowned and kept is Kept.NOBODY:
            if who_deletes(context, owned, False, False) is Kept.UNKNOWN:
                return Kept.NOBODY, ""
            return Kept.NOBODY, "" if _somebody_deletes(context, owner, start, verdict, code) else name
        return kept, name
    if on_object:
        # A body that empties a class's registry itself, on another way, doesn't leave that to anybody else.
        emptied_here = bool(verdict.discharged("released")) and any(
            isinstance(slot[0], v.Member) and isinstance(slot[0].base, Klass) for slot in held
        )
        return Kept.NOBODY if emptied_here else Kept.UNKNOWN, "" if emptied_here else name
    found = {
        who_deletes_global(context, module, start, verdict.obligation)
        for module in _modules_of(context.project, verdict.explorer.module, held)
    }
    return next((kept for kept in (Kept.MANAGED, Kept.SOMETIMES) if kept in found), Kept.NOBODY), name


def _is_unittest(project: Project, klass: Klass) -> bool:
    """Whether a class is a unittest case: a set-up that fails there is followed by no tearDown."""
    tails = {base.rpartition(".")[2] for base in project.bases(klass)[1]}
    return bool(tails & {base.rpartition(".")[2] for base in frameworks.TEST_BASES})


@question(lambda module, owner, name: False)
def _only_constructors_call(project: Project, module: Module, owner: Klass, name: str) -> bool:
    """Whether a method runs only while its object is being made: then nobody has the object yet when it fails."""
    if name.startswith("__") or name in frameworks.SETUPS:
        return False
    calling = _callers(project, module).get(name, ())
    return bool(calling) and all(each in frameworks.UNOWNED_WHEN_RAISING for each in calling)


def _modules_of(project: Project, module: Module, held: Lasting) -> list[Module]:
    """The modules whose variables hold the file: the body's own, and those whose registries it was put into."""
    others = {slot[0].module for slot in held if isinstance(slot[0], v.Global)} - {module.key}
    return [module, *(project.module(key) for key in sorted(others))]


def _is_of_another(slot: Slot) -> bool:
    """Whether this is a registry of an object other than `self`."""
    base = slot[0].base if isinstance(slot[0], v.Member) else None
    return isinstance(base, Inst) and base.ident != "self"


def _somebody_deletes(context: Context, owner: Klass, start: State, verdict: Verdict, code: Code) -> bool:
    owned = Owned(owner, Snapshot(start), verdict.obligation, code.name)
    return who_deletes(context, owned, False, False) is not Kept.NOBODY


def _holder_name(slot: Slot) -> str:
    """What held the file, as it reads in the source."""
    match slot:
        case Attribute(name=name) | Contents(container=v.Member(attr=name)):
            return f"self.{name}"
        case GlobalName(name=name) | Contents(container=v.Global(name=name)):
            return name
    return ""


# -- handing over ----------------------------------------------------------------------------------


def _handed_over(module: Module, code: Code, verdict: Verdict) -> list[Handed]:
    """What the caller gets when the body returns the file, one entry a shape."""
    site = verdict.site
    found: dict[object, Handed] = {}
    explorer = verdict.explorer
    if site.passed:
        return []  # what a caller passes makes it: that call is told apart from others
    for end in verdict.escapes:
        value = end.state.result
        if value is None or end.raised or not explorer.holds(value, end.state) or _is_self(value):
            continue
        heap = tuple(
            (slot, held)
            for slot, held in end.state.heap.slots.items()
            if _reaches([value], slot) or held_in(explorer, held, end.state)
        )
        step = Step(
            module.filename, site.span, Event.CREATED, f"{site.creator}() makes it in {code.qualname}()"
        )
        created = (step,) if site.handed is None else (*site.handed.created,)
        sometimes = bool(verdict.discharged("managed"))
        if any(h.detail == KEPT_AND_RETURNED for h in verdict.discharged("managed", "escaped")):
            continue  # the helper keeps a list of what it gives, which something empties: the caller can't tell
        handed = Handed(
            value, heap, created, site.shape, site.creator, sometimes, code.is_async,
            inside=_parameter(end.state.file.inside),
        )  # fmt: skip
        found.setdefault(repr((value, heap)), handed)
    return list(found.values())[:1]


def _parameter(place: object) -> str:
    """The name of the parameter that a directory came as, "" where it is anything else."""
    key = place.key if isinstance(place, v.Sym) else None
    return str(key[-1]) if isinstance(key, tuple) and key[0] == "param" else ""
