"""What the name of an unknown callee says: it deletes what it is given, or carries it away to somebody else.

Comes in: a call of which nothing else is known. Goes out: what the call does to the tracked file, None where its name
says nothing. Names are believed only of calls that are given exactly the path.
"""

from __future__ import annotations

import sys

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import Args, State, alive
from tmpleak_lint.analysis.domain.values import Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.by_name import says_delete, words_of
from tmpleak_lint.analysis.queries.records import Call
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.semantics.conditions import new_unknown
from tmpleak_lint.analysis.semantics.consuming import given_to
from tmpleak_lint.analysis.semantics.deleting import note_unfollowed, shell_deletes
from tmpleak_lint.analysis.semantics.holding import is_tracked_or_parent, names_whole
from tmpleak_lint.analysis.semantics.lending import is_dealt_with_later
from tmpleak_lint.analysis.semantics.registering import would_release
from tmpleak_lint.knowledge.model import ANY, HandsOn
from tmpleak_lint.knowledge.words import (
    CONTAINER_WORDS,
    DELETING_WORDS,
    DELETION_WORDS,
    LATER_WORDS,
    REMOTE_WORDS,
    RUNNING_WORDS,
    WAY_WORDS,
)


def believed(explorer: Explorer, call: Call, receiver: Value | None, state: State) -> int | None:
    """Carry out a call by what its name says; `receiver` is the object whose method it is, if it is one."""
    if not alive(state) or explorer.obligation is not Obligation.NAME:
        return None
    if call.name.partition(".")[0] in sys.stdlib_module_names and "." in call.name:
        return None  # the tables speak for it
    called = None if receiver is None else v.text_of(receiver)
    if says_delete(call.name, called) and is_given_just_that(explorer, call.args, state):
        state[call.dest] = v.NONE
        return explorer.discharge("released", call.node, call.name)
    words = words_of(call.name)
    if runs_deletion(explorer, call, state):
        state[call.dest] = new_unknown(explorer, call.node, state)
        return explorer.discharge("released", call.node, call.name)
    if words & LATER_WORDS and words & DELETION_WORDS and is_given_just_that(explorer, call.args, state):
        return explorer.discharge("managed", call.node, call.name)
    if words & DELETING_WORDS and not (words <= CONTAINER_WORDS and len(words) == 1 and call.args):
        note_unfollowed(explorer, call)
    if _carries_away(explorer, call, receiver, called or "", state):
        return explorer.discharge("escaped", call.node, call.name)
    return None


def runs_deletion(explorer: Explorer, call: Call, state: State) -> bool:
    """Whether what is called is named after running commands, and is given `rm` with the path to run: as a text, as a
    list of words, or word by word."""
    return bool(words_of(call.name) & RUNNING_WORDS) and is_given_deletion(explorer, call, state)


def is_given_deletion(explorer: Explorer, call: Call, state: State) -> bool:
    """Whether a call is given `rm` with the path to run."""
    one_by_one = bool(call.args) and isinstance(call.args[0], v.Const)
    return shell_deletes(explorer, (v.Seq(call.args),) if one_by_one else call.args, state)


def is_given_just_that(explorer: Explorer, args: Args, state: State) -> bool:
    """Whether the first argument is the path, and no other one is anything but a setting."""
    if not args or not all(isinstance(a, v.Const | v.Sym) for a in args[1:]):
        return False
    first = args[0]
    if not isinstance(first, Ref):
        return names_whole(explorer, first, state) if isinstance(first, v.Box | v.Seq) else False
    return is_tracked_or_parent(first, state) and first.role in (Role.PATH, Role.HANDLE)


def _carries_away(explorer: Explorer, call: Call, receiver: Value | None, called: str, state: State) -> bool:
    """Whether the file goes to a part of the program that works on it later, and that isn't seen here.

    Who deletes the file himself further down has only lent it; a consumer whose body is at hand is judged by it.
    """
    last = call.name.rpartition(".")[2]
    hands_on = explorer.knowledge.effect(f"{ANY}.{last}", HandsOn)
    if hands_on is None:
        return False
    if hands_on.by_ways and not isinstance(receiver, v.Func) and not words_of(called) & WAY_WORDS:
        return False
    everything = call.everything
    if not any(explorer.holds(a, state) for a in everything):
        return False
    for consumer in (*everything, receiver):
        if isinstance(consumer, v.Func) and not would_release(
            explorer, consumer, given_to(everything), state
        ):
            return False
    return not is_dealt_with_later(explorer, call.node, refused=_may_copy(call, last, called))


def _may_copy(call: Call, last: str, called: str) -> bool:
    """Whether the call may well be one that copies the file to another place: a transfer is told where that is, or
    belongs to something remote; a queue is given what it takes and nothing else."""
    return last == "put" and (
        len(call.args) + len(call.keywords) > 1 or bool(words_of(called) & REMOTE_WORDS)
    )
