"""Stand-ins for whatever a snippet leaves undefined: callable, awaitable, iterable, and able to fail.

In: the trial that is running. Out: `Standin` objects and the arguments of a snippet's entry function.
A stand-in's calls are fault points; its truth value is a decision that the exploration takes both ways.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from pathlib import Path
from typing import Any, Protocol


class Trial(Protocol):
    """What a stand-in, or the runner of an entry, asks of the run that it is part of."""

    @property
    def outside(self) -> Path:
        """A folder beside the private temp folder; what is put there is not looked at."""
        ...

    def risky(self, call: str, row: int, *, awaited: bool = False) -> None: ...

    def decide(self) -> bool: ...


class Standin:
    """An object of which the snippet knows nothing but the name."""

    _trial: Trial
    _name: str

    def __init__(self, trial: Trial, name: str) -> None:
        self.__dict__["_trial"] = trial
        self.__dict__["_name"] = name

    def _child(self, suffix: str) -> Standin:
        return Standin(self._trial, self._name + suffix)

    def __repr__(self) -> str:
        return f"<stand-in {self._name}>"

    def __str__(self) -> str:
        return "".join(letter if letter.isalnum() else "-" for letter in self._name)

    def __format__(self, spec: str) -> str:
        return str(self)

    def __fspath__(self) -> str:
        return str(self)

    def __getattr__(self, attribute: str) -> Standin:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return self._child("." + attribute)

    def __call__(self, *args: Any, **kwargs: Any) -> Standin:
        self._trial.risky(self._name, 0)
        return self._child("()")

    def __getitem__(self, key: object) -> Standin:
        return self._child("[]")

    def __iter__(self) -> Iterator[Standin]:
        return iter([self._child("[0]"), self._child("[1]")])

    async def __aiter__(self) -> AsyncIterator[Standin]:
        for item in self:
            yield item

    def __await__(self) -> Generator[None, None, Standin]:
        yield from ()
        return self._child(" awaited")

    def __len__(self) -> int:
        return 2

    def __int__(self) -> int:
        return 1

    def __index__(self) -> int:
        return 1

    def __bool__(self) -> bool:
        return self._trial.decide()

    def __contains__(self, item: object) -> bool:
        return self._trial.decide()

    def __eq__(self, other: object) -> bool:
        return self._trial.decide()

    def __ne__(self, other: object) -> bool:
        return self._trial.decide()

    def __lt__(self, other: object) -> bool:
        return self._trial.decide()

    __gt__ = __le__ = __ge__ = __lt__

    def __hash__(self) -> int:
        return id(self)

    def __enter__(self) -> Standin:
        self._trial.risky(self._name + ".__enter__", 0)
        return self._child(" entered")

    def __exit__(self, *raised: object) -> None:
        self._trial.risky(self._name + ".__exit__", 0)

    async def __aenter__(self) -> Standin:
        self._trial.risky(self._name + ".__aenter__", 0, awaited=True)
        return self._child(" entered")

    async def __aexit__(self, *raised: object) -> None:
        self._trial.risky(self._name + ".__aexit__", 0, awaited=True)


# Arguments that must be real for the snippet's own calls to work, by parameter name.
_REAL_ARGUMENTS: dict[str, Callable[[Path], Any]] = {
    "data": lambda outside: b"data",
    "text": lambda outside: "text",
    "destination": lambda outside: str(outside / "destination"),
    "report": lambda outside: {"total": 3},
    "rows": lambda outside: [["a", "1"], ["b", "2"]],
}


def arguments_for(trial: Trial, function: Callable[..., Any], outside: Path) -> list[Any]:
    """One argument a required or boolean parameter: booleans are taken both ways, the rest by name."""
    arguments: list[Any] = []
    for parameter in inspect.signature(function).parameters.values():
        if isinstance(parameter.default, bool) or parameter.annotation in (bool, "bool"):
            arguments.append(trial.decide())
        elif parameter.default is not inspect.Parameter.empty:
            break
        elif parameter.name in _REAL_ARGUMENTS:
            arguments.append(_REAL_ARGUMENTS[parameter.name](outside))
        else:
            arguments.append(Standin(trial, parameter.name))
    return arguments
