"""Conditions: what is known to be true, what a branch assumes, and comparisons that can be decided or come
again."""

from __future__ import annotations

from collections.abc import Callable

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import Arrived, Ident
from tmpleak_lint.analysis.domain.state import Decider, State, contents
from tmpleak_lint.analysis.domain.values import BESIDE, TRACKED, UNKNOWN, Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import DEAD, Explorer
from tmpleak_lint.analysis.queries.by_name import words_of
from tmpleak_lint.analysis.queries.summaries import is_text, never_says_false
from tmpleak_lint.analysis.semantics.holding import elements
from tmpleak_lint.analysis.semantics.implied import implied, in_order
from tmpleak_lint.analysis.semantics.rounds import note_round
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Node
from tmpleak_lint.knowledge.words import DELETING_WORDS, OTHER_SYSTEMS
from tmpleak_lint.model import Span

_SYSTEM = (v.Dotted("os.name"), v.Dotted("sys.platform"))
_NEVER_CONSTANT = (Ref, v.Func, v.Klass, v.Inst, v.Object, v.Seq, v.Box, v.Flight, v.Partial)


def truth(value: object, state: State) -> bool | None:
    """Whether a value is true, None when that can't be told."""
    match value:
        case v.Const(value=constant):
            return bool(constant)
        case Ref() | v.Func() | v.Klass() | v.Object() | v.Flight():
            return True
        case v.Seq(items=items):
            return bool(items)
        case v.Box():
            held = state.known(value)
            if held:
                return True
            return False if held == () and not state.is_open(value) else None
        case v.Global() | v.Member() if contents(value, state):
            return True
        case v.Test(operator="not", left=left):
            inner = truth(left, state)
            return None if inner is None else not inner
    if not state.assumed:
        return None
    known: bool | None = state.assumed.get(value)  # type: ignore[call-overload]
    return implied(value, state.assumed) if known is None else known  # type: ignore[arg-type]


def assume(explorer: Explorer, value: Value, outcome: bool, state: State) -> None:
    """Remember the side that a branch took, where the condition is one of those that matter."""
    while isinstance(value, v.Test) and value.operator == "not":
        value, outcome = value.left, not outcome
    if value in explorer.options.atoms:
        state.assume(value, outcome)


def note_test(explorer: Explorer, value: Value, span: Span, branch: Node | None = None) -> None:
    """Write down that the condition is tested here, on a branch or by an operation."""
    answer = True
    while isinstance(value, v.Test) and value.operator == "not":
        value, answer = value.left, not answer
    if value is UNKNOWN:
        return
    explorer.result.tested.setdefault(value, set()).add(span)
    if branch is not None:
        explorer.result.asked.setdefault(value, set()).add((branch.index, answer))


def new_unknown(explorer: Explorer, node: g.Node, state: State) -> Value:
    """What an operation gives of which nothing is known: another one than in an earlier round of a loop."""
    result = symbols.Produced(explorer.ident(node))
    forget_about(result, state)
    explorer.set_apart(result, state)
    return result


def forget_about(value: Value, state: State) -> None:
    """A value is made anew: assumptions about the old one are void."""
    if any(mentions(condition, value) for condition in state.assumed):
        state.assumed = {each: x for each, x in state.assumed.items() if not mentions(each, value)}


def is_plain(value: object) -> bool:
    """Whether it is a constant, or something that the body was given, or made, and has for itself: no attribute and no
    element, nor a variable that others set. What a text or number of this kind is asked it says again."""
    match value:
        case v.Const() | symbols.Param() | symbols.Produced() | symbols.Met() | symbols.Element():
            return True
        case symbols.Called(given=given):
            return all(map(is_plain, given))
        case symbols.CalledOn(base=base, given=given):
            return is_plain(base) and all(map(is_plain, given))
    return isinstance(value, str)


def mentions(value: object, part: object) -> bool:
    """Whether a condition speaks of the part."""
    if value == part:
        return True
    match value:
        case v.Member(base=base) | v.Item(base=base):
            return mentions(base, part)
        case v.Test(left=left, right=right):
            return mentions(left, part) or mentions(right, part)
        case v.Sym():
            return any(mentions(each, part) for each in value.parts)
        case tuple():
            return any(mentions(each, part) for each in value)
    return False


def is_same_again(value: object) -> bool:
    """Whether a value that a body gives is the same when it is asked for again, as long as what it speaks of is."""
    match value:
        case v.Const() | v.Dotted() | v.Global() | v.Klass():
            return True
        case v.Inst(ident=ident):
            return ident == "self"
        case v.Member(base=base):
            return is_same_again(base)
        case v.Item(base=base, index=index):
            return is_same_again(base) and is_same_again(index)
        case v.Test(left=left, right=right):
            return is_same_again(left) and is_same_again(right)
        case symbols.Param() | symbols.FreeName() | symbols.Called() | symbols.CalledOn():
            return all(map(is_same_again, value.parts))
        case tuple():
            return all(map(is_same_again, value))
        case str() | int() | None:
            return True
    return False


def on_branch(explorer: Explorer, node: Node, op: g.Branch, state: State) -> int:
    value = state.get(op.cond, UNKNOWN)
    known = _decided(explorer, value, state)
    if known is not None:
        return node.next if known else node.alt
    note_test(explorer, value, node.span, node)
    if explorer.options.quiet:
        decider = _decider(explorer, value)
        if decider is not None:
            state.follow_word_of(decider)
    other = state.fork()
    assume(explorer, value, False, other)
    assume(explorer, value, True, state)
    note_round(explorer.project, explorer.code, op.cond, state, other)
    explorer.push(node.alt, other, node, "alt")
    explorer.push(node.next, state, node, "next")
    return DEAD


def _decided(explorer: Explorer, value: Value, state: State) -> bool | None:
    """Whether a value is true, by what is known of its class too."""
    known = truth(value, state)
    if known is not None:
        return known
    turned = False
    while isinstance(value, v.Test) and value.operator == "not":
        value, turned = value.left, not turned
    if not isinstance(value, v.Inst) or not never_says_false(explorer.project, value.klass):
        return None
    # A text that has the file's name isn't empty.
    is_full = not is_text(explorer.project, value.klass) or explorer.holds(value, state)
    return not turned if is_full else None


def _decider(explorer: Explorer, value: Value) -> Decider | None:
    """Whose word cleanup follows here: another object's setting, the object's own, or what the caller has to pass
    (to an exit that is whether all went well)."""
    while isinstance(value, v.Test) and (value.operator == "not" or isinstance(value.right, v.Const)):
        value = value.left
    if isinstance(value, v.Member):
        if isinstance(value.base, v.Member):
            return Decider.SETTING
        return Decider.OWN if isinstance(value.base, v.Inst) else None
    if isinstance(value, v.Item):
        value = value.base
    passed = isinstance(value, symbols.Param) and any(
        not param.has_default and value == symbols.Param(explorer.code.qualname, param.name)
        for param in explorer.code.params
    )
    return Decider.PASSED if passed else None


def on_choice(explorer: Explorer, node: Node, op: g.Choice, state: State) -> int:
    explorer.push(node.alt, state.fork(), node, "alt")
    explorer.push(node.next, state, node, "next")
    return DEAD


def on_not(explorer: Explorer, node: Node, op: g.Not, state: State) -> int:
    inner = state.get(op.src, UNKNOWN)
    known = _decided(explorer, inner, state)
    if known is not None:
        state[op.dest] = v.Const(not known)
    else:
        state[op.dest] = v.Test("not", inner, inner)
    return node.next


def on_compare(explorer: Explorer, node: Node, op: g.Compare, state: State) -> int:
    left, right = state.get(op.left, UNKNOWN), state.get(op.right, UNKNOWN)
    state[op.dest] = compared(explorer, op.operator, left, right, state)
    return node.next


def _is_fresh_name(value: Value) -> bool:
    """The path of the tracked file: nothing has had that name before it was made."""
    return isinstance(value, Ref) and value.obj == TRACKED and value.role is Role.PATH


def _is_older(explorer: Explorer, value: Value) -> bool:
    """What came into the body from outside, or was there before the file, so that it can't name one that was made
    here."""
    given = value
    while isinstance(value, v.Member):
        value = value.base
    if value is not given and isinstance(value, v.Inst):
        return value.ident == "self"  # what an object has had before; what is put there is followed
    if isinstance(value, symbols.Param):
        return True
    site, made = explorer.tracked, value.ident if isinstance(value, symbols.Produced) else None
    if site is None or not isinstance(made, Ident) or explorer.depth:
        return False
    at = min(site.nodes)
    in_loop = any(place.kind == "loop" for place in explorer.nodes[at].places())
    return made.qualname == explorer.code.qualname and made.number < at and not in_loop


def _is_older_than(explorer: Explorer, value: object, made: object) -> bool:
    """Whether a value was there before a container or object of this body was made, or came to it from a call."""
    name = made.ident if isinstance(made, v.Box | v.Inst) else None
    name = name.call if isinstance(name, Arrived) else name
    if not isinstance(name, Ident) or name.qualname != explorer.code.qualname or name.depth != explorer.depth:
        return False
    if any(p.kind == "loop" for p in explorer.nodes[name.number].places()):
        return False
    before = value.ident if isinstance(value, symbols.Produced) else None
    return isinstance(value, symbols.Param) or (
        isinstance(before, Ident) and before[:2] == name[:2] and before.number < name.number
    )


def _asks_for_other_system(left: Value, right: Value) -> bool:
    """Whether the system that it runs on is compared to the name of one that isn't POSIX."""
    for one, other in ((left, right), (right, left)):
        is_system = one in _SYSTEM or (isinstance(one, symbols.Called) and one.name == "platform.system")
        if is_system and isinstance(other, v.Const) and str(other.value).lower() in OTHER_SYSTEMS:
            return True
    return False


def _between_constants(name: str, left: v.Const, right: Value) -> bool | None:
    """Whether one constant is greater than another, or one of several; None where that isn't asked."""
    if name == "in" and isinstance(right, v.Seq) and all(isinstance(x, v.Const) for x in right.items):
        return left in right.items
    return in_order(name, left, right)


def _is_setting(value: Value) -> bool:
    """A parameter, or an attribute of one or of an object."""
    first = value
    while isinstance(value, v.Member):
        value = value.base
    return (isinstance(value, v.Inst) and value is not first) or (isinstance(value, symbols.Param))


def compared(explorer: Explorer, operator: str, left: Value, right: Value, state: State) -> Value:
    """The outcome where it can be decided, else a `Test` that equals itself when made again."""
    if operator in ("is not", "!=", "not in"):
        positive = {"is not": "is", "!=": "==", "not in": "in"}[operator]
        outcome = compared(explorer, positive, left, right, state)
        if isinstance(outcome, v.Const):
            return v.Const(not outcome.value)
        return v.Test("not", outcome, outcome)
    if operator in ("is", "=="):
        if isinstance(left, v.Const) and isinstance(right, v.Const):
            return v.Const(
                left.value == right.value and (operator == "==" or type(left.value) is type(right.value))
            )
        if left == right and left is not UNKNOWN:
            return v.TRUE
        if right == v.NONE and _is_setting(left):
            # `x is None` here and `x or ...` there are the same question to whoever left x out.
            return v.Test("not", left, left)
        for one, other in ((left, right), (right, left)):
            if isinstance(one, v.Const) and isinstance(other, _NEVER_CONSTANT):
                if one.value is not None and isinstance(other, v.Object) and other.kind == "given":
                    return UNKNOWN
                return v.FALSE
            if _is_fresh_name(one) and _is_older(explorer, other):
                return v.FALSE
            if operator == "is" and _is_older_than(explorer, other, one):
                return v.FALSE
    if isinstance(left, v.Const):
        said = _between_constants(operator, left, right)
        if said is not None:
            return v.Const(said)
    if explorer.depth and operator in ("is", "==") and _asks_for_other_system(left, right):
        return v.FALSE  # a helper is taken for what it does on POSIX
    if operator == "in" and isinstance(left, v.Const) and isinstance(right, symbols.Locals):
        return v.Const(left.value in state or any(p.name == left.value for p in explorer.code.params))
    if (
        operator == "in"
        and isinstance(left, Ref)
        and (isinstance(right, v.Box | v.Global | v.Member) or _is_older(explorer, right))
        and explorer.holds(left, state)
    ):
        # A file's name is nowhere where nobody put it.
        if left in elements(right, state):
            return v.TRUE
        if left.obj == TRACKED and left.role is Role.PATH and not explorer.holds(right, state):
            return v.FALSE
    if operator == "in" and names_path(right):
        return said_of_path(explorer, "in", right, (left,))
    if left == UNKNOWN or right == UNKNOWN:
        return UNKNOWN
    return v.Test(operator, left, right)


def names_path(value: Value) -> bool:
    """Whether this is the path of a temp file, absolute as `tempfile` gives it, or a path made of it."""
    return isinstance(value, Ref) and value.role in (Role.PATH, Role.CHILD, *BESIDE)


# Whether a text can't stand there in the path of a temp file: a URL's scheme; anything but the root at its beginning.
_FOREIGN: dict[str, Callable[[str], bool]] = {
    "in": lambda text: "://" in text,
    "startswith": lambda text: bool(text) and not text.startswith("/"),
    "endswith": lambda text: False,
}


def said_of_path(explorer: Explorer, asked: str, path: Value, texts: tuple[Value, ...]) -> Value:
    """Whether a path has one of these texts in it, at its beginning or end, as far as that can be told. A function that
    is called to delete asks whether the file is one of its own, where what it asks for isn't written out."""
    said = [each.value for each in texts if isinstance(each, v.Const)]
    if asked == "startswith" and "/" in said:
        return v.TRUE
    if len(said) < len(texts) and explorer.depth and words_of(explorer.code.qualname) & DELETING_WORDS:
        return v.TRUE
    if len(said) == len(texts) and all(isinstance(x, str) and _FOREIGN[asked](x) for x in said):
        return v.FALSE
    return symbols.Said(asked, path, texts) if len(said) == len(texts) else UNKNOWN
