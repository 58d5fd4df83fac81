"""Why a statement can raise in production: asked of the model table by what is called, here by kind of operation.

In: a dotted name (or the text of a call, when its name can't be resolved), a method's name, a kind of
operation. Out: `Failure`s, the likeliest first. Not handled: what a library documents beyond these kinds.
"""

from __future__ import annotations

from tmpleak_lint.knowledge.failures import (
    ABANDONED,
    ASSERTION,
    AWAITED,
    BLOCK_FAILS,
    CANCELLED,
    DISK_FULL,
    ENTERING,
    EXITS,
    EXPLICIT,
    IMPORTING,
    ITERATION,
    LOOKUP,
    OWN_CODE,
    SHAPE,
    TEST_FAILS,
    UNKNOWN,
    Failure,
)
from tmpleak_lint.knowledge.model import ANY
from tmpleak_lint.knowledge.table import Knowledge

_TEST_METHODS = "assert"

# By the kind of operation, where no call is involved.
BY_OPERATION: dict[str, tuple[Failure, ...]] = {
    "Raise": (EXPLICIT,),
    "Assert": (ASSERTION,),
    "Await": (CANCELLED, AWAITED),
    "ManagerYield": (BLOCK_FAILS,),
    "Yield": (ABANDONED,),
    "Iterate": (ITERATION,),
    "Next": (ITERATION,),
    "Enter": (ENTERING,),
    "Leave": (ENTERING, DISK_FULL),
    "GetItem": (LOOKUP,),
    "Load": (LOOKUP,),
    "Forget": (LOOKUP,),
    "Unpack": (SHAPE,),
    "Import": (IMPORTING,),
    "Exit": (EXITS,),
}


def of_operation(operation: str) -> tuple[Failure, ...]:
    """Why an operation that is no call can raise."""
    return BY_OPERATION.get(operation, (UNKNOWN,))


def of_call(knowledge: Knowledge, name: str, *, own: bool = False) -> tuple[Failure, ...]:
    """Why a call can raise, by its dotted name; `own`: it is resolved to code of the project.

    >>> [failure.kind for failure in of_call(Knowledge(), "subprocess.run")]
    ['subprocess fails', 'timeout']
    """
    if own:
        return (OWN_CODE,)
    last = name.rpartition(".")[2]
    if last.startswith(_TEST_METHODS):
        return (TEST_FAILS,)
    is_method = "." in name or not name.isidentifier()
    by_method = knowledge.failures(f"{ANY}.{last}") if is_method else ()
    return knowledge.failures(name) or by_method or (UNKNOWN,)
