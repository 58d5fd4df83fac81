"""Which rewrites are tried for which code, and in what order: the one that a maintainer would rather merge first.

In: a subject. Out: candidates as they are asked for, and, when none holds, the reasons.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from tmpleak_lint.fixing.candidate import DISPLAY, Candidate, Rewrite
from tmpleak_lint.fixing.edits import Overlap
from tmpleak_lint.fixing.names import bound_by, tail_of
from tmpleak_lint.fixing.refusals import OVERLAPPING, Reason, Telling
from tmpleak_lint.fixing.rewrites import (
    containers,
    descriptors,
    ending_later,
    ends,
    guarded,
    helpers,
    inside,
    late_try,
    leaving,
    lifetimes,
    managers,
    merging,
    named_early,
    names,
    owners,
    protect,
    raising,
    rebound,
    self_deleting,
    widen,
)
from tmpleak_lint.fixing.source import Unfit, head_nodes, own_nodes
from tmpleak_lint.fixing.staying import goes_on_in
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.model import Creates

SEVERAL = "the statement makes several files, and each would get a try within the last one"
_HAPPY: tuple[Rewrite, ...] = (
    lifetimes.tmp_path,
    named_early.named_early,
    helpers.cleanup_in_helper,
    managers.add_cleanup,
    managers.temporary_directory,
    managers.unnamed_directory,
    self_deleting.self_deleting_handle,
    self_deleting.without_flag,
    inside.finally_inside,
    inside.handler_inside,
    ends.finally_added,
    protect.move_into_finally,
    merging.handler_into_finally,
    ends.one_finally,
    managers.register_early,
    late_try.pull_try_up,
    late_try.pull_try_up_above,
    late_try.take_out,
    late_try.pull_handler_up,
    ending_later.handler_later,
    widen.widen_handler,
    raising.delete_and_raise,
    managers.outer_finally,
    protect.forgiving_finally,
    containers.loop_into_try,
    containers.all_in_container,
    managers.exit_stack,
    widen.add_clause,
    guarded.guarded,
    leaving.delete_before_leaving,
)
_HANDED: tuple[Rewrite, ...] = (
    managers.register_early,
    late_try.pull_handler_up,
    ending_later.handler_later,
    inside.handler_inside,
    containers.all_in_container,
    guarded.guarded,
    leaving.delete_before_leaving,
    raising.delete_and_raise,
)

BY_CODE: Mapping[str, tuple[Rewrite, ...]] = MappingProxyType({
    "TML101": (
        *_HAPPY,
        lifetimes.at_exit,
        helpers.at_exit_in_helper,
        rebound.delete_before_rebinding,
        lifetimes.finalize,
        lifetimes.for_the_process,
    ),
    "TML102": _HAPPY,
    "TML103": _HAPPY,
    "TML104": (*_HAPPY, helpers.at_exit_in_helper),
    "TML105": (*_HAPPY, lifetimes.finalize),
    "TML106": (*_HAPPY, rebound.delete_before_rebinding),
    "TML107": _HAPPY,
    "TML108": (
        helpers.cleanup_in_helper,
        managers.add_cleanup,
        owners.in_ending_method,
        lifetimes.at_exit,
        helpers.at_exit_in_helper,
        lifetimes.finalize,
    ),
    "TML109": (*_HAPPY, lifetimes.finalize),
    "TML201": (named_early.named_early, late_try.pull_try_up, *_HAPPY),
    "TML202": (merging.handler_into_finally, widen.widen_handler, widen.add_clause, *_HAPPY),
    "TML203": _HANDED,
    "TML204": (late_try.take_out, late_try.nest_in_finally, *_HAPPY),
    "TML205": (*_HAPPY, rebound.delete_before_rebinding),
    "TML301": (descriptors.close_at_once, managers.add_cleanup, protect.forgiving_finally),
    "TML302": (descriptors.close_at_once, descriptors.close_where_it_ends, late_try.pull_try_up, *_HAPPY),
    "TML501": (names.make_directory, names.make_file),
})  # fmt: skip


def candidates(subject: Subject, reasons: list[Reason]) -> Iterator[Candidate]:
    """Candidates in order of preference; why a rewrite has none goes to `reasons`."""
    rewrites = BY_CODE.get(subject.finding.code, ())
    if not rewrites:
        return  # of a body that isn't analysed nothing can be asked
    left_to_others = _left_to_others(subject)
    if left_to_others:
        reasons.append(Reason(left_to_others, Telling.STAYS))
        rewrites = tuple(rewrite for rewrite in rewrites if rewrite not in (*_HAPPY, *_HANDED))
    try:
        several = _makes_others(subject)
    except Unfit:  # the call isn't found in newer syntax behind form feeds: the rewrites say so
        several = False
    for rewrite in rewrites:
        try:
            for each in rewrite(subject):
                yield replace(each, applicability=DISPLAY, because=SEVERAL) if several else each
        except Unfit as unfit:
            reasons.append(unfit.reason)
        except Overlap:
            reasons.append(OVERLAPPING)


def _makes_others(subject: Subject) -> bool:
    """Whether the file has no name, and the statement that makes it makes others, too: each would get a try of its own,
    within the last."""
    if isinstance(subject.statement, ast.Assign | ast.With | ast.AsyncWith):
        return False
    makers = subject.knowledge.tails(Creates)
    made = [n for n in head_nodes(subject.statement) if isinstance(n, ast.Call) and tail_of(n.func) in makers]
    return len(made) > 1 and subject.call in made


def _held_by(subject: Subject) -> frozenset[str]:
    """The variables that have the file while it may be lost: what it is handed to in the end doesn't."""
    if subject.finding.code != "TML203":
        return subject.aliases
    return frozenset(name for node in own_nodes(subject.statement) for name in bound_by(node))


def _left_to_others(subject: Subject) -> str:
    """Why nothing in the function may delete the file: somebody else would find it, or a part of it, gone."""
    try:
        if subject.is_said_to_stay:
            return "a comment says that it stays for who looks for a fault"
        if not subject.deletions and subject.helper.gives_again:
            return "the helper gives it to whoever asks next, who would find it deleted"
        if not subject.deletions and subject.is_theirs_at_times:
            return "the helper gives at times what it was given, which isn't to be deleted"
        if not subject.deletions and any(protect.outlives(subject, name) for name in _held_by(subject)):
            return "the variable outlives the function: others may delete what it stands for"
        if not subject.deletions and goes_on_in(subject):
            return "the process goes on in the directory, which would be gone"
        if subject.deletes_what_was_given:
            return "the code deletes what the helper gives without asking whether it has made that"
        if protect.parts_are_removed_at_exit(subject):
            return "what runs at exit deletes a file in it, and would find it gone"
    except Unfit:  # a name without a file: nothing is deleted for that
        pass
    return ""
