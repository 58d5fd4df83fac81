"""tmpleak-lint: finds temp files and directories whose deletion isn't guaranteed on every way out.

The public names are `check_source`, `check_paths`, `Finding` and `FileReport`; they are imported when first
used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tmpleak_lint.engine import check_source
    from tmpleak_lint.model import FileReport, Finding
    from tmpleak_lint.run import check_paths

__version__ = "0.1.0"
__all__ = ["FileReport", "Finding", "__version__", "check_paths", "check_source"]

_HOMES = {
    "check_paths": "tmpleak_lint.run",
    "check_source": "tmpleak_lint.engine",
    "FileReport": "tmpleak_lint.model",
    "Finding": "tmpleak_lint.model",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
