"""Which failures a call's arguments leave: without `check` no CalledProcessError, without a limit no timeout.

In: failures from the table, the call. Out: those that can happen, told as they happen with these arguments. Where
nothing can be told of them (`**options`) all stay.
"""

from __future__ import annotations

from tmpleak_lint.analysis.queries.resolver import Statics
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge.failures import PROCESS, TIMEOUT, UNKNOWN, Failure
from tmpleak_lint.knowledge.model import ANY, Launches, Limited, Waits

CHECKED = Failure(
    PROCESS.kind,
    "the program exits with an error, is not installed, or is killed",
    "CalledProcessError, FileNotFoundError",
)
NOT_STARTED = Failure(
    PROCESS.kind, "the program is not installed or may not be run", "FileNotFoundError, PermissionError"
)
PIPE = Failure(PROCESS.kind, "the pipe to the program breaks when it is killed", "BrokenPipeError")
EXPIRED = Failure(TIMEOUT.kind, "the program takes longer than it is given", "subprocess.TimeoutExpired")
NOT_IN_TIME = Failure(TIMEOUT.kind, TIMEOUT.what, "TimeoutError")
RESULT = Failure("the job fails", "what the job raised is raised here again", "any Exception")


def left_by_arguments(
    failures: tuple[Failure, ...], name: str, statics: Statics, call: g.Call
) -> tuple[Failure, ...]:
    """The failures that are left of those of a call by this name; `UNKNOWN` where none is."""
    if any(given.star for given in call.args) or not {PROCESS, TIMEOUT} & set(failures):
        return failures
    last = name.rpartition(".")[2]
    of_program = PROCESS in failures
    told: list[Failure] = []
    for failure in failures:
        if failure == PROCESS:
            told += _of_process(statics, call, last)
        elif failure == TIMEOUT:
            told += [EXPIRED if of_program else NOT_IN_TIME] if _has_limit(statics, call, last) else []
        else:
            told.append(failure)
    return tuple(told) or ((RESULT,) if last == "result" else (UNKNOWN,))


def _of_process(statics: Statics, call: g.Call, last: str) -> list[Failure]:
    row = statics.project.knowledge.model(f"{ANY}.{last}")
    launches, waits = row.effect(Launches), row.effect(Waits)
    if launches is not None and launches.checks:
        return [CHECKED]
    if waits is not None and waits.program:
        return [PIPE] if last == "communicate" else []
    checks = _keyword(call, "check")
    if checks is None:
        return [NOT_STARTED] if launches is not None else [PROCESS]
    known = statics.literal(checks)
    return [PROCESS if known is ... else CHECKED if known else NOT_STARTED]


def _has_limit(statics: Statics, call: g.Call, last: str) -> bool:
    given = _keyword(call, "timeout")
    limited = statics.project.knowledge.effect(f"{ANY}.{last}", Limited)
    by_place = [each.value for each in call.args if each.keyword is None]
    if given is None and limited is not None and limited.at < len(by_place):
        given = by_place[limited.at]
    return given is not None and statics.literal(given) is not None


def _keyword(call: g.Call, name: str) -> g.Temp | None:
    return next((each.value for each in call.args if each.keyword == name), None)
