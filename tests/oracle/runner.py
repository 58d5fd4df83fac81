"""Run a program for real under every plan of faults, flags and loop counts: the truth about what it leaves.

In: source text. Out: `Truth`, the lines whose creation can leave a file (or an open descriptor of
`mkstemp`) behind, each with the plan that shows it; or `same_behaviour`, for two versions of one program.

How a program is used: every public function is called with unknown arguments (`ARGUMENTS` by parameter
name), a generator is iterated or abandoned at any yield, a context manager's body succeeds or raises, a
class is entered and left or constructed, used and closed. After the entry, what was registered for exit
runs, then the disk is read.

The number of runs is capped (`MAX_RUNS`) in order of the number of faults: `Truth.complete` says whether
the cap cut anything off. A run has at most `FAULTS` faults.
"""

# ruff: noqa: PTH118  (hot loops over strings)
from __future__ import annotations

import builtins
import gc
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.oracle.choices import Choices, Key, every_plan
from tests.oracle.instrument import Entry, OracleGap, Prepared, prepare
from tests.oracle.tracking import tracker
from tests.oracle.unknown import Opaque
from tests.oracle.world import Run, Strange, World

FAULTS = 3
MAX_RUNS = 1500
YIELDS = 10  # a generator is abandoned at the latest there
CLOSERS = ("close", "cleanup", "stop", "shutdown")
WIDE: Mapping[type[BaseException], type[BaseException]] = {
    LookupError: KeyError,
    ArithmeticError: ZeroDivisionError,
}
USES = ("start", "open", "run", "work", "use")


@dataclass(frozen=True, slots=True)
class Truth:
    """What really happens: line -> the decisions (in words) that leave something behind."""

    files: Mapping[int, str]
    descriptors: Mapping[int, str]
    created: frozenset[int]
    runs: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run as an outsider sees it, temporary names replaced by stable ones."""

    result: str
    exception: str
    events: tuple[tuple[str, ...], ...]
    delivered: tuple[tuple[str, str], ...]
    files: frozenset[int]
    descriptors: frozenset[int]
    created: frozenset[int]
    cleanup_faults: frozenset[int]  # see `world.Run`
    released: frozenset[tuple[str, int, int]]
    plan: Mapping[Key, int]
    offered: Mapping[
        str, tuple[str, ...]
    ]  # by call, the exceptions that can be injected, in the order of the options


def flag_value(value: object) -> Callable[[World, str], object]:
    return lambda world, name: value


def foreign(world: World, name: str) -> object:
    """None, or a path that somebody else made."""
    return os.path.join(world.delivered, "foreign") if world.decide(("given", name), 2) else None


def outside_list(world: World, name: str) -> object:
    made: list[Any] = []
    world.run.outside.append(made)
    return made


# What a parameter of this name gets; any other is unknown. A keep option has the value at which the user
# did not ask to keep the file: the tool takes a deletion under such an option as held.
ARGUMENTS: Mapping[str, Callable[[World, str], object]] = {
    **dict.fromkeys(("keep", "debug", "save", "preserve"), flag_value(False)),
    **dict.fromkeys(("delete", "cleanup"), flag_value(True)),
    "dest": lambda world, name: os.path.join(world.delivered, "dest"),
    "target": lambda world, name: os.path.join(world.delivered, "target"),
    "src": lambda world, name: world.source,
    "given": foreign,
    "registry": outside_list,
}


class Driver:
    """Runs one prepared program under one plan at a time."""

    def __init__(self, world: World, prepared: Prepared) -> None:
        self.world, self.prepared = world, prepared
        self.named = prepared.exceptions
        self.moves_fail = False
        self.track = tracker(world)

    def kinds(self, module: dict[str, Any]) -> tuple[type[BaseException], ...]:
        """The exceptions to inject: one that nothing names, and one for each name that handlers have."""
        found: dict[type[BaseException], None] = {Strange: None}
        for name in self.named:
            kind = module.get(name, getattr(builtins, name, None))
            if kind is None and name.endswith("Error"):
                kind = getattr(self.world.modules["app"], name)  # a fix may drop the import, not the faults
            if isinstance(kind, type) and issubclass(kind, Exception) and kind is not Exception:
                found[WIDE.get(kind, kind)] = None
        return tuple(found)

    def run(self, entry: Entry, choices: Choices) -> Outcome:
        """Call `entry` under a plan, end everything, look at the disk."""
        world = self.world
        run = Run(choices, self.prepared, moves_fail=self.moves_fail)
        world.begin(run)
        result, exception = "", ""
        try:
            module: dict[str, Any] = {
                "__name__": "program",
                "__builtins__": world.builtins,
                "__track__": self.track,
            }
            try:
                exec(self.prepared.code, module)
                run.kinds = self.kinds(module)
                value = self.use(entry, module)
                for made in run.outside:
                    run.ledger.give_away(made)
                result = self.result(value)
                del value
            except OracleGap:
                raise
            except BaseException as error:
                exception = type(error).__name__
                reason = self.unexpected(error)
                if reason is not None:
                    raise OracleGap(reason) from error
                for made in run.outside:
                    run.ledger.give_away(made)
            run.settled = True
            for function, args, options in reversed(run.at_end):
                try:
                    function(*args, **options)
                except Exception as error:
                    run.events.append(("at exit", type(error).__name__))
            module.clear()
            if self.prepared.needs_collection:
                gc.collect(1)  # what the run made is young
            if run.gap is not None:
                raise OracleGap(run.gap)
            return Outcome(
                result,
                exception,
                tuple(run.events),
                self.delivered(),
                frozenset(made.line for made in run.ledger.left_on_disk() if not run.void),
                frozenset(item.line for item in run.ledger.left_open() if not run.void),
                frozenset(made.line for made in run.ledger.made),
                run.cleanup_faults,
                frozenset(run.released),
                choices.as_plan(),
                {name: tuple(kind.__name__ for kind in kinds) for name, kinds in run.offered.items()},
            )
        finally:
            world.sweep()

    def unexpected(self, error: BaseException) -> str | None:
        """Why this exception shows a program outside the contract, or a fault of the oracle itself."""
        if isinstance(error, (TypeError, AttributeError)) and "injected" not in str(error):
            return f"{type(error).__name__}: {error}"
        if isinstance(error, NameError):
            trace = error.__traceback__
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            if trace is not None and not self.in_cleanup(trace.tb_lineno):
                return f"outside of a finally, {error}"
        return None

    def in_cleanup(self, line: int) -> bool:
        return line in self.prepared.finals or line in self.prepared.teardown

    def use(self, entry: Entry, module: dict[str, Any]) -> Any:
        """Use an entry as its callers would."""
        arguments = [self.argument(name) for name in entry.parameters]
        function = module[entry.name]
        if entry.kind == "function":
            return function(*arguments)
        if entry.kind == "generator":
            return self.iterate(entry, function(*arguments))
        if entry.kind == "manager":
            with function(*arguments) as value:
                self.body(entry, awaiting=False)
            del value
            return None
        if entry.kind == "coroutine":
            return finish(function(*arguments))
        if entry.kind == "asyncmanager":
            return finish(self.async_with(entry, function(*arguments)))
        if entry.kind == "asyncgenerator":
            return finish(self.async_iterate(entry, function(*arguments)))
        return self.live(entry, function(*arguments))

    def argument(self, name: str) -> object:
        make = ARGUMENTS.get(name)
        return Opaque(self.world, name) if make is None else make(self.world, name)

    def body(self, entry: Entry, *, awaiting: bool) -> None:
        """The body of somebody's `with`: it may raise."""
        self.world.risk(f"body of {entry.name}", awaiting=awaiting)

    def iterate(self, entry: Entry, generator: Any) -> None:
        for count, _ in enumerate(generator, 1):
            if count == YIELDS or self.world.decide(("abandon", entry.name), 2):
                generator.close()
                return

    async def async_with(self, entry: Entry, manager: Any) -> None:
        async with manager:
            self.body(entry, awaiting=True)

    async def async_iterate(self, entry: Entry, generator: Any) -> None:
        count = 0
        async for _ in generator:
            count += 1
            if count == YIELDS or self.world.decide(("abandon", entry.name), 2):
                await generator.aclose()
                return

    def live(self, entry: Entry, owner: Any) -> None:
        """The life of an object: entered and left, or used; then closed, unless entering it failed."""
        usable = "__enter__" not in entry.methods
        try:
            if "__enter__" in entry.methods:
                with owner:
                    usable = True
                    self.body(entry, awaiting=False)
            else:
                for name in USES:
                    if name in entry.methods:
                        getattr(owner, name)()
        finally:
            if usable:
                for name in CLOSERS:
                    if name in entry.methods:
                        getattr(owner, name)()

    def result(self, value: Any) -> str:
        """What was returned, and whether the files in it are there."""
        text = self.world.describe(value)
        there = [
            name for path, name in self.world.run.names.items() if name in text and os.path.lexists(path)
        ]
        return f"{text} there: {there}" if there else text

    def delivered(self) -> tuple[tuple[str, str], ...]:
        """Everything below the delivery folder, with its content."""
        found = []
        for folder, folders, files in os.walk(self.world.delivered):
            for name in folders:
                found.append((os.path.relpath(os.path.join(folder, name), self.world.delivered), "<dir>"))
            for name in files:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    found.append((os.path.relpath(path, self.world.delivered), repr(file.read())))
        return tuple(sorted(found))


def finish(awaitable: Any) -> Any:
    """Run a coroutine whose awaits never suspend."""
    steps = awaitable.__await__()
    try:
        next(steps)
    except StopIteration as stop:
        return stop.value
    raise OracleGap("a coroutine suspended")


def words(outcome: Outcome) -> str:
    """A plan for a reader: which call fails how, which answers are yes, how often loops turn."""
    said = []
    for (name, count), option in outcome.plan.items():
        match name:
            case ("fault", str(call)):
                options = ("OSError",) if call == "move" else outcome.offered[call]
                said.append(f"{call} #{count + 1} raises {options[option - 1]}")
            case ("truth", str(value), str(question)):
                said.append(f"{value} {question}")
            case ("count", str(value)):
                said.append(f"{value} has {option}")
            case ("abandon", str(generator)):
                said.append(f"{generator} abandoned at yield {count + 1}")
            case ("given", str(parameter)):
                said.append(f"{parameter} is given")
    return ", ".join(said) or "nothing special"


def explore(world: World, source: str, *, max_runs: int = MAX_RUNS) -> Truth:
    """What the program leaves behind, over every plan of every entry."""
    driver = Driver(world, prepare(source))
    left: dict[tuple[str, int], dict[frozenset[int], str]] = {}
    released: set[tuple[str, int, int]] = set()
    created: set[int] = set()

    def note(entry: Entry, outcome: Outcome) -> None:
        created.update(outcome.created)
        released.update(outcome.released)
        for what, lines in (("file", outcome.files), ("descriptor", outcome.descriptors)):
            for line in lines:
                shown = left.setdefault((what, line), {})
                if outcome.cleanup_faults not in shown:
                    shown[outcome.cleanup_faults] = f"{entry.name}: {words(outcome)}"

    def proven(what: str) -> dict[int, str]:
        """Lines left in some run that does not owe it to a call raising in a `finally` that releases them."""
        found: dict[int, str] = {}
        for (kind, line), shown in left.items():
            excused = {final for released_kind, at, final in released if (released_kind, at) == (kind, line)}
            plans = [plan for faults, plan in shown.items() if not faults & excused]
            if kind == what and plans:
                found[line] = plans[0]
        return found

    runs, complete = every_run(driver, max_runs, note)
    return Truth(proven("file"), proven("descriptor"), frozenset(created), runs, complete)


@dataclass(frozen=True, slots=True)
class Difference:
    """A plan under which two versions of a program differ in more than what they leave behind."""

    entry: str
    plan: str
    before: Outcome
    after: Outcome


def same_behaviour(world: World, before: str, after: str, *, max_runs: int = MAX_RUNS) -> list[Difference]:
    """Run both versions under every plan of either: result, exception type, calls made, files delivered.

    Empty when they agree everywhere. What stays on disk is not compared here: `explore(after).files` says it.
    """
    drivers = {text: Driver(world, prepare(text)) for text in (before, after)}
    differences: list[Difference] = []
    named = tuple(dict.fromkeys(name for driver in drivers.values() for name in driver.named))
    for driver in drivers.values():
        driver.named = named  # so that the numbers of the options mean the same
        driver.moves_fail = True
    for text in (before, after):

        def compare(entry: Entry, outcome: Outcome, other: str = after if text is before else before) -> None:
            again = drivers[other].run(entry, Choices(replay=outcome.plan))
            if behaviour(outcome) != behaviour(again):
                pair = (outcome, again) if other is after else (again, outcome)
                differences.append(Difference(entry.name, words(outcome), *pair))

        every_run(drivers[text], max_runs, compare)
    return differences


def every_run(driver: Driver, max_runs: int, visit: Callable[[Entry, Outcome], None]) -> tuple[int, bool]:
    """Run every entry under every plan, few faults first; how many runs, and whether none was cut off."""
    runs, complete = 0, True
    for entry in driver.prepared.entries:

        def run(choices: Choices, entry: Entry = entry) -> None:
            visit(entry, driver.run(entry, choices))

        spent, all_run = every_plan(run, FAULTS, max_runs)
        runs += spent
        complete = complete and all_run
    return runs, complete


def behaviour(outcome: Outcome) -> tuple[object, ...]:
    return outcome.result, outcome.exception, outcome.events, outcome.delivered
