"""Questions about functions, classes and modules: what makes a function one.

Comes in: a function of an asker and a key. Goes out: the same under `@question`, answered once for each key and told
from what is remembered after that. How an answer is worked out, and what becomes of questions that hang on each
other, is `answers.py`'s business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar, cast

Key = ParamSpec("Key")
Answer = TypeVar("Answer")
Who = TypeVar("Who", bound="Asker")

NOTHING_READ: frozenset[str] = frozenset()
_ASKED: dict[object, Question] = {}  # the question that a function puts


class Memory(Protocol):
    """Where answers are kept and worked out: `Answers`."""

    reads: set[str]

    @property
    def known(self) -> Mapping[Question, Mapping[tuple[Any, ...], Known]]: ...

    def work_out(self, question: Question, asker: Asker, key: tuple[Any, ...]) -> Any: ...

    def pay(self, question: Question, key: object, price: int) -> None: ...


class Asker(Protocol):
    """Whoever can put questions: it knows where the answers are kept."""

    @property
    def answers(self) -> Memory: ...


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A kind of question. `first` gives, for a key, what is said as long as nothing is known; `seen` the part of an
    answer that others see; an answer that `is_final` can't change any more, whatever the others turn out to be."""

    name: str
    work_out: Callable[..., Any]
    first: Callable[..., Any]
    seen: Callable[[Any], object]
    is_final: Callable[[Any], bool]
    is_apart: bool
    unsettled: Callable[[Any, str], Any] | None

    @property
    def may_hang_on_itself(self) -> bool:
        return self.first is not _no_circle


class Known(NamedTuple):
    """An answer, the files that it was read from, and the steps that it takes."""

    answer: Any
    reads: frozenset[str]
    price: int = 0


class OverBudget(Exception):
    """A question takes more steps than one may."""


class FileOverBudget(BaseException):
    """All that was asked for one file takes more steps than it may: whatever is in hand is given up."""


def _itself(answer: object) -> object:
    return answer


def _no_circle(*key: object) -> object:
    raise AssertionError(f"a fact that hangs on itself: {key}")


def _never(answer: object) -> bool:
    return False


def question(
    first: Callable[..., object] = _no_circle,
    *,
    about: Callable[..., tuple[Any, ...]] | None = None,
    seen: Callable[[Any], object] = _itself,
    is_final: Callable[[Any], bool] = _never,
    is_apart: bool = False,
    unsettled: Callable[[Any, str], object] | None = None,
) -> Callable[[Callable[Concatenate[Who, Key], Answer]], Callable[Concatenate[Who, Key], Answer]]:
    """Make a function of an asker and a key a question. The key is given by position, and hashable; `about` takes out
    of it what doesn't matter. Without `first` it is one that never hangs on itself. Where it `is_apart`, whoever asks
    doesn't pay for it. `unsettled` marks an answer that hangs on one that never settled, and says why."""

    def made(
        work_out: Callable[Concatenate[Who, Key], Answer],
    ) -> Callable[Concatenate[Who, Key], Answer]:
        one = Question(work_out.__qualname__, work_out, first, seen, is_final, is_apart, unsettled)

        def asked(asker: Asker, *key: Any) -> Any:
            if about is not None:
                key = about(asker, *key)
            answers = asker.answers
            known = answers.known[one].get(key)
            if known is None:
                return answers.work_out(one, asker, key)
            if known.reads:
                answers.reads |= known.reads
            if known.price:
                answers.pay(one, key, known.price)
            return known.answer

        asked.__doc__ = work_out.__doc__
        _ASKED[asked] = one
        return cast("Callable[Concatenate[Who, Key], Answer]", asked)

    return made


def put_by(asked: object) -> Question:
    """The question that a function puts."""
    return _ASKED[asked]
