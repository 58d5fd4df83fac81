"""From walks to leaks: which ends of a body really leave the file behind, and what is handed to the caller.

Comes in: a body and its sites. Goes out: a `Study`: for every obligation its leaking ends with the walk they were
found on, and the files that the body hands over to whoever calls it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import NO_EDGE, Code, Kind, Place
from tmpleak_lint.knowledge import frameworks, releases
from tmpleak_lint.knowledge.creators import Shape
from tmpleak_lint.model import Event, Span, Step
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.calls import mode_of
from tmpleak_lint.ownership.managers import FullWalker
from tmpleak_lint.ownership.owners import Kept, sites_of, who_deletes, who_deletes_global
from tmpleak_lint.ownership.project import Module, Project
from tmpleak_lint.ownership.sites import Handed, Obligation, Site
from tmpleak_lint.ownership.values import TRACKED, Inst, Klass, Ref, Role, Value
from tmpleak_lint.ownership.walk import RESULT, End, Happening, Options, Result, State, Walker

MAX_ATOMS = 8
_WORDS = re.compile(r"[a-z]+|[A-Z][a-z]*|[A-Z]+(?![a-z])")


@dataclass(frozen=True, slots=True)
class Leak:
    """One end on which the file stays. held_by: what kept it there although nobody deletes it ("" for nothing)."""

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
    walker: Walker
    result: Result
    leaks: list[Leak] = field(default_factory=list)
    escapes: list[End] = field(default_factory=list)

    def happened(self, *kinds: str) -> list[Happening]:
        return [h for h in self.result.happenings if h.kind in kinds]


@dataclass(slots=True)
class Study:
    """A body's obligations, and what it hands to its callers or lends to a with block."""

    module: Module
    code: Code
    owner: Klass | None
    verdicts: list[Verdict] = field(default_factory=list)
    handed: tuple[Handed, ...] = ()
    lent: tuple[Value, ...] = ()


def walker_class() -> type[FullWalker]:
    return FullWalker


def seed_of(project: Project, module: Module, code: Code, owner: Klass | None) -> State:
    """The state a body starts in: its parameters as unknowns, `self` as an instance, a test's own directories."""
    state: State = {}
    from tmpleak_lint.ownership.owners import fixture_value

    for position, param in enumerate(code.params):
        value: Value = v.Sym(("param", code.qualname, param.name))
        if position == 0 and owner is not None and "staticmethod" not in code.decorators and param.kind == "pos":
            value = owner if "classmethod" in code.decorators or param.name in ("cls", "mcs") else Inst(owner, "self")
        elif param.name in frameworks.MANAGED_PARAMETERS:
            value = Ref(v.MANAGED, Role.PATH)
        elif param.default_name:
            found = project.resolve_text(module, param.default_name)
            if isinstance(found, v.Dotted) and project.knowledge.deleted_position(found.name) is not None:
                value = found
        else:
            value = fixture_value(project, module, code, param.name) or value
        state[param.name] = value
    return state


def study(project: Project, module: Module, code: Code, owner: Klass | None) -> Study:
    """Judge every obligation of a body, once."""
    key = ("study", code, owner)
    if key in project.memo:
        return project.memo[key]  # type: ignore[return-value]
    found = Study(module, code, owner)
    project.memo[key] = found  # a recursive call hands nothing over
    sites = sites_of(project, module, code, owner)
    handed: list[Handed] = []
    lent: list[Value] = []
    for site in sites:
        if site.owned:
            verdict = examine(project, module, code, owner, sites, site, Obligation.NAME)
            found.verdicts.append(verdict)
            handed += _handed_over(module, code, verdict)
            if not verdict.leaks:
                lent += [_settled_lent(value) for value in verdict.result.lent]
        elif mode_of(code) == "manager":
            lent.append(Ref(v.MANAGED, Role.PATH))
        if site.shape is Shape.FD_AND_PATH and (site.handed is None or _has_descriptor(site.handed.value)):
            found.verdicts.append(examine(project, module, code, owner, sites, site, Obligation.DESCRIPTOR))
    found.handed = tuple(handed)
    found.lent = tuple(lent)
    return found


def _has_descriptor(value: Value) -> bool:
    if isinstance(value, v.Seq):
        return any(_has_descriptor(i) for i in value.items)
    return isinstance(value, Ref) and value.role is Role.FD


def _settled_lent(value: Value) -> Value:
    return Ref(v.MANAGED, value.role) if isinstance(value, Ref) else value


def examine(
    project: Project,
    module: Module,
    code: Code,
    owner: Klass | None,
    sites: tuple[Site, ...],
    site: Site,
    obligation: Obligation,
) -> Verdict:
    """Walk for one obligation; a second time with what the first walk showed to matter."""
    quiet = code.name in frameworks.FINALIZERS
    first = _walk(project, module, code, owner, sites, site, obligation, Options(quiet=quiet))
    atoms = _atoms(first.result)
    loud = _loud_finallies(code, first.result)
    if (first.leaks and atoms) or loud:
        options = Options(quiet=quiet, loud=loud, atoms=atoms)
        return _walk(project, module, code, owner, sites, site, obligation, options)
    return first


def _walk(
    project: Project,
    module: Module,
    code: Code,
    owner: Klass | None,
    sites: tuple[Site, ...],
    site: Site,
    obligation: Obligation,
    options: Options,
) -> Verdict:
    walker = FullWalker(
        project, module, code, sites, tracked=site, obligation=obligation, options=options, mode=mode_of(code)
    )
    result = walker.run(seed_of(project, module, code, owner))
    verdict = Verdict(site, obligation, walker, result)
    for end in result.ends:
        if "$lent" in end.state and not result.lent_deleted:
            verdict.escapes.append(end)
            continue
        _judge_end(project, verdict, owner, end)
    return verdict


def _atoms(result: Result) -> frozenset[Value]:
    """Conditions that are tested in two places: only they can correlate."""
    twice = [value for value, spans in result.tested.items() if len(spans) > 1]
    return frozenset(sorted(twice, key=repr)[:MAX_ATOMS])


def _loud_finallies(code: Code, result: Result) -> frozenset[Span]:
    """Finally bodies in which this file isn't deleted: what they call may raise and skip a deletion further on."""
    bodies = {p.span for node in code.nodes for p in _places(node.place) if p.kind == "finally"}
    if not bodies:
        return frozenset()
    deleting: set[Span] = set()
    for happening in result.happenings:
        if happening.kind in ("released", "missed"):
            deleting |= {p.span for p in _places(code.nodes[happening.where].place) if p.kind == "finally"}
    return frozenset(bodies - deleting)


def _places(place: Place | None) -> list[Place]:
    found = []
    while place is not None:
        found.append(place)
        place = place.outer
    return found


# -- one end ---------------------------------------------------------------------------------------


def _judge_end(project: Project, verdict: Verdict, owner: Klass | None, end: End) -> None:
    """Does this end leave the file behind, hand it over, or leave it with an owner that deletes it?"""
    walker, state, code = verdict.walker, end.state, verdict.walker.code
    if state.get("$t") == "named":
        return  # the file was never made
    if not end.raised and walker.holds(state.get(RESULT), state) and not _is_self(state.get(RESULT)):
        verdict.escapes.append(end)
        return
    if end.raised and (walker.mode == "fixture" or only_setups_run(project, walker.module, code, owner)):
        return  # a set-up that fails breaks the whole test run
    if passes_keep_option(walker, end):
        return
    held = _holders(walker, state, owner)
    if held:
        kept, name = _ask_owner(project, verdict, owner, end, held)
        if kept is Kept.MANAGED:
            verdict.result.happenings.append(Happening("managed", code.exit_ok, end.item, name))
            return
        if kept is Kept.UNKNOWN:
            verdict.escapes.append(end)
            return
        if verdict.obligation is Obligation.DESCRIPTOR:
            verdict.escapes.append(end)  # a descriptor that an object keeps is that object's business
            return
        verdict.leaks.append(
            Leak(end, held_by=name, beside=kept is Kept.BESIDE, sometimes=kept is Kept.SOMETIMES)
        )
        return
    if any(type(k) is tuple and k[0] == "^" and walker.holds(x, state) for k, x in state.items()):
        verdict.escapes.append(end)
        return
    verdict.leaks.append(Leak(end, child_kept=_child_is_kept(state)))


def _is_self(value: object) -> bool:
    """`return self` hands nothing over that the object didn't hold anyway."""
    return isinstance(value, Inst) and value.ident == "self"


def only_setups_run(project: Project, module: Module, code: Code, owner: Klass | None) -> bool:
    """Whether a body is a test's set-up, or a helper that only set-ups of its module call."""
    if code.name in frameworks.SETUPS:
        return True
    key = ("only setups", code)
    if key not in project.memo:
        called = re.compile(rf"\b{re.escape(code.name)}\(")
        calling: list[str] = []
        for known in module.source.skeleton.defs.values():
            text = "\n".join(module.source.lines[known.first_row - 1 : known.last_row])
            text = re.sub(rf"\bdef {re.escape(code.name)}\(", "", text)
            if called.search(text):
                calling.append(known.name)
        project.memo[key] = bool(calling) and all(name in frameworks.SETUPS for name in calling)
    return bool(project.memo[key])


def _child_is_kept(state: State) -> bool:
    """Whether a path inside the directory outlives the body while the directory's own name doesn't."""
    for key, value in state.items():
        if (key == RESULT or (type(key) is tuple and key[0] in ("@", "G"))) and _is_child(value):
            return True
    return False


def _is_child(value: object) -> bool:
    if isinstance(value, v.Seq):
        return any(_is_child(i) for i in value.items)
    return isinstance(value, Ref) and value.obj == TRACKED and value.role is Role.CHILD


def _holders(walker: Walker, state: State, owner: Klass | None) -> dict[object, object]:
    """The parts of the state that outlive the body and hold the file: attributes, registries, module variables."""
    code = walker.code
    found: dict[object, object] = {}
    for key, value in state.items():
        if type(key) is tuple:
            if key[0] == "@" and (key[1] == "self" or (type(key[1]) is tuple and key[1][:1] == ("class",))):
                if walker.holds(value, state):
                    found[key] = value
            elif key[0] == "G" and walker.holds(value, state):
                found[key] = value
            elif key[0] == "#" and isinstance(key[1], v.Global | v.Member) and walker._held_in(value, state):
                found[key] = value
        elif type(key) is str and code.kind is Kind.MODULE and not key.startswith("$") and "@" not in key:
            if walker.holds(value, state):
                found["G", key] = value
        elif type(key) is str and code.kind is Kind.CLASS and owner is not None and not key.startswith("$"):
            if walker.holds(value, state):
                found["@", ("class", owner), key] = value
    # What those parts refer to comes along.
    for key, value in state.items():
        if type(key) is tuple and key[0] in ("#", "@") and key not in found and _reaches(found.values(), key):
            found[key] = value
    return found


def _reaches(values: object, key: tuple[object, ...]) -> bool:
    for value in values:  # type: ignore[attr-defined]
        if isinstance(value, v.Box | v.Object) and key == ("#", value):
            return True
        if isinstance(value, Inst) and key[0] == "@" and key[1] == value.ident:
            return True
    return False


def _ask_owner(
    project: Project, verdict: Verdict, owner: Klass | None, end: End, held: dict[object, object]
) -> tuple[Kept, str]:
    """Whether who holds the file when the body has ended deletes it."""
    code = verdict.walker.code
    seed: State = {**held, "$t": "live"}
    for key in ("$parents", "$managed"):
        if key in end.state:
            seed[key] = end.state[key]
    for key, value in end.state.items():
        # Flags that were set beside the file tell the deleting method what to do.
        if type(key) is tuple and key[0] == "@" and key[1] == "self" and isinstance(value, v.Const):
            seed.setdefault(key, value)
    name = next((_holder_name(key) for key in held), "")
    on_object = [key for key in held if type(key) is tuple and (key[0] == "@" or isinstance(key[1], v.Member))]
    if on_object and owner is not None:
        unowned = end.raised and code.name in frameworks.UNOWNED_WHEN_RAISING
        kept = who_deletes(project, owner, seed, verdict.obligation, code.name, always_only=unowned)
        if unowned and kept is Kept.NOBODY:
            if who_deletes(project, owner, seed, verdict.obligation, code.name) is Kept.UNKNOWN:
                return Kept.NOBODY, ""
            return Kept.NOBODY, "" if _somebody_deletes(project, owner, seed, verdict, code) else name
        return kept, name
    if on_object:
        return Kept.UNKNOWN, name
    kept = who_deletes_global(project, verdict.walker.module, seed, verdict.obligation)
    return kept, name


def _somebody_deletes(project: Project, owner: Klass, seed: State, verdict: Verdict, code: Code) -> bool:
    return who_deletes(project, owner, seed, verdict.obligation, code.name) is not Kept.NOBODY


def _holder_name(key: object) -> str:
    assert isinstance(key, tuple)
    if key[0] == "@":
        return f"self.{key[2]}"
    if key[0] == "#":
        part = key[1]
        return f"self.{part.attr}" if isinstance(part, v.Member) else part.name if isinstance(part, v.Global) else ""
    return str(key[1])


# -- keep options ----------------------------------------------------------------------------------


def passes_keep_option(walker: Walker, end: End) -> bool:
    """Whether the way to this end took the side of a keep option's branch on which nothing is deleted."""
    releasing = {h.where for h in walker.result.happenings if h.kind in ("released", "managed")}
    items = walker.result.items
    item = end.item
    while item >= 0:
        step = items[item]
        if step.how in ("next", "alt") and step.via >= 0:
            node = walker.nodes[step.via]
            if isinstance(node.op, g.Branch) and _names_keep_option(walker, step.via):
                taken, other = (node.next, node.alt) if step.how == "next" else (node.alt, node.next)
                if _reach(walker, other, step.via) & releasing and not _reach(walker, taken, step.via) & releasing:
                    return True
        item = step.parent
    return False


def _names_keep_option(walker: Walker, index: int) -> bool:
    span = walker.nodes[index].span
    line = walker.module.source.lines[span.start.row - 1] if span.start.row <= len(walker.module.source.lines) else ""
    text = line[span.start.column - 1 : span.end.column - 1 if span.end.row == span.start.row else None]
    for identifier in re.findall(r"[A-Za-z_][A-Za-z0-9_]*", text):
        words = {w.lower() for w in _WORDS.findall(identifier)}
        if words & releases.KEEP_WORDS:
            return True
    return False


def _reach(walker: Walker, start: int, without: int) -> frozenset[int]:
    """Nodes on normal ways from start, not through `without` again."""
    seen: set[int] = set()
    work = [start]
    while work:
        index = work.pop()
        if index == NO_EDGE or index in seen or index == without:
            continue
        seen.add(index)
        node = walker.nodes[index]
        work += [node.next, node.alt]
    return frozenset(seen)


# -- handing over ----------------------------------------------------------------------------------


def _handed_over(module: Module, code: Code, verdict: Verdict) -> list[Handed]:
    """What the caller gets when the body returns the file, one entry a shape."""
    site = verdict.site
    found: dict[object, Handed] = {}
    walker = verdict.walker
    for end in verdict.escapes:
        value = end.state.get(RESULT)
        if end.raised or not walker.holds(value, end.state) or _is_self(value):
            continue
        heap = tuple(
            (key, held)
            for key, held in end.state.items()
            if type(key) is tuple
            and key[0] in ("@", "#", "G")
            and (_reaches([value], key) or walker._held_in(held, end.state))
        )
        step = Step(module.filename, site.span, Event.CREATED, f"{site.creator}() makes it in {code.qualname}()")
        created = (step,) if site.handed is None else (*site.handed.created,)
        sometimes = bool(verdict.happened("managed"))
        handed = Handed(value, heap, created, site.shape, site.creator, sometimes)  # type: ignore[arg-type]
        found.setdefault(repr((value, heap)), handed)
    return list(found.values())[:1]
