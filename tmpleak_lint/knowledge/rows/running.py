"""What runs what it is given: programs and callables."""

from __future__ import annotations

from tmpleak_lint.knowledge.failures import PROCESS, TIMEOUT
from tmpleak_lint.knowledge.model import RunsCommand, rows

ROWS = (
    *rows("os.popen os.system", RunsCommand(), fails=(PROCESS, TIMEOUT)),
    *rows(
        "subprocess.Popen subprocess.call subprocess.check_call subprocess.check_output subprocess.run",
        RunsCommand(),
    ),
)
