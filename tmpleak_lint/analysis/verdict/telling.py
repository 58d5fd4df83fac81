"""Is the file's name told to the user? Then it may be what the user asked for.

Comes in: a leak's way and the trail of the file. Goes out: the row on which it is told, None where it isn't.
What goes to a debug log is for nobody in particular.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from tmpleak_lint.analysis.domain.trail import Trail, trail_of
from tmpleak_lint.analysis.domain.values import Func
from tmpleak_lint.analysis.queries.by_name import words_in, words_of
from tmpleak_lint.analysis.queries.called import region_text
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.bounds import LONG_TEXT, RESOLVED_DEPTH
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.model import ANY, Announces, Opens
from tmpleak_lint.knowledge.table import Knowledge
from tmpleak_lint.knowledge.words import (
    BESIDE_PRINTING,
    ENVIRONMENT,
    FOUND_THERE_WORDS,
    HEARD_WORDS,
    KEPT_WORDS,
    LOGGER_WORDS,
    MESSAGE_WORDS,
    PRINTING_WORDS,
    QUIET_WORDS,
    SHOWING_FILES,
    SHOWING_WORDS,
    SPEAKER_WORDS,
    STREAM_WORDS,
)


class _Said(NamedTuple):
    """What an operation does to whether the name is told: from here on it is, by this row (None: it isn't, for
    something else is done with it), and whatever comes next if that `stays`."""

    row: int | None
    stays: bool = False


class Telling:
    """What the operations of a body say of a file's name to the user, each asked once: its ways have most of them in
    common. `by_error`: what an exception says counts; `tells`: whether what is called says it."""

    def __init__(
        self,
        knowledge: Knowledge,
        code: Code,
        trail: Trail,
        *,
        by_error: bool,
        tells: Callable[[g.Call], bool] = lambda call: False,
    ) -> None:
        self._knowledge = knowledge
        self._code = code
        self._trail = trail
        self._by_error = by_error
        self._tells = tells
        self._known: dict[int, _Said | None] = {}
        calls = (node.op for node in code.nodes if isinstance(node.op, g.Call))
        self._given = {call.dest for call in calls if trail.is_given(call)}
        stores = [node.op for node in code.nodes if isinstance(node.op, g.Store)]
        self._stored = {store.name: store.src for store in stores}
        self._texts: dict[
            str, list[int]
        ] = {}  # by a name, the values with the file's name in them that it is given
        for store in stores:
            if store.src in trail.holding:
                self._texts.setdefault(store.name, []).append(store.src)
        self._made = {
            dest: node.op for node in code.nodes if (dest := getattr(node.op, "dest", None)) is not None
        }

    def told_at(self, way: Iterable[int]) -> int | None:
        """The row on which the way says the name to the user, as the last thing that is done with it, or as a
        warning."""
        told: int | None = None
        for index in way:
            said = self._at(index)
            if said is not None:
                if said.stays:
                    return said.row
                told = said.row
        return told

    def kept_at(self, way: Iterable[int]) -> int | None:
        """The row on which the way says in a handler, to the user or by what it raises, that the file is kept."""
        for index in way:
            node = self._code.nodes[index]
            if not any(place.kind == "handler" for place in node.places()):
                continue
            said = self._at(index)
            if said is not None and said.row is not None and self._words_of(node.op) & KEPT_WORDS:
                return said.row
        return None

    def _words_of(self, op: g.Op) -> frozenset[str]:
        """The words of what is said, or of what an exception is made with."""
        made = self._made.get(op.src) if isinstance(op, g.Raise) and op.src is not None else op
        if not isinstance(made, g.Call):
            return frozenset()
        return frozenset().union(*(self._words_around(argument.value) for argument in made.args))

    @property
    def ever_tells(self) -> bool:
        """Whether some operation says the name, on whatever way."""
        found = map(self._at, range(len(self._code.nodes)))
        return any(said is not None and said.row is not None for said in found)

    def _at(self, index: int) -> _Said | None:
        if index not in self._known:
            self._known[index] = self._said(index)
        return self._known[index]

    def _said(self, index: int) -> _Said | None:
        node, trail = self._code.nodes[index], self._trail
        row, op = node.span.start.row, node.op
        if isinstance(op, g.Call) and trail.is_given(op):
            if self._is_of_the_environment(op):
                return _Said(row, stays=True)
            said = _speaks(self._knowledge, trail.called.get(op.func, "")) or (
                "last" if self._tells(op) else ""
            )
            if not said and self._is_heard(op):
                return _Said(row)
            if said:
                return _Said(row, stays=said == "always" or self._says_where(op))
            return None if op.dest in trail.holding else _Said(None)  # only another name or a text of it
        if isinstance(op, g.SetItem):
            return _Said(row) if op.src in trail.holding and _is_environment(trail, op) else None
        if self._by_error and isinstance(op, g.Raise) and op.cause == "raise" and self._is_of_it(op):
            return _Said(row, stays=True)
        return None

    def _is_heard(self, call: g.Call) -> bool:
        """Whether a logger says, for those who watch the run, that something is found under the name."""
        head, _, last = self._trail.called.get(call.func, "").rpartition(".")
        speaker = head.rpartition(".")[2].lower()
        return last in HEARD_WORDS and any(w in speaker for w in LOGGER_WORDS) and self._says_where(call)

    def _says_where(self, call: g.Call) -> bool:
        """Whether the words around the name say that something is found there: then that is so, whatever comes
        next."""
        return any(self._words_around(argument.value) & FOUND_THERE_WORDS for argument in call.args)

    def _words_around(self, temp: int) -> frozenset[str]:
        """The words that stand in a text, as far as they are written out."""
        work, words, seen = [temp], set[str](), set[int]()
        while work:
            if (temp := work.pop()) in seen:
                continue
            seen.add(temp)
            match self._made.get(temp):
                case g.Text(parts=parts):
                    for part in parts:
                        words |= words_in(part) if isinstance(part, str) else set()
                    work += [part for part in parts if isinstance(part, int)]  # texts that stand side by side
                case g.Binary(left=left, right=right):
                    work += [left, right]
                case g.Load(name=name):
                    work += self._texts.get(name, ())
                case g.Const(value=str() as text):
                    words |= words_in(text)
        return frozenset(words)

    def returns_message(self) -> int | None:
        """The row on which the body gives a message that has the name in it, None where it doesn't."""
        for node in self._code.nodes:
            op = node.op
            if (
                not isinstance(op, g.Move)
                or op.dest != self._code.result
                or op.src not in self._trail.holding
            ):
                continue
            given = self._made.get(op.src)
            temp = self._stored.get(given.name, op.src) if isinstance(given, g.Load) else op.src
            if len(self._words_around(temp)) >= MESSAGE_WORDS:
                return node.span.start.row
        return None

    def _is_of_the_environment(self, call: g.Call) -> bool:
        """Whether it is written to a file that the environment names: the output of a step of a build."""
        method, depth = self._made.get(call.func), 0
        temp = method.obj if isinstance(method, g.GetAttr) else None
        while temp is not None and depth < RESOLVED_DEPTH:
            match self._made.get(temp):
                case g.Load(name=name):
                    temp, depth = self._stored.get(name), depth + 1
                case g.Enter(manager=inner) | g.GetItem(obj=inner):
                    temp, depth = inner, depth + 1
                case g.Call(func=func, args=args):
                    called = self._trail.called.get(func, "")
                    if called.endswith(ENVIRONMENT):
                        return True
                    opens = self._knowledge.effect(called, Opens) is not None
                    temp = args[0].value if args and opens else None
                    depth += 1
                case g.GetAttr():
                    return self._trail.called.get(temp, "").endswith("environ")
                case _:
                    return False
        return False

    def _is_of_it(self, op: g.Raise) -> bool:
        """Whether an exception is raised that is made of the name, or of a text with it."""
        return self._trail.reads(op) or op.src in self._given


@question(lambda func, given, named: False)
def tells_parameter(project: Project, func: Func, given: tuple[bool, ...], named: frozenset[str]) -> bool:
    """Whether a function says to the user what it is given at these positions or by these names, as the
    last thing that it does with it.
    What it calls in its turn isn't looked at."""
    code = project.code(func) if len(region_text(project, func)) < LONG_TEXT else None
    if code is None:
        return False
    params = code.params[1:] if func.bound is not None else code.params
    names = named | {param.name for param, is_it in zip(params, given, strict=False) if is_it}
    if not names:
        return False
    trail = trail_of(code, frozenset(), names)
    telling = Telling(project.knowledge, code, trail, by_error=False)
    return telling.told_at(range(len(code.nodes))) is not None


def _speaks(knowledge: Knowledge, name: str) -> str:
    """Whether what is called speaks to the user: "always", "last" when nothing comes after it, or "" for no."""
    head, _, last = name.rpartition(".")
    if name in SHOWING_FILES:
        return "last"
    announces = knowledge.effect(f"{ANY}.{last}", Announces)
    speaker = head.rpartition(".")[2].lower()
    if any(word in speaker for word in LOGGER_WORDS) and last in QUIET_WORDS:
        return ""
    if announces is None:
        words = words_of(last)
        prints = words & PRINTING_WORDS and not words - PRINTING_WORDS - BESIDE_PRINTING
        return "last" if last == "quit" or prints or words & SHOWING_WORDS else ""
    if speaker in SPEAKER_WORDS:
        return "always" if speaker not in STREAM_WORDS else "last"
    if words_of(speaker) & STREAM_WORDS:
        return "last"
    if not head:
        return "last" if announces.alone or last == "exit" else ""
    if not announces.goes_on:
        return "always"
    return "" if announces.for_speakers else "last"


def _is_environment(trail: Trail, op: g.SetItem) -> bool:
    return trail.called.get(op.obj, "").endswith("environ")
