"""Worker processes seen from the one that talks: a queue before each, and what happens to pointless work.

In: jobs with a rank (the lower goes first). Out: their results. Cancelling who waits for a job withdraws it: if it
waits it is never begun, and if it goes on for `GRACE` seconds more its process is ended and another takes its place.
A job that ends its process raises `Crashed`.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from typing import Any

from tmpleak_lint.hosts.server.jobs import Job
from tmpleak_lint.hosts.server.worker import LENGTH, framed

GRACE = 0.3  # a fresh process takes about as long until it can do something


class Crashed(Exception):
    """The process that did the job is gone."""


class Lane:
    """One worker process and what waits for it. The process starts with the first job, or with `warm_up`."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, Job, asyncio.Future[Any]]] = []
        self._numbers = itertools.count()
        self._arrived = asyncio.Event()
        self._process: Process | None = None
        self._pump: asyncio.Task[None] | None = None

    async def do(self, job: Job, rank: int = 0) -> Any:
        """The result of a job when its turn has come. Raises what the job raised, and `Crashed`."""
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._numbers), job, done))
        self._arrived.set()
        self.warm_up()
        return await done

    def warm_up(self) -> None:
        """Start the process, so that the first job needn't wait for it."""
        if self._pump is None:
            self._pump = asyncio.get_running_loop().create_task(self._work())

    def close(self) -> None:
        """End the process and whatever it is at."""
        if self._pump is not None:
            self._pump.cancel()
            self._pump = None
        self._end_process()

    async def _work(self) -> None:
        try:
            while True:
                process = await self._running()
                job, done = await self._next()
                await self._one(process, job, done)
        finally:
            self._end_process()

    async def _next(self) -> tuple[Job, asyncio.Future[Any]]:
        while True:
            while self._waiting:
                _, _, job, done = heapq.heappop(self._waiting)
                if not done.done():
                    return job, done
            self._arrived.clear()
            await self._arrived.wait()

    async def _one(self, process: Process, job: Job, done: asyncio.Future[Any]) -> None:
        answer = asyncio.ensure_future(_ask(process, job))
        try:
            await asyncio.wait({answer, done}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                await asyncio.wait({answer}, timeout=GRACE)
            if not answer.done():
                self._end_process()
                return
            failed = answer.exception()
            if failed is not None:
                self._end_process()
            if done.done():
                return
            if failed is not None:
                done.set_exception(Crashed(str(failed)))
                return
            is_result, value = answer.result()
            if is_result:
                done.set_result(value)
            else:
                done.set_exception(value)
        finally:
            answer.cancel()

    async def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            # -P: nothing of the folder that the editor was started in is taken for a module
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "tmpleak_lint.hosts.server.worker", stdin=PIPE, stdout=PIPE
            )
        return self._process

    def _end_process(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        self._process = None


async def _ask(process: Process, job: Job) -> tuple[bool, Any]:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(framed(job))
    await process.stdin.drain()
    size = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))[0]
    answer: tuple[bool, Any] = pickle.loads(await process.stdout.readexactly(size))
    return answer
