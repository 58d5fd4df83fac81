"""What outlives a body and holds the file: attributes, registries, variables of a module.

Comes in: a state at an end of the body. Goes out: the slots that are there still, with what stands in them, and what
is to be told of them. Who deletes what they hold is asked in `owners.py`.
"""

from __future__ import annotations

from collections.abc import Iterable

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import Attribute, Contents, GlobalName, Slot, Stored
from tmpleak_lint.analysis.domain.state import State
from tmpleak_lint.analysis.domain.values import TRACKED, Inst, Klass, Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.semantics.holding import held_in
from tmpleak_lint.analysis.semantics.inside import free
from tmpleak_lint.flow.graph import Code, Kind
from tmpleak_lint.knowledge import frameworks

Lasting = dict[Slot, Stored]  # parts of a state that outlive the body


def is_on_object(slot: Slot) -> bool:
    """Whether an attribute of the object itself or of its class holds it, a container that is one, or a variable of the
    module."""
    match slot:
        case Attribute(owner="self" | Klass()) | Contents(container=v.Member(base=Inst(ident="self"))):
            return True
        case GlobalName() | Contents(container=v.Global()):
            return True
    return False


def is_on_own(slot: Slot) -> bool:
    """Whether an attribute of the object itself holds it, or a container that is one or hangs on one."""
    match slot:
        case Attribute(owner="self") | Contents(container=v.Member(base=Inst(ident="self")) | v.Box()):
            return True
    return False


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
        if (_lasts(slot) or variable_elsewhere(explorer, slot) is not None) and held_in(
            explorer, stored, state
        ):
            found[slot] = stored
    # What those parts refer to comes along.
    for slot, stored in state.heap.slots.items() if found else ():
        if slot not in found and reaches(found.values(), slot):
            found[slot] = stored
    return found


def is_cached(code: Code) -> bool:
    """Whether a body gives what an object has from then on under its name."""
    return any(name.rpartition(".")[2] in frameworks.CACHED_PROPERTIES for name in code.decorators)


def kept_as_property(code: Code, owner: Klass | None, state: State) -> Lasting:
    """What the object of a cached property keeps once somebody has asked for it."""
    if owner is None or not is_cached(code) or not isinstance(state.result, Ref | v.Box | v.Seq):
        return {}
    return {Attribute("self", code.name): state.result}


def _lasts(slot: Slot) -> bool:
    """Whether a slot is there still once the body has ended."""
    match slot:
        case Attribute(owner="self" | Klass()) | GlobalName():
            return True
        case Contents(container=v.Global() | v.Member()):
            return True
    return False


def variable_elsewhere(explorer: Explorer, slot: Slot) -> v.Global | None:
    """The variable of another module of the project that an attribute is: `shared.current = path`."""
    if not isinstance(slot, Attribute) or not isinstance(slot.owner, v.Dotted):
        return None
    return explorer.project.variable(explorer.module, f"{slot.owner.name}.{slot.name}")


def _lasting_name(code: Code, owner: Klass | None, name: str | int) -> Slot | None:
    """The slot in which what a name holds is found once the body has ended, None when it is gone."""
    if type(name) is not str:
        return None
    if code.kind is Kind.MODULE and "@" not in name:
        return GlobalName(name)
    if code.kind is Kind.CLASS and owner is not None:
        return Attribute(owner, name)
    return None


def reaches(values: Iterable[object], slot: Slot) -> bool:
    for value in values:
        if isinstance(value, v.Box | v.Object) and slot == Contents(value):
            return True
        if isinstance(value, Inst) and isinstance(slot, Attribute) and slot.owner == value.ident:
            return True
    return False


def captured_by(stored: Iterable[Stored], state: State) -> dict[str, Value]:
    """What functions of the body that are kept (to be called by who cleans up) take from its variables."""
    found: dict[str, Value] = {}
    work: list[object] = list(stored)
    while work:
        match work.pop():
            case v.Func(code=Code() as code, cells=cells):
                own = dict(cells)
                names = ((name, own.get(name) or state.captured(name)) for name in sorted(free(code)))
                found.update((name, value) for name, value in names if value is not None)
            case tuple() as items:
                work += items
            case v.Seq(items=items):
                work += items
            case v.Partial(func=func, args=args):
                work += [func, *args]
    return found


def child_is_kept(state: State) -> bool:
    """Whether a path inside the directory outlives the body while the directory's own name doesn't."""
    return is_child(state.result) or any(is_child(stored) for stored in state.heap.slots.values())


def paths_inside(state: State) -> Lasting:
    """The object's attributes that have a path inside the directory, or inside one that the file lies in: who has that
    finds the directory by it."""
    around = {TRACKED, *state.file.parents}
    found: Lasting = {}
    for slot, value in state.attributes():
        if slot.owner != "self" or not isinstance(value, Ref):
            continue
        upper = state.file.directory_of(value.obj) if value.role is Role.PATH else None
        if value.role is Role.CHILD and value.obj in around:
            found[slot] = value
        elif upper in around:
            found[slot] = Ref(upper, Role.CHILD)
    return found


def is_child(value: object) -> bool:
    """Whether a value is, or has, a path inside the directory."""
    if isinstance(value, v.Seq):
        return any(is_child(i) for i in value.items)
    return isinstance(value, Ref) and value.obj == TRACKED and value.role is Role.CHILD


def modules_holding(project: Project, module: Module, held: Lasting) -> list[Module]:
    """The modules whose variables hold the file: the body's own, and those whose registries it was put into."""
    others = set(filter(None, map(module_of, held))) - {module.key}
    return [module, *(project.module(key) for key in sorted(others))]


def module_of(slot: Slot) -> str | None:
    """The key of the module whose variable is this registry, or has it as an attribute."""
    container = slot[0].base if isinstance(slot[0], v.Member) else slot[0]
    return container.module if isinstance(container, v.Global) else None


def is_of_another(slot: Slot) -> bool:
    """Whether this is a registry of an object other than `self`."""
    base = slot[0].base if isinstance(slot[0], v.Member) else None
    return isinstance(base, Inst) and base.ident != "self"


def is_of_variable(slot: Slot) -> bool:
    """Whether this is a registry of an object that a module has: `conf.temp_files`."""
    return isinstance(slot[0], v.Member) and isinstance(slot[0].base, v.Global)


def name_of_holder(slot: Slot) -> str:
    """What held the file, as it reads in the source."""
    match slot:
        case Attribute(owner=v.Dotted(name=module), name=name):
            return f"{module.rpartition('.')[2]}.{name}"
        case Contents(container=v.Member(base=v.Global(name=of), attr=name)):
            return f"{of}.{name}"
        case Attribute(name=name) | Contents(container=v.Member(attr=name)):
            return f"self.{name}"
        case GlobalName(name=name) | Contents(container=v.Global(name=name)):
            return name
    return ""
