"""`__track__`: tells the ledger when a function of the program is entered, left and suspended.

In: the world and the kind of a function (`instrument.kind_of`). Out: a decorator that behaves like the
function. A plain generator hands over what it yields; a context manager's generator keeps it. Awaiting a
coroutine of the program runs its body, nothing else: it fails where the body does.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Generator
from typing import Any

from tests.oracle.ledger import Call
from tests.oracle.world import World


def tracker(world: World) -> Callable[[str], Callable[[Callable[..., Any]], Callable[..., Any]]]:
    """The `__track__` of a program that runs in `world`."""

    def enter(function: str) -> Call:
        return Call(function, world.run.ledger.current, world.line())

    def step(call: Call, resume: Callable[..., Any], *args: Any) -> Any:
        """Run the program's frame up to its next suspension."""
        stack = world.run.ledger.stack
        stack.append(call)
        try:
            return resume(*args)
        finally:
            stack.pop()

    def end(call: Call, inner: Generator[Any, Any, Any]) -> None:
        """Abandon a generator; one that goes on to yield breaks the language's rules: the run is void."""
        try:
            step(call, inner.close)
        except RuntimeError as error:
            void_if_ignored(error)
            raise

    def void_if_ignored(error: RuntimeError) -> None:
        world.run.void = world.run.void or "ignored GeneratorExit" in str(error)

    def drive(call: Call, inner: Generator[Any, Any, Any], give: bool) -> Generator[Any, Any, Any]:
        try:
            value = step(call, inner.send, None)
            while True:
                if give:
                    world.run.ledger.give_away(value)
                try:
                    sent = yield value
                except GeneratorExit:
                    end(call, inner)
                    raise
                except BaseException as error:
                    value = step(call, inner.throw, error)
                else:
                    value = step(call, inner.send, sent)
        except StopIteration as stop:
            world.run.ledger.leave(call, stop.value)
            return stop.value

    def track(kind: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            name = function.__qualname__

            def plain(*args: Any, **options: Any) -> Any:
                call = enter(name)
                value = step(call, functools.partial(function, *args, **options))
                receiver = args[0] if args and type(args[0]).__module__ == "program" else None
                world.run.ledger.leave(call, value, receiver)
                return value

            def generator(*args: Any, **options: Any) -> Any:
                return drive(enter(name), function(*args, **options), give=kind == "generator")

            def coroutine(*args: Any, **options: Any) -> Any:
                return Awaited(drive(enter(name), function(*args, **options), give=False))

            async def async_generator(*args: Any, **options: Any) -> AsyncIterator[Any]:
                call = enter(name)
                inner = function(*args, **options)
                try:
                    value = await suspended(call, inner.__anext__())
                    while True:
                        if kind == "asyncgenerator":
                            world.run.ledger.give_away(value)
                        try:
                            sent = yield value
                        except GeneratorExit:
                            try:
                                await suspended(call, inner.aclose())
                            except RuntimeError as error:
                                void_if_ignored(error)
                                raise
                            raise
                        except BaseException as error:
                            value = await suspended(call, inner.athrow(error))
                        else:
                            value = await suspended(call, inner.asend(sent))
                except StopAsyncIteration:
                    world.run.ledger.leave(call, None)

            wrappers: dict[str, Callable[..., Any]] = {
                "function": plain,
                "generator": generator,
                "manager": generator,
                "coroutine": coroutine,
            }
            return functools.update_wrapper(wrappers.get(kind, async_generator), function)

        return decorate

    class Suspended:
        """One step of an asynchronous generator, run on behalf of its call."""

        def __init__(self, call: Call, awaitable: Any) -> None:
            self.call, self.awaitable = call, awaitable

        def __await__(self) -> Generator[Any, Any, Any]:
            # The world's awaitables never suspend, so the step is over at the first StopIteration.
            try:
                step(self.call, self.awaitable.__await__().__next__)
            except StopIteration as stop:
                return stop.value
            raise AssertionError("an awaitable of the world suspended")
            yield

    def suspended(call: Call, awaitable: Any) -> Suspended:
        return Suspended(call, awaitable)

    return track


class Awaited:
    """A coroutine of the program."""

    def __init__(self, body: Generator[Any, Any, Any]) -> None:
        self.body = body

    def __await__(self) -> Generator[Any, Any, Any]:
        return self.body

    def close(self) -> None:
        self.body.close()
