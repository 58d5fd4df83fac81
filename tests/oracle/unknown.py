"""Values that nobody knows anything about: what the unknown module `app` holds, and parameters.

In: the world that decides. Out: `Opaque` values, whose truth, length and elements are decisions of the run
and whose use as a function, manager or awaitable is risky; `Built`, which carries its arguments away; files
whose reading and writing may fail.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from tests.oracle.choices import Choices, Name
from tests.oracle.instrument import OracleGap
from tests.oracle.ledger import Carrier

if TYPE_CHECKING:
    from tests.oracle.world import World

LOOP_COUNTS = 3  # an unknown iterable has 0, 1 or 2 elements
SPINS = 3  # a condition asked this often in one run changes its answer, so that loops end


def _says(operator: str, value: object, other: object) -> bool | None:
    """What a comparison says of a constant; None where it says nothing."""
    if operator == "true":
        return bool(value)
    if operator == "==":
        return value == other
    if isinstance(value, int) and isinstance(other, int):
        return value < other if operator == "<" else value > other
    return None


class Deciding(Protocol):
    """Whoever runs a program: it decides what isn't known, and where something fails."""

    @property
    def choices(self) -> Choices: ...

    @property
    def source(self) -> str:
        """A file that is there."""

    def decide(self, name: Name, options: int) -> int: ...

    def risk(self, name: str, *args: object, awaiting: bool = False) -> None: ...


class Opaque:
    """A value nobody knows anything about: using it as a function, manager or awaitable is risky."""

    def __init__(self, world: Deciding, name: str) -> None:
        self.__dict__.update(_world=world, _name=name, _answers={}, _about={})

    def _another(self, suffix: str) -> Opaque:
        """What comes of it: as unknown as this."""
        return Opaque(self._world, self._name + suffix)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = self.__dict__[name] = self._another(f".{name}")
        return value

    def __call__(self, *args: Any, **options: Any) -> Any:
        if not self._name.startswith("async_"):
            self._world.risk(self._name, *args, *options.values())
        return self._another("()")

    def _answer(self, question: str) -> bool:
        """The answer to a yes-or-no question about this value: unknown, but always the same."""
        if question not in self._answers:
            choices, name = self._world.choices, ("truth", self._name, question)
            times = choices.times(name)
            if times >= SPINS:  # asked by a loop: make it end
                choices.seen[name] = times + 1
                self._answers[question] = bool(times.bit_count() % 2)  # no period, so nested loops end too
            else:
                self._answers[question] = bool(self._world.decide(name, 2))
        return bool(self._answers[question])

    def _compared(self, operator: str, other: object) -> bool:
        """The answer to a comparison with a constant: free, where those that were given leave it open."""
        about = self._about
        if (operator, other) in about:
            return about[operator, other]
        equal = next((given for (asked, given), answer in about.items() if asked == "==" and answer), about)
        if equal is not about:
            answer = _says(operator, equal, other) is True
        elif operator == "==" and any(
            _says(asked, other, given) is (not known) for (asked, given), known in about.items()
        ):
            answer = False
        else:
            answer = self._answer("true" if operator == "true" else f"{operator} {other!r}")
        about[operator, other] = answer
        return answer

    def __bool__(self) -> bool:
        return self._compared("true", True)

    def __eq__(self, other: object) -> bool:
        return self is other or (not isinstance(other, Opaque) and self._compared("==", other))

    def __hash__(self) -> int:
        return id(self)

    def __contains__(self, other: object) -> bool:
        return self._answer("in")

    def __lt__(self, other: object) -> bool:
        return self._compared("<", other)

    def __gt__(self, other: object) -> bool:
        return self._compared(">", other)

    def __len__(self) -> int:
        return int(bool(self))

    def __index__(self) -> int:
        return int(self._world.decide(("count", self._name), LOOP_COUNTS))

    def __getitem__(self, key: object) -> Any:
        return self._another("[]")

    def __setitem__(self, key: object, value: object) -> None:
        return None

    def __iter__(self) -> Iterator[Any]:
        for _ in range(self._world.decide(("count", self._name), LOOP_COUNTS)):
            yield self._another("[]")

    def __str__(self) -> str:
        return "text"

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return "text"

    def __fspath__(self) -> str:
        return str(self._world.source)

    def __enter__(self) -> Any:
        self._world.risk(f"{self._name} enter")
        return self._another(" entered")

    def __exit__(self, *exc: object) -> None:
        """Closes something: that is no risky step of its own."""

    async def __aenter__(self) -> Any:
        self._world.risk(f"{self._name} enter", awaiting=True)
        return self._another(" entered")

    async def __aexit__(self, *exc: object) -> None:
        self._world.risk(f"{self._name} exit", awaiting=True)

    def __await__(self) -> Generator[Any, Any, Any]:
        self._world.risk(f"await {self._name}", awaiting=True)
        return self._another(" awaited")
        yield

    async def __aiter__(self) -> Any:
        count = self._world.decide(("count", self._name), LOOP_COUNTS)
        for _ in range(count):
            self._world.risk(f"{self._name} next", awaiting=True)
            yield self._another("[]")
        self._world.risk(f"{self._name} next", awaiting=True)


class Undefined(Opaque):
    """What a snippet leaves undefined: it answers anew each time, and as a name it is one that no other has."""

    def _compared(self, operator: str, other: object) -> bool:
        return self._answer("true" if operator == "true" else f"{operator} {other!r}")

    def _another(self, suffix: str) -> Opaque:
        return Undefined(self._world, self._name + suffix)

    def _answer(self, question: str) -> bool:
        return not self._world.decide(("truth", self._name, question), 2)

    def __hash__(self) -> int:
        return id(self)

    def __str__(self) -> str:
        return "".join(letter if letter.isalnum() else "-" for letter in self._name)

    def __format__(self, spec: str) -> str:
        return str(self)

    __fspath__ = __str__

    def __await__(self) -> Generator[Any, Any, Any]:
        """The hook around an `await` is what fails."""
        return self._another(" awaited")
        yield


class Built(Opaque, Carrier):
    """What an unknown class makes of its arguments."""


class TrackedFile:
    """A real open file whose reading and writing may fail.

    Nothing of the world keeps it: it is closed as soon as the program lets it go, as CPython does.
    """

    def __init__(self, world: World, real: Any, name: object) -> None:
        self.world, self.real, self.tracked_name = world, real, name
        self.textual = "b" not in getattr(real, "mode", "w")
        world.run.files.add(self)

    @property
    def name(self) -> Any:
        return self.tracked_name

    @property
    def closed(self) -> bool:
        return bool(self.real.closed)

    def write(self, data: Any) -> int:
        self.world.system_risk("write", self)
        if self.real.closed:
            return 0
        if isinstance(data, Opaque):
            data = "opaque"
        if isinstance(data, str) is not self.textual:
            data = data.encode() if isinstance(data, str) else bytes(data).decode()
        return int(self.real.write(data))

    def flush(self) -> None:
        self.world.system_risk("flush", self)

    def read(self, *args: int) -> Any:
        self.world.reading_risk("read", self)  # the text may be no text
        return "read" if self.textual else b"read"

    def readline(self) -> Any:
        self.world.reading_risk("readline", self)
        return "line" if self.textual else b"line"

    def close(self) -> None:
        self.real.close()

    def seek(self, place: int, whence: int = 0) -> int:
        return 0

    def tell(self) -> int:
        return 0

    def fileno(self) -> int:
        return -1

    def __enter__(self) -> Any:
        self.real.__enter__()
        return self

    def __exit__(self, *exc: Any) -> None:
        self.real.__exit__(*exc)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise OracleGap(f"file.{name}")
