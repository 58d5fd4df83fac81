"""What a risky call may raise: anything, or what its row says that it raises when it fails.

Comes in: a call with the name that it is known by. Goes out: a way on for each kind of exception. A file object
raises what the system does, and what the encoding of its text does; calls of functions of the project aren't looked at
here.
"""

from __future__ import annotations

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import Keywords, State
from tmpleak_lint.analysis.domain.values import TRACKED, Flight, Ref
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.failing import kinds_raised
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.records import Call
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.likelihood import USUAL_ENCODINGS
from tmpleak_lint.knowledge.model import ANY, FILE, Raises
from tmpleak_lint.knowledge.table import Knowledge

# What a file object writes, among the data of the object that stands for it. In a usual encoding any text can be
# written, and yet not all bytes can be read.
BYTES, USUAL_TEXT, TEXT = v.Const("bytes"), v.Const("usual text"), v.Const("text")
CONTENTS = (BYTES, USUAL_TEXT, TEXT)
UNICODE = "UnicodeError"
_UNSAID = "..."
_USUAL = USUAL_ENCODINGS | {"", "None"}  # what text is written in on POSIX, where nothing else is said


def risk_call(explorer: Explorer, call: Call, state: State, name: str = "") -> None:
    """The call may raise, unless it stands in cleanup code."""
    explorer.risk(call.node, state, kinds_of(explorer.knowledge, name or call.name, call.keywords))


def kinds_here(explorer: Explorer, node: g.Node, func: v.Func) -> tuple[str, ...]:
    """What a function of the project raises when it fails, where that makes a difference: some handler around its call
    is for some exceptions only."""
    return kinds_raised(explorer.project, func) if node.is_handled else ()


def kinds_of(knowledge: Knowledge, name: str, keywords: Keywords) -> tuple[str, ...]:
    """The exceptions that a call of this name raises; none for any."""
    effect = knowledge.effect(name, Raises) or knowledge.effect(f"{ANY}.{name}", Raises)
    if effect is None:
        return ()
    asked = {key for key, value in keywords if value not in (v.NONE, v.FALSE)}
    found = (*effect.kinds, *(kind for key, kind in effect.given if key in asked))
    usual = _said(dict(keywords).get("encoding")) in _USUAL
    return (*found, UNICODE) if effect.encodes and not usual else found


def refuse(explorer: Explorer, node: g.Node, state: State, kinds: tuple[str, ...]) -> None:
    """An operation that hardly ever fails does where a handler around it names what it raises: who wrote that handler
    says that it can."""
    kind = node.reckoned(kinds)
    if kind is not None and not explorer.is_quiet(node):
        explorer.fail(node, state, Flight(kind))


def risk_of_file(explorer: Explorer, call: Call, written: v.Value | None, state: State) -> None:
    """A method of a file object may raise: `written` says what it writes, None where that isn't known."""
    effect = explorer.knowledge.effect(f"{FILE}.{call.name}", Raises)
    if effect is None or written is None:
        explorer.risk(call.node, state)
        return
    converts = written == TEXT or (written == USUAL_TEXT and not effect.encodes)
    explorer.risk(call.node, state, (*effect.kinds, UNICODE) if converts else effect.kinds)


def writes(mode: str, encoding: str) -> v.Const:
    """What a file that is opened like this writes."""
    return BYTES if "b" in mode else USUAL_TEXT if encoding in _USUAL else TEXT


def opened_for(call: Call, position: int) -> v.Const:
    """What the file object writes that a call gives; the mode stands at `position`."""
    named = dict(call.keywords)
    mode = call.args[position] if len(call.args) > position else named.get("mode")
    return writes(_said(mode), _said(named.get("encoding")))


def _said(value: object) -> str:
    return str(value.value) if isinstance(value, v.Const) else ""


def written_by_handle(explorer: Explorer, handle: Ref) -> v.Value | None:
    """What the handle writes that a creating call of this body has given, None for others."""
    site = explorer.tracked
    if handle.obj != TRACKED:  # in a body that is walked in place numbers may be those of who calls it
        others = explorer.task.sites if explorer.depth == 0 else ()
        site = next((each for each in others if each.number == handle.obj), None)
    if site is None or site.row is None:
        return None
    return _written(explorer.project, explorer.code, min(site.nodes))


@question()
def _written(project: Project, code: Code, index: int) -> v.Const | None:
    call = code.nodes[index].op
    assert isinstance(call, g.Call)
    if any(argument.star for argument in call.args):
        return None
    literal = {node.op.dest: node.op.value for node in code.nodes if isinstance(node.op, g.Const)}
    given = {a.keyword or ("mode" if position == 0 else ""): a.value for position, a in enumerate(call.args)}
    said = {key: str(literal.get(temp, _UNSAID)) for key, temp in given.items()}
    return writes(said.get("mode", "w+b"), said.get("encoding", ""))
