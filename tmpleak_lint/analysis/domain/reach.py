"""What values lead to: the objects and containers that whoever has them can come to.

Comes in: values, and a heap. Goes out: the names of the objects and containers in reach; of a called body, what of the
heap it can't come to and is set aside while it is walked (the frame rule of separation logic: what a body can't reach
is after the call as it was before). Used for that and by the joins, which drop what nothing leads to.
"""

from __future__ import annotations

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import Arrived, Attribute, Earlier, GlobalName, Heap, Ident, Slot
from tmpleak_lint.analysis.domain.state import State
from tmpleak_lint.analysis.domain.values import Ref

# Values that refer to nothing else.
LEAVES = frozenset(
    {
        *symbols.SYMBOLS,
        v.Const,
        Ref,
        v.Dotted,
        v.Global,
        v.Klass,
        v.Flight,
        v.Test,
        bool,
        int,
        str,
        type(None),
    }
)


def is_of_walk(slot: Slot) -> bool:
    """Whether a slot hangs on a value that some walk has made; the object's own attributes and registries don't."""
    owner = slot[0]
    if type(slot) is Attribute:
        return isinstance(owner, Ident | Arrived | Earlier | v.Box | v.Object)
    return is_made(owner)


def is_made(container: object) -> bool:
    """Whether a container is one that some walk has made; to what waits to be called, a registrar refers."""
    return isinstance(container, v.Box | v.Object) and container != v.WAITING


def reached(work: list[object], parts: dict[object, list[object]]) -> set[object]:
    """The objects, containers and iterators that values lead to; `parts` has what each of them holds."""
    found: set[object] = set()
    while work:
        value = work.pop()
        kind = type(value)
        if kind in LEAVES:
            continue
        if isinstance(value, tuple):
            work += [part for pair in value for part in (pair if isinstance(pair, tuple) else (pair,))]
        elif kind is v.Inst or kind is v.Box or kind is v.Object:
            ident = value.ident if isinstance(value, v.Inst) else value
            if ident in found:
                continue
            found.add(ident)
            work += parts.get(ident, ())
            if isinstance(value, v.Object):
                work += value.data
        elif isinstance(value, v.Iteration):
            found.add(value.ident)
            work.append(value.source)
        elif isinstance(value, v.Seq):
            work += value.items
        elif isinstance(value, v.OneOf):
            work += value.options
        elif isinstance(value, v.Partial):
            work += [value.func, *value.args, *(x for _, x in value.keywords)]
        elif isinstance(value, v.Func):
            work += [value.bound, *(held for _, held in value.cells)]
        elif isinstance(value, v.Member | v.Item):
            work.append(value.base)
    return found


def set_aside(seed: State) -> Heap | None:
    """Take out of the heap that a called body starts with what it can't come to: that; None for nothing."""
    heap = seed.heap
    made = dict.fromkeys(slot for slot in heap.slots if is_of_walk(slot))
    if not made and not heap.open and not heap.entered:
        return None
    parts: dict[object, list[object]] = {}
    work: list[object] = [*seed.values(), *heap.enclosing.values(), seed.file.inside]
    for slot, stored in heap.slots.items():
        if slot not in made:
            work.append(stored)
        if type(slot) is not GlobalName and type(stored) not in LEAVES:
            parts.setdefault(slot[0], []).append(stored)
    near = reached(work, parts)
    far = {slot: heap.slots[slot] for slot in made if slot[0] not in near}
    open_ = {each for each in heap.open if is_made(each) and each not in near}
    entered = frozenset(each for each in heap.entered if is_made(each) and each not in near)
    if not far and not open_ and not entered:
        return None
    own = seed.changing()
    for slot in far:
        del own.slots[slot]
    own.open -= open_
    own.entered -= entered
    return Heap(far, {}, open_, entered)
