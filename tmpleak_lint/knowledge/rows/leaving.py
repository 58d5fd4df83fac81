"""What never returns, what swallows, what belongs to tests and logs."""

from __future__ import annotations

from tmpleak_lint.knowledge.failures import EXITS, PROCESS
from tmpleak_lint.knowledge.model import (
    Benign,
    Expects,
    Leaves,
    Pure,
    QuietManager,
    Raises,
    Swallows,
    Tells,
    rows,
)

ROWS = (
    *rows("contextlib.suppress", QuietManager(), Swallows(), Benign(), Pure()),
    *rows("sys.exit exit quit", Leaves("SystemExit"), fails=(EXITS,)),
    *rows("os._exit os.abort", Leaves(""), fails=(EXITS,)),
    *rows(
        "os.execv os.execve os.execvp os.execvpe os.execl os.execle os.execlp os.execlpe",
        Leaves(""),
        Raises(),
        fails=(PROCESS,),
    ),
    *rows("pytest.fail pytest.skip pytest.exit pytest.xfail <test>.skipTest <test>.fail", Leaves()),
    *rows(
        "pytest.raises pytest.RaisesExc pytest.RaisesGroup <test>.assertRaises <test>.assertRaisesRegex "
        "<test>.assertRaisesRegexp",
        Expects(),
    ),
    *rows("pytest.deprecated_call pytest.warns <test>.assertWarns", QuietManager(), Benign(), Pure()),
    *rows(
        "<logger>.critical <logger>.debug <logger>.error <logger>.exception <logger>.fatal <logger>.info "
        "<logger>.log <logger>.trace <logger>.warn <logger>.warning",
        Benign(),
        Tells(),
    ),
)
