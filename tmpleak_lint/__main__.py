"""`python -m tmpleak_lint`: the command line."""

from __future__ import annotations

import sys

from tmpleak_lint.cli import main

if __name__ == "__main__":
    sys.exit(main())
