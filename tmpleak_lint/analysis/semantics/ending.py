"""The end of the process on the spot: no `finally` runs, no `with` is left, and nothing that is registered is called.

Comes in: a call that ends the process, or registers a deletion for its end. Goes out: a way to the end of the body with
the file still there; a note of what would have deleted it.
"""

from __future__ import annotations

from typing import NamedTuple

from tmpleak_lint.analysis.domain.state import State, alive
from tmpleak_lint.analysis.domain.values import UNKNOWN
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.records import Call
from tmpleak_lint.analysis.queries.sites import Obligation, ends_process
from tmpleak_lint.analysis.semantics.holding import elements
from tmpleak_lint.analysis.semantics.lending import is_dealt_with_later
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge.model import Forks, Model, Registers


class ProcessEnded(NamedTuple):
    """The process has ended on the spot; `given`: another program goes on in its place, and has been given the file."""

    node: int
    given: bool = False


class AtExit(NamedTuple):
    """The deletion is registered for the end of the process or of an object, unless the former comes on the spot."""

    node: int


def is_kept_for_exit(explorer: Explorer, state: State) -> bool:
    """Whether the file goes with its handle, or with the process, and the process has not ended on the spot."""
    waits = state.noted(AtExit) is not None or (explorer.tracked is not None and explorer.tracked.by_scope)
    return waits and state.noted(ProcessEnded) is None


def wait_for_exit(explorer: Explorer, call: Call, row: Model, state: State) -> int | None:
    """Go on with a deletion that is registered for the end of the process, or of an object, where the process may end
    on the spot."""
    effect = row.effect(Registers)
    waits = effect is not None and effect.at_exit
    if not waits or not ends_process(explorer.project, explorer.code):
        return None
    state.note(AtExit(call.node.index))
    state[call.dest] = UNKNOWN
    return call.node.next


def end_process(explorer: Explorer, call: Call, state: State) -> None:
    """The process ends here: no finally, no with, nothing registered runs. A child process leaves the file to
    its parent, and what a program is started with goes to that program, unless it was to be deleted here."""
    if explorer.depth or not alive(state) or explorer.obligation is not Obligation.NAME or _forks(explorer):
        return
    passed = [x for a in call.everything for x in (a, *elements(a, state))]
    given = any(explorer.holds(a, state) for a in passed)
    if given and not _is_to_be_deleted(explorer, call, state):
        explorer.discharge("escaped", call.node, call.name)
        return
    after = state.fork()
    after.note(ProcessEnded(call.node.index, given))
    explorer.push(explorer.code.exit_error, after, call.node, "exit")


def _is_to_be_deleted(explorer: Explorer, call: Call, state: State) -> bool:
    """Whether who wrote this thinks that the file is deleted after the call: by what stands behind it, by its handle,
    or by what is registered."""
    by_scope = explorer.tracked is not None and explorer.tracked.by_scope
    return by_scope or state.noted(AtExit) is not None or is_dealt_with_later(explorer, call.node)


def _forks(explorer: Explorer) -> bool:
    forking = explorer.knowledge.tails(Forks)
    return any(isinstance(node.op, g.GetAttr) and node.op.attr in forking for node in explorer.nodes)
