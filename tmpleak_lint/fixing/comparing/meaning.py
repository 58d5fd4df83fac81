"""What a call does with the file: delete it and nothing else, register that, hand it on.

In: terms of the function and its arguments, what they hold at that place. Out: answers, by the function's row where it
has one, else by its name, else by its body (`comparing.functions`).
"""

from __future__ import annotations

import ast
import re
from functools import cached_property

from tmpleak_lint.analysis.domain.values import Const, Dotted, Func, Global, Klass
from tmpleak_lint.analysis.queries.summaries import always_leaves, leaves_by
from tmpleak_lint.analysis.queries.testing import is_of_tests
from tmpleak_lint.bounds import COMPARED_CALLS
from tmpleak_lint.fixing.comparing.caches import is_cache
from tmpleak_lint.fixing.comparing.functions import Body, Functions, Handed, InReach, holding, remembered
from tmpleak_lint.fixing.comparing.lent import is_taken_away
from tmpleak_lint.fixing.comparing.raising import carries, says
from tmpleak_lint.fixing.comparing.terms import (
    NONE,
    Term,
    base_of,
    called_by,
    const,
    container_of,
    dotted,
    holds,
    is_built,
    is_container,
    is_derived,
    is_lazy,
    is_message,
    is_own,
    is_plainly,
    mentions,
    parts,
    readable,
    tail,
    value_of,
)
from tmpleak_lint.fixing.comparing.trees import (
    last_name,
    nested_in,
    root_name,
    text_of,
    words_in,
)
from tmpleak_lint.flow.graph import MakeFunction
from tmpleak_lint.knowledge.model import (
    ANY,
    PATH,
    Awaits,
    Deletes,
    Effect,
    Ends,
    Enters,
    Handling,
    HandsOn,
    Holds,
    Keeps,
    Launches,
    Moment,
    Moves,
    Opens,
    OpensNamed,
    Pure,
    QuietManager,
    Reads,
    ReadsLater,
    Registers,
    Runs,
    RunsCommand,
    Share,
    Stack,
    Starts,
    Swallows,
    TakesOver,
    Tells,
    Waits,
)
from tmpleak_lint.knowledge.words import (
    ANSWERING_METHOD,
    ANSWERING_WORDS,
    ASSERTING_WORDS,
    BLOCKING_POOLS,
    BLOCKING_WORDS,
    CALLING_WORDS,
    CHECKING_WORDS,
    COMMAND_WORDS,
    DETACHING,
    EXITING,
    GIVES_AWAITABLE,
    KEEPING_WORDS,
    LETS_GO_ON,
    LINKING_WORDS,
    LOOK_UP_WORDS,
    MOVING_WORDS,
    REWRITING_WORDS,
    SHELL_DELETERS,
    SHELLS,
    STARTING_WORDS,
)

_EXIT = "SystemExit"
_SAYING = ("sys.stdout.write", "sys.stderr.write")
_OPTIONS_AND_PATH = re.compile(r"""(\S+)(?:\s+-\S+)*\s+(["']?)\0\2\s*""")
LINKED = "linked"  # a name that leads to it
_IN_BACKGROUND = re.compile(r"(?<![&>|])&(?=\s|\)|\Z)")
_WRITING = frozenset("w+")
_RUNNER = len(("python", "-m", "pip"))  # words up to what a command runs
STACKED = "stacked"  # what was put on a stack of things to be done when a scope is left
# How a thing that the body hasn't made for itself is known, by where it came from: others have it, or may.
THEIRS, FOUND = ":theirs", ":found"
_MOVING = frozenset(MOVING_WORDS) - {"copy", "commit"}


class Meaning(Functions):
    """Answers about calls in one body."""

    def __init__(self, body: Body) -> None:
        super().__init__(body)
        self.inner = {inner.qualname: inner for inner in nested_in(body.code)}

    @remembered
    def name(self, name: str) -> Term:
        """What a name that the body doesn't bind means."""
        found = self.project.lookup(self.module, name)
        match found:
            case Dotted(name=full):
                return ("name", full)
            case Func(qualname=qualname) | Klass(qualname=qualname):
                return ("name", qualname)
            case Const(value=value):
                return const(value)
            case Global():
                return ("global", name)
        return ("free", name)

    @remembered
    def does(self, func: Term, *kinds: type[Effect]) -> bool:
        """Whether a call has such an effect: by its dotted name, or as a method of whatever object."""
        name = dotted(func)
        known = bool(name) and any(self.knowledge.effect(name, kind) is not None for kind in kinds)
        return known or tail(func) in self.knowledge.method_tails(*kinds)

    @remembered
    def stacks(self, func: Term) -> bool:
        """Whether a call registers something that is carried out before what has been registered earlier."""
        name = tail(func)
        return base_of(func) is not None and (name in self._stacked or self.does(func, Enters))

    @cached_property
    def _stacked(self) -> frozenset[str]:
        return self.knowledge.tails_where(Registers, lambda registers: registers.stacked)

    @cached_property
    def _scheduling(self) -> frozenset[str]:
        return self.knowledge.tails_where(HandsOn, lambda hands_on: hands_on.what is Share.COROUTINE)

    # -- deleting ---------------------------------------------------------------------------------

    @remembered
    def deleted(self, func: Term, args: tuple[Term, ...]) -> Term | None:
        """What a call deletes, when it does nothing but that; None for every other call."""
        name, knowledge = dotted(func), self.knowledge
        plain = [each for each in args if each[:1] != ("kw",)]
        position = knowledge.deleted_position(name or readable(func)) if name or knowledge.own else None
        if position is not None:
            return plain[position] if len(plain) > position else None
        if name and knowledge.effect(name, RunsCommand) is not None:
            return _removed_by_command(plain)
        match func:
            case ("attr", tuple() as base, str(method)) if not plain and (
                method == "cleanup" or knowledge.method(PATH, method).effect(Deletes) is not None
            ):
                return base
            case ("call", ("name", "functools.partial"), (tuple() as inner, *given)):
                return self.deleted(inner, (*given, *args))  # type: ignore[arg-type]
            case ("fn", str(qualname), *_) if qualname in self.inner:
                return self._deleted_by(InReach(self.module, self.inner[qualname]), plain)
        found = self._body(self._function(func))
        return self._deleted_by(found, plain) if found is not None else None

    @remembered
    def is_strict(self, func: Term, args: tuple[Term, ...]) -> bool:
        """Whether a deletion, by the call itself, fails where nothing is there: those of helpers may bear it."""
        name = dotted(func)
        plain = [each for each in args if each[:1] != ("kw",)]
        if len(plain) < len(args) or len(plain) > 1:
            return False  # `missing_ok=True`, `ignore_errors=True`
        if name:
            return bool(plain) and self.knowledge.effect(name, Deletes) is not None
        return not plain and self.knowledge.method(PATH, tail(func)).effect(Deletes) is not None

    @remembered
    def moved(self, func: Term, args: tuple[Term, ...]) -> Term | None:
        """What a call takes away from its place."""
        moves = self.knowledge.effect(dotted(func), Moves) if dotted(func) else None
        if moves is not None:
            return args[moves.at] if 0 <= moves.at < len(args) else None
        base = base_of(func)
        taken = len(args) == 1 and self.knowledge.method(PATH, tail(func)).effect(Moves) is not None
        return base if taken else None

    @remembered
    def writes_anew(self, func: Term, args: tuple[Term, ...]) -> bool:
        """Whether a call writes what it is given the name of first, by its mode or its name, and leaves nothing of what
        was in it."""
        modes = [each for each in map(value_of, args) if each[:2] == ("const", "str")]
        if self.does(func, Opens, OpensNamed):
            return any(set(str(mode[2]).strip("'\"")[:3]) & _WRITING for mode in modes)
        return bool(words_in(tail(func)) & REWRITING_WORDS)

    @remembered
    def registered(self, func: Term, args: tuple[Term, ...]) -> Term | None:
        """What a registrar is asked to delete, when that is all that it is asked."""
        registrar = self.registrar(func)
        plain = args[registrar.at :] if registrar is not None else ()
        return self.deleted(plain[0], plain[1:]) if plain else None

    @remembered
    def registrar(self, func: Term) -> Registers | None:
        """How a call registers callables that certainly run: when a scope is left, or a life ends."""
        name = dotted(func)
        found = self.knowledge.effect(name, Registers) if name else None
        found = found or self.knowledge.model(f"{ANY}.{tail(func)}").effect(Registers)
        if found is None:
            return Registers(stacked=True) if self.does(func, Enters) else None
        return found if found.stacked or found.at_exit else None

    # -- handing on -------------------------------------------------------------------------------

    @remembered
    def handing(self, func: Term, args: tuple[Term, ...], result: Term) -> tuple[Handed, Term] | None:
        """How a call hands the file on, and by which value that is known."""
        name, full, base = tail(func), dotted(func), base_of(func)
        if base is not None and is_derived(base) and self._sets_to_work(func):
            return Handed.LATER, base
        if (how := self._has_lazy(func, args)) is not None:
            return how, result
        if not any(is_derived(each) for each in args):
            return None
        if name in self._scheduling:
            return Handed.LATER, result
        if base is not None and is_outside(base) and self.registrar(func) is not None:
            return Handed.LATER, result  # it runs when the test, or the process, is over
        if base is not None and (asked := self._asked_of(func, args)) is not None:
            return Handed.LATER, (STACKED, base) if asked.stacked else result
        held = any(holds(each) for each in args)
        if words_in(name) & LINKING_WORDS and not is_derived(
            link := args[1] if full and len(args) > 1 else base or result
        ):
            return Handed.KEEPS, (LINKED, link)
        if base is None and held and self.registrar(func) is not None:
            return Handed.KEEPS, result
        if held and (name in self._later or self.does(func, ReadsLater)):
            return Handed.LATER, result
        if self.is_setting(func):
            return Handed.MAYBE if self._bears_absence(func) else Handed.KEEPS, ("setting", full)
        if held and self.runs_command(func) and _is_detached(args):
            return Handed.DETACHED, result
        if held and self.knowledge.effect(full or readable(func), TakesOver) is not None:
            return Handed.KEEPS, result
        bodies = self._bodies(func)
        kept = next((kept for each in bodies if held and (kept := self._keeps(each, args))), "")
        if kept == Handed.CACHES or (kept and (kept == Handed.LATER or base is None or is_outside(base))):
            return self.keeping_in(base) if kept == Handed.KEEPS else Handed(kept), result
        if kept and base is not None:
            return Handed.CARRIES, base  # an object that the body has made: wherever that goes
        if full == "compile" and held:
            return Handed.MAYBE, result  # who looks for the source of its code finds it by that name
        if self.does(func, Tells) or (
            any(is_message(value_of(each)) for each in args) and self._may_tell(func)
        ):
            return Handed.TELLS, result
        if full in _SAYING:
            return Handed.TELLS, result
        if held and self.moved(func, args) is None and words_in(name) & _MOVING:
            return Handed.MOVES, result
        outside = base is None or is_outside(base)
        if bodies:
            # What was made from it may lie in it, and need it still.
            made = any(self._keeps(each, args, is_derived) for each in bodies)
            return (Handed.MAYBE, result) if outside and made else None
        keeps = self.knowledge.effect(f"{ANY}.{name}", Keeps)
        if keeps is not None and keeps.in_itself and base is not None:
            return Handed.KEEPS if held else Handed.MAYBE, result
        if name in self.keeping_names and held and not self._opens_by_name(full):
            if base is not None and not outside:
                return Handed.CARRIES, base
            return Handed.OWN if self._is_own(base) else self.keeping_in(base), result
        keeping = base is not None and bool(words_in(name) & KEEPING_WORDS)
        if keeping and base is not None and not outside and held:
            return Handed.CARRIES, base  # wherever that goes
        keeping = keeping and outside
        # An object that has it, given to code that isn't in reach: what becomes of that object, nobody can tell.
        if (
            keeping
            or (outside and self._may_call_later(func, args))
            or (outside and not self.is_class(func) and any(is_built(value_of(each)) for each in args))
        ):
            return Handed.MAYBE, result
        return None

    def _has_lazy(self, func: Term, args: tuple[Term, ...]) -> Handed | None:
        """How somebody who may not ask for it before he comes back gets what reads the file when it is asked."""
        if not any(is_lazy(value_of(each)) for each in args if each[:1] != ("star",)):
            return None
        base = base_of(func)
        if base is None:
            return Handed.MAYBE if func[:1] in (("param",), ("free",), ("global",)) else None
        puts = tail(func) in self.keeping_names - self._putting_each
        return self.keeping_in(base) if puts and is_outside(base) else None

    @cached_property
    def _putting_each(self) -> frozenset[str]:
        return self.knowledge.tails_where(Holds, lambda holds: holds.how is Handling.PUTS_EACH)

    @remembered
    def lets_go_on(self, func: Term, args: tuple[Term, ...]) -> bool:
        """Whether a coroutine that a call is given goes on where the wait for what the call gives fails."""
        several = len([each for each in args if each[:1] != ("kw",)]) > 1 or any(
            each[:1] == ("star",) for each in args
        )
        waits_for_all = ("kw", "return_exceptions", const(True)) in args
        name = tail(func)
        return name in LETS_GO_ON and (name != LETS_GO_ON[0] or (several and not waits_for_all))

    def gives_awaitable(self, func: Term, *, is_awaited: bool) -> bool:
        """Whether a call gives what is to be waited for, and has waited for nothing itself."""
        waits = self.does(func, Waits)
        return (is_awaited and waits) or (tail(func) in GIVES_AWAITABLE and (self.code.is_async or not waits))

    @remembered
    def is_answer(self, func: Term, args: tuple[Term, ...]) -> bool:
        """Whether a call comes back when somebody else has got on."""
        asks = tail(func) == ANSWERING_METHOD and all(each[:1] == ("kw",) for each in args)
        return asks or self.does(func, Waits) or bool(words_in(tail(func)) & ANSWERING_WORDS)

    @remembered
    def is_map(self, func: Term) -> bool:
        """Whether a call gives a pool several jobs at once."""
        return base_of(func) is not None and tail(func) in self._mapping

    @cached_property
    def _mapping(self) -> frozenset[str]:
        return self.knowledge.tails_where(Runs, lambda runs: runs.moment is Moment.EACH)

    def maps_to_the_end(self, pool: str) -> bool:
        """Whether a pool's `map` comes back when all is done, by the function that made the pool."""
        return pool in BLOCKING_POOLS

    @remembered
    def is_told(self, func: Term) -> bool:
        """Whether a call tells somebody of the file, and gives nothing to wait for."""
        return self.does(func, HandsOn, ReadsLater) and not self.does(func, Runs, Launches, Starts, Awaits)

    @remembered
    def origin(self, label: Term) -> str:
        """Where what an operation gives comes from: out of something that others have, or may have."""
        match label:
            case ("iterate" | "next", tuple() as source):
                source = container_of(source)
                return THEIRS if is_outside(source) and keeps_in(source) == Handed.KEEPS else FOUND
            case ("call", tuple() as func, _) if self._looks_up(func):
                return FOUND
        return f":{label[0]}"

    def _looks_up(self, func: Term) -> bool:
        """Whether a call gives something that is there already: by what its body returns, else by its name."""
        bodies = self._bodies(func)
        if not bodies:
            return not self.is_class(func) and tail(func).lower().startswith(LOOK_UP_WORDS)
        return any(
            isinstance(value, ast.Name | ast.Attribute | ast.Subscript)
            and root_name(value) not in _made_in(found)
            for found in bodies
            for value in found.returned
        )

    @remembered
    def puts_away(self, label: Term) -> bool:
        """Whether something visible stores what it is about where others may have it from then on."""
        match label:
            case ("set" | "setitem" | "store", *_):
                return True
            case ("call", tuple() as func, _):
                return tail(func) in self.keeping_names
        return False

    def keeping_in(self, base: Term | None, attribute: str = "") -> Handed:
        """How something has the file that was put in it, or in an attribute of it."""
        kept = keeps_in(base)
        name = readable(base) if base is not None else ""
        name = f"{name}.{attribute}" if attribute and name else attribute or name
        root = base
        while root is not None and root[:1] in (("attr",), ("item",)):
            root = root[1]  # type: ignore[assignment]
        lasts = root is None or root[:1] in (("name",), ("global",), ("free",)) or ".__class__" in name
        names = {name, name.partition(".")[2] if root is not None and root[:1] == ("name",) else name} - {""}
        asked = any(is_cache(self.own_text, each) for each in sorted(names))
        return Handed.CACHES if lasts and asked else kept

    @cached_property
    def own_text(self) -> str:
        """The text of the body."""
        return text_of(self.module, self.code)

    def _is_own(self, base: Term | None) -> bool:
        """Whether something hangs on the object of the method, which nobody gets where the method fails."""
        while base is not None and base[:1] in (("attr",), ("item",)):
            base = base[1]  # type: ignore[assignment]
        return self.is_unowned and base == ("param", self.own)

    def _opens_by_name(self, full: str) -> bool:
        """Whether a function of a module, whatever methods are called like it, opens what it is given the name of."""
        return bool(full) and self.knowledge.effect(full, OpensNamed) is not None

    def _asked_of(self, func: Term, args: tuple[Term, ...]) -> Registers | None:
        """How a call asks for something to be called with the file when a scope or a job has ended: more than
        closing and deleting."""
        found = self.knowledge.model(f"{ANY}.{tail(func)}").effect(Registers)
        if found is None or found.at_exit:
            return None
        given = [value_of(each) for each in args]
        asked = given[found.at :]
        if not asked or tail(asked[0]) == "close" or self.deleted(asked[0], tuple(asked[1:])) is not None:
            return None
        return found if self._is_callable(asked[0]) or found.stacked else None

    def _may_call_later(self, func: Term, args: tuple[Term, ...]) -> bool:
        """Whether a call that isn't in reach is given a function that has the file, or one beside the file: it may
        call it when it has come back."""
        dark = base_of(func) is not None or "." in dotted(func)
        if not dark or self.does(func, Runs, Pure) or words_in(tail(func)) & CALLING_WORDS:
            return False
        given = [value_of(each) for each in args]
        asked = [each for each in given if self._is_callable(each) and self.deleted(each, ()) is None]
        return bool(asked) and any(holds(each) for each in given)

    def _is_callable(self, value: Term) -> bool:
        match value:
            case ("fn", *_) | ("call", ("name", "functools.partial"), *_):
                return True
            case ("name", *_):
                return self._function(value) is not None
        return False

    def _may_tell(self, func: Term) -> bool:
        """Whether a call that is given a text may show it to people: it neither runs nor, in a test, compares it."""
        words = words_in(tail(func))
        compares = self.is_in_test and words & ASSERTING_WORDS
        return not (compares or words & COMMAND_WORDS or self.runs_command(func))

    @cached_property
    def is_taken_away(self) -> bool:
        """Whether somebody in the module moves or deletes what the body lends by `yield`."""
        text = "\n".join(self.module.source.lines)
        return is_taken_away(text, self.code.name, self.knowledge.tails(Moves, Deletes))

    @cached_property
    def is_in_test(self) -> bool:
        """Whether the body is one of tests: what assertions say there is for whoever looks for an error."""
        bases = self.project.bases(self.owner)[1] if self.owner is not None else ()
        is_case = any(name.endswith("TestCase") for name in bases)
        return is_case or is_of_tests(self.module) or self.code.name.startswith("test")

    @remembered
    def raises_with(self, func: Term, args: tuple[Term, ...]) -> Handed | None:
        """Whether what a call raises has the file, or says where it is: a function of the project does nothing but
        raise, or by its name it checks something and has a message."""
        for each in self._bodies(func):
            if self._raises_it(each, holding(each.code, args, is_derived)):
                carried = carries(each.tree, holding(each.code, args, is_plainly))
                return Handed.CARRIES if carried else Handed.SAYS
        checks = not self._bodies(func) and words_in(tail(func)) & CHECKING_WORDS and self._may_tell(func)
        return Handed.SAYS if checks and any(is_message(value_of(each)) for each in args) else None

    def _raises_it(self, found: InReach, given: frozenset[str], depth: int = 0) -> bool:
        def further(call: ast.Call, known: frozenset[str]) -> bool:
            helper = self._body(Func(found.module.key, last_name(call.func)))
            if helper is None or depth >= COMPARED_CALLS or not isinstance(call.func, ast.Name):
                return False
            params = [param.name for param in helper.code.params]
            names = [{n.id for n in ast.walk(each) if isinstance(n, ast.Name)} for each in call.args]
            has = frozenset(param for param, each in zip(params, names, strict=False) if each & known)
            return self._raises_it(helper, has, depth + 1)

        return bool(given) and says(found.tree, given, further)

    @remembered
    def is_class(self, func: Term) -> bool:
        """Whether what is called is a class, by its name where it isn't in reach."""
        name = tail(func)
        return name in self.module.source.skeleton.classes or name.lstrip("_")[:1].isupper()

    @remembered
    def is_coroutine(self, func: Term) -> bool:
        """Whether what is called gives a coroutine: nothing of it runs before that is awaited."""
        if is_own(func):
            return func[1] in self._own_coroutines
        found = self._body(self._function(func))
        return found is not None and found.code.is_async and not found.code.is_generator

    @cached_property
    def _own_coroutines(self) -> frozenset[str]:
        """The functions that the body makes itself, by their qualified names, of which a call is a coroutine."""
        made = [op.code for node in self.code.nodes if isinstance(op := node.op, MakeFunction)]
        return frozenset(code.qualname for code in made if code.is_async and not code.is_generator)

    @remembered
    def exits(self, func: Term) -> bool:
        """Whether a call ends the program, and always does, or makes what is raised to that end."""
        name = dotted(func)
        if name == _EXIT or self.knowledge.leaves_with(name) == _EXIT:
            return True
        found = self._function(func)
        if found is None or not always_leaves(self.project, found):
            return False
        return _EXIT in str(leaves_by(self.project, found))

    def ends_by_name(self, func: Term, head: str, name: str) -> bool:
        """Whether a method ends the program, most often with a message, by its name and that of its object."""
        of = words_in(head.rpartition(".")[2])
        if not any(f"{word}.{name}" in EXITING for word in of):
            return False
        return self._function(func) is None

    @remembered
    def is_stack(self, manager: Term) -> bool:
        return self.knowledge.effect(dotted(called_by(manager)), Stack) is not None

    @remembered
    def may_swallow(self, manager: Term) -> bool:
        """Whether leaving a manager may end what was raised in its block: it isn't known that it doesn't."""
        row = self.knowledge.model(dotted(called_by(manager)))
        quiet = row.effect(QuietManager) is not None or row.effect(Opens) is not None
        return not quiet or row.effect(Swallows) is not None or row.effect(Stack) is not None

    @remembered
    def reads_up(self, func: Term) -> bool:
        """Whether a method reads or waits to the end of what a program says."""
        return tail(func) == "close" or self.does(func, Reads)

    @remembered
    def is_setting(self, func: Term) -> bool:
        """Whether a call changes what the whole process goes by."""
        keeps = self.knowledge.effect(dotted(func), Keeps)
        return keeps is not None and keeps.process

    def _bears_absence(self, func: Term) -> bool:
        keeps = self.knowledge.effect(dotted(func), Keeps)
        return keeps is not None and keeps.bears_absence

    def _sets_to_work(self, method: Term) -> bool:
        """Whether a method of an object that has the file makes it go on with it after the call."""
        words = words_in(tail(method))
        return self.does(method, Starts) or (bool(words & STARTING_WORDS) and not words & BLOCKING_WORDS)

    @remembered
    def takes_descriptor(self, func: Term) -> bool:
        """Whether a call closes a descriptor, or makes a file object of it."""
        row = self.knowledge.model(dotted(func))
        ends, opens = row.effect(Ends), row.effect(Opens)
        return (ends is not None and ends.descriptor) or (opens is not None and opens.descriptor_only)

    def is_plain(self, func: Term) -> bool:
        """Whether a call's result holds nothing of the file but what was read from it."""
        return tail(func) in self.knowledge.tails(Reads)


def _made_in(body: InReach) -> frozenset[str]:
    """The names that a function binds for itself."""
    return body.code.local_names - body.code.global_names - {param.name for param in body.code.params}


def is_outside(base: Term) -> bool:
    """Whether an object is not one that the body has made for itself: elements of what is gone over are others' too."""
    match base:
        case ("attr" | "item", tuple() as inner, *_):
            return is_outside(inner)
        case ("elem", ("call", _, tuple() as source)) | ("elem", tuple() as source):
            return any(map(is_outside, parts(source)))
        case ("call", _, tuple() as given) if not is_container(base):
            return not given or is_outside(given[0])
        case ("made", str(place), *_):
            return place.endswith((THEIRS, FOUND))
    return base[:1] in (("param",), ("free",), ("global",), ("name",))


def keeps_in(base: Term | None) -> Handed:
    """How something has the file that was put in it, which the body hasn't made for itself: where nobody knows who has
    that, it may be the body alone."""
    while base is not None and base[:1] in (("attr",), ("item",)):
        base = base[1]  # type: ignore[assignment]
    found = base is not None and base[:1] == ("made",) and str(base[1]).endswith(FOUND)
    return Handed.MAYBE if found else Handed.KEEPS


def _removed_by_command(args: list[Term]) -> Term | None:
    """The path of `["rm", "-rf", path]` or `f"rm -rf {path}"`, where nothing but options stands beside it."""
    match args:
        case [("build", str(), *words)]:
            text = " ".join(map(_written, words))
        case [("text", *words)]:
            text = "".join(map(_written, words))
        case _:
            return None
    found = _OPTIONS_AND_PATH.fullmatch(text)
    if found is None or found[1] not in SHELL_DELETERS:
        return None
    return next(each for each in words if isinstance(each, tuple) and mentions(each))


def _is_detached(args: tuple[Term, ...]) -> bool:
    """Whether a command leaves the file to what goes on when it is done: `docker run -d`, `... &` in a shell's text."""
    match value_of(args[0]) if args else NONE:
        case ("build", str(), *parts_of_it):
            words = [_written(each) for each in parts_of_it]
            texts = ["".join(map(_written, each[1:])) for each in parts_of_it if each[:1] == ("text",)]  # type: ignore[index]
            if SHELLS.intersection(words) and any(map(_IN_BACKGROUND.search, texts)):
                return True
        case ("text", *parts_of_it):
            text = "".join(map(_written, parts_of_it))
            if _IN_BACKGROUND.search(text):
                return True
            words = text.split()
        case _:
            return False
    first = next((n for n, word in enumerate(words[:_RUNNER]) if _detaching(word)), None)
    if first is None:
        return False
    name, given = words[first].rpartition("/")[2], words[first + 1 :]
    asked = [each.split()[1:] for each in DETACHING if each.split()[0] == name]
    return any(all(word in given for word in each) and (each or first == 0) for each in asked)


def _detaching(word: str) -> bool:
    return any(each.split()[0] == word.rpartition("/")[2] for each in DETACHING)


def _written(word: object) -> str:
    """A word of a command as it is written, the path as a mark that no text has; what isn't known as two of them."""
    match word:
        case ("const", "str", str(text)):
            return str(ast.literal_eval(text))
        case tuple() if mentions(word):
            return "\0"
    return "\0\0"
