"""The environment that a test gives the programs which it starts."""

from __future__ import annotations

import os

# By these coverage measures the programs that tests start, too, and loads what it needs into them.
MEASURING = ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


def without(*names: str) -> dict[str, str]:
    """This process's environment without these variables."""
    return {name: value for name, value in os.environ.items() if name not in names}
