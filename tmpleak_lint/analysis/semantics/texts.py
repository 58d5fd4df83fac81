"""Texts and paths made of pieces: f-strings, `+`, `%`, `/`, `str.format` and `str.join`, what encoders and templates
give."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from string import Formatter

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import State, contents
from tmpleak_lint.analysis.domain.values import BESIDE, TRACKED, UNKNOWN, Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.records import Call
from tmpleak_lint.analysis.semantics.conditions import is_plain
from tmpleak_lint.analysis.semantics.containers import new_box, put
from tmpleak_lint.analysis.semantics.holding import elements
from tmpleak_lint.analysis.semantics.pathcalls import below, flags_in
from tmpleak_lint.analysis.semantics.raising import risk_call
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Node
from tmpleak_lint.knowledge.model import ANY, Benign, Renders
from tmpleak_lint.knowledge.words import PROGRAM_RUNNERS, SHELL_DELETERS

_SLASHES = ("/", "\\")
LINE_ENDS = re.compile(r"[;\n]")
_FURTHER = frozenset("&|>")  # what begins another command behind one, or sends what it says elsewhere
_A_WORD, _A_DELETION = "x", "rm x"
_PATHLIKE = frozenset({Role.PATH, Role.CHILD, Role.PARENT, Role.TEXT, *BESIDE})


def on_text(explorer: Explorer, node: Node, op: g.Text, state: State) -> int:
    parts = [p if isinstance(p, str) else state.get(p, UNKNOWN) for p in op.parts]
    state[op.dest] = joined_text(parts)
    return node.next


def joined_text(parts: Sequence[object]) -> Value:
    """The text made of these pieces: the same path, one below it, one beside it, or a text that has it."""
    pieces = list(_merged(parts))
    refs = [p for p in pieces if isinstance(p, Ref) and p.role in _PATHLIKE]
    deleted = [
        p for p in refs if any(_is_deleted_by_shell(pieces, at) for at, q in enumerate(pieces) if q is p)
    ]
    deleted += [p for p in pieces if isinstance(p, Ref) and p.role is Role.COMMAND]
    if deleted and len(pieces) > 1:
        return Ref(TRACKED if any(p.obj == TRACKED for p in deleted) else deleted[0].obj, Role.COMMAND)
    if not refs and begins_deleting(pieces[0] if pieces else ""):
        return v.Const(pieces[0])  # what comes behind that is deleted, too
    if not refs:
        place, *rest = pieces if len(pieces) > 1 else (None,)
        if not isinstance(place, Value) or not _is_slash(rest[0]):
            return UNKNOWN
        first = rest[0].lstrip("/\\") if isinstance(rest[0], str) else rest[0]
        return below(place, [first, *rest[1:]])
    ref = refs[0]
    if len(pieces) == 1:
        return ref
    if pieces[0] is not ref or ref.role is Role.TEXT:
        return Ref(ref.obj, Role.TEXT)
    second = pieces[1]
    if _is_slash(second):
        ends_there = len(pieces) == 2 and (isinstance(second, v.Dotted) or second in _SLASHES)
        return ref if ends_there else Ref(ref.obj, Role.CHILD)
    if ref.role is Role.CHILD:
        return ref
    rest = pieces[2:] if second == "." else pieces[1:]
    ending = len(rest) == 1 and not isinstance(rest[0], str)
    return Ref(ref.obj, Role.PATH if ref.role is Role.STEM and ending else Role.SIBLING)


def _is_slash(piece: object) -> bool:
    """Whether a piece of a text begins with what parts a directory from what lies in it."""
    if isinstance(piece, v.Dotted):
        return piece.name in ("os.sep", "os.path.sep")
    return isinstance(piece, str) and piece.startswith(_SLASHES)


def _is_deleted_by_shell(pieces: Sequence[object], at: int) -> bool:
    """Whether a piece of a text is what a command in it deletes: `rm -rf {path}`, also behind another command, whatever
    becomes of that."""
    ref = pieces[at]
    after = pieces[at + 1] if len(pieces) > at + 1 else ""
    if not isinstance(ref, Ref) or ref.role is Role.CHILD or str(after).startswith("/"):
        return False  # what lies in it
    return begins_deleting("".join(map(_as_said, pieces[:at])))


def _as_said(piece: object) -> str:
    """A piece of a command as far as it matters to what comes behind it."""
    is_command = isinstance(piece, Ref) and piece.role is Role.COMMAND
    return piece if isinstance(piece, str) else _A_DELETION if is_command else _A_WORD


def begins_deleting(text: object) -> bool:
    """Whether what comes behind a text in a shell's command is deleted: its last command is `rm` and the like."""
    if not isinstance(text, str):
        return False
    last = LINE_ENDS.split(text)[-1]
    return program_of(last.split()) in SHELL_DELETERS and not _FURTHER.intersection(last)


def program_of(words: Sequence[str]) -> str:
    """The program that a command runs, behind what runs it for somebody else (`sudo -n rm`); "" for none."""
    rest = list(words)
    while rest and rest[0].rpartition("/")[2] in PROGRAM_RUNNERS:
        rest.pop(0)
        while rest and (rest[0].startswith("-") or "=" in rest[0]):
            rest.pop(0)
    return rest[0] if rest else ""


# Operators that make the same number of the same ones.
_ARITHMETIC = frozenset(
    {"Add", "BitAnd", "FloorDivide", "LeftShift", "Modulo", "Multiply", "RightShift", "Subtract"}
)


def on_binary(explorer: Explorer, node: Node, op: g.Binary, state: State) -> int:
    left, right = state.get(op.left, UNKNOWN), state.get(op.right, UNKNOWN)
    made = combined(explorer, node, op, state)
    if made is UNKNOWN and op.operator in _ARITHMETIC and is_plain(left) and _is_number(right):
        made = symbols.Called(op.operator, (left, right))
    state[op.dest] = made
    return node.next


def _is_number(value: Value) -> bool:
    return isinstance(value, v.Const) and isinstance(value.value, int | float)


def combined(explorer: Explorer, node: Node, op: g.Binary, state: State) -> Value:
    """What an operator makes of two values: a child, a longer container, a text of both."""
    left, right = state.get(op.left, UNKNOWN), state.get(op.right, UNKNOWN)
    match op.operator:
        case "Divide" | "Divide=":
            if isinstance(left, Ref) and left.role in _PATHLIKE:
                return Ref(left.obj, Role.CHILD)
            if isinstance(right, Ref) and right.role in _PATHLIKE:
                return right
            return below(left, [right])
        case "Add" | "Add=":
            if isinstance(left, v.Box):
                if op.operator == "Add":
                    left = new_box(explorer, node, left.kind, contents(left, state), state)
                for item in elements(right, state):
                    put(left, None, item, state)
                state.leave_open(left)
                return left
            if isinstance(left, v.Seq) and isinstance(right, v.Seq):
                return v.Seq(left.items + right.items)
            if isinstance(right, v.Box) and explorer.holds(right, state):
                return right
            if isinstance(left, v.Global | v.Member) and elements(right, state):
                for item in elements(right, state):
                    put(left, None, item, state)
                return left
            return joined_text([left, right])
        case "Multiply" if any(
            isinstance(each, Ref) for each in elements(left, state) or elements(right, state)
        ):
            several = elements(left, state) or elements(right, state)
            box = new_box(explorer, node, "list", tuple((None, each) for each in several), state)
            state.leave_open(box)
            return box
        case "Modulo":
            if not isinstance(left, v.Const) or isinstance(right, v.Box):
                return text_with(explorer, [right], state)
            if isinstance(left, v.Const):
                items = list(right.items) if isinstance(right, v.Seq) else [right]
                if left.value == "%s" and len(items) == 1:
                    return joined_text(items)
                pieces: list[object] = []
                for position, piece in enumerate(str(left.value).split("%s")):
                    pieces += [piece] if piece else []
                    pieces += items[position : position + 1]
                return joined_text(pieces)
        case "BitOr" | "BitOr=":
            if isinstance(left, v.Box) or isinstance(right, v.Box):
                return _united(explorer, node, left, right, state, into=op.operator == "BitOr=")
            flags = (*flags_in(left), *flags_in(right))
            return symbols.Flags(tuple(sorted(set(flags)))) if flags else UNKNOWN
    return UNKNOWN


def _united(explorer: Explorer, node: Node, left: Value, right: Value, state: State, *, into: bool) -> Value:
    """What `|` makes of two dictionaries or sets, one of which is followed."""
    others: tuple[Value, ...]
    if into and isinstance(left, v.Box):
        box, others = left, (right,)
    else:
        names = explorer.set_apart(explorer.ident(node), state)
        others = (v.renamed(left, names), v.renamed(right, names))
        kind = next(each.kind for each in others if isinstance(each, v.Box))
        box = new_box(explorer, node, kind, (), state)
    for key, item in [pair for each in others if isinstance(each, v.Box) for pair in contents(each, state)]:
        put(box, key, item, state)
    state.leave_open(box)
    return box


def string_method(explorer: Explorer, call: Call, base: v.Const, state: State) -> int:
    """A method of a literal text: the file's path may be a piece of the result."""
    state[call.dest] = UNKNOWN
    if call.name == "format":
        pieces = _formatted(str(base.value), call)
        found = joined_text(pieces) if pieces is not None else UNKNOWN
        state[call.dest] = found if found != UNKNOWN else text_with(explorer, call.everything, state)
    elif call.name == "join" and call.args:
        state[call.dest] = _joined(str(base.value), elements(call.args[0], state))
    elif call.name in ("encode", "decode"):
        state[call.dest] = base
    elif call.name == "replace" or explorer.knowledge.effect(f"{ANY}.{call.name}", Renders) is not None:
        state[call.dest] = text_with(explorer, call.everything, state)
    return call.node.next


def _formatted(template: str, call: Call) -> list[object] | None:
    """The pieces of a text that `str.format` makes; None where its fields say more than what stands there."""
    pieces: list[object] = []
    named = dict(call.keywords)
    try:
        fields = list(Formatter().parse(template))
    except ValueError:
        return None
    counted = 0
    for text, field, _, _ in fields:
        pieces += [text] if text else []
        if field is None:
            continue
        # More digits than an interpreter converts are in no program that runs.
        position = counted if not field else int(field) if field.isdecimal() and len(field) < 5 else None
        counted += not field
        if position is not None and position < len(call.args):
            pieces.append(call.args[position])
        else:
            pieces.append(named.get(field, UNKNOWN))
    return pieces


def _joined(between: str, items: Sequence[Value]) -> Value:
    """What `str.join` gives: of a path and what follows a slash, a path below it; else a text, perhaps a command."""
    pieces = [piece for item in items for piece in (v.Const(between), item)][1:]
    refs = [i for i in items if isinstance(i, Ref)]
    first = next((i for i in refs if i.obj == TRACKED), refs[0] if refs else None)
    if first is None:
        return UNKNOWN
    made = joined_text(pieces)
    is_one = between.startswith(_SLASHES) or (isinstance(made, Ref) and made.role is Role.COMMAND)
    return made if is_one else Ref(first.obj, Role.TEXT)


def _merged(pieces: Sequence[object]) -> Iterator[object]:
    """Texts that follow each other as one, empty ones left out."""
    text = ""
    for piece in pieces:
        literal = piece.value if isinstance(piece, v.Const) else piece
        if isinstance(literal, str):
            text += literal
            continue
        if text:
            yield text
        yield piece
        text = ""
    if text:
        yield text


def render(explorer: Explorer, call: Call, effect: Renders, state: State) -> int | None:
    """A call that gives a text with what it is given; None where no file is among that."""
    if effect.into is not None and (len(call.args) > effect.into or "stream" in dict(call.keywords)):
        return None
    found = text_with(explorer, call.everything, state)
    words = elements(call.args[0], state) if effect.command and call.args else ()
    if words and found != UNKNOWN:
        found = _joined(" ", words)
    if found == UNKNOWN:
        return None
    if effect.into is None and explorer.knowledge.effect(call.name, Benign) is None:
        risk_call(explorer, call, state)
    state[call.dest] = found
    return call.node.next


def text_with(explorer: Explorer, values: Sequence[Value], state: State) -> Value:
    """A text in which these stand: it leads to the first file among them. A path below one stays what it is."""
    for value in values:
        for each in (value, *elements(value, state)):
            if isinstance(each, Ref) and each.role in (*_PATHLIKE, Role.HANDLE):
                return Ref(each.obj, Role.CHILD if each.role is Role.CHILD else Role.TEXT)
        if explorer.holds(value, state):
            return Ref(TRACKED, Role.TEXT)
    return UNKNOWN
