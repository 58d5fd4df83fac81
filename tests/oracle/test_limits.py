"""Where verdict and truth are known to differ: the rules, each with the smallest program that shows it.

A case that starts to agree fails here: then the rule is gone, and so should be its entry.
"""

from __future__ import annotations

import pytest

from tests.oracle.runner import explore
from tests.oracle.test_truth import HEAD
from tests.oracle.verdict import FALSE_ALARM, MISSED, compare
from tests.oracle.world import World

LIMITS = {
    "a directory that a module variable deletes at exit keeps what is made in it, also when the variable is reused": (
        MISSED,
        """
CURRENT = None
def _remember(path):
    global CURRENT
    CURRENT = path
@atexit.register
def _forget():
    if CURRENT:
        shutil.rmtree(CURRENT)
def entry(items):
    for item in items:
        path = tempfile.mkdtemp()
        _remember(path)
        fd, inner = tempfile.mkstemp(dir=path)
        os.close(fd)
""",
    ),
    "an exception that one handler has taken may reach the next one all the same": (
        FALSE_ALARM,
        """
def entry():
    path = tempfile.mkdtemp()
    try:
        with contextlib.suppress(OSError):
            risky(path)
    except OSError:
        raise
    except BaseException:
        shutil.rmtree(path)
        raise
    return path
""",
    ),
    "an exception class of an unknown module may be what a failing move raises": (
        FALSE_ALARM,
        """
def entry(dest):
    path = tempfile.mkdtemp()
    try:
        os.replace(path, dest)
    except AppError:
        raise
    except BaseException:
        shutil.rmtree(path)
        raise
""",
    ),
}


@pytest.mark.parametrize("rule", LIMITS)
def test_a_known_limit_still_shows(rule: str) -> None:
    direction, program = LIMITS[rule]
    source = HEAD + program
    with World() as world:
        truth = explore(world, source)
    assert truth.complete
    assert [found.direction for found in compare(source, truth)] == [direction]
