"""tmpleak-lint: finds temp files and directories whose deletion isn't guaranteed on every way out.

The public names are those of `__all__`; they are imported when first used, so that importing the package costs next
to nothing.

`python -m tmpleak_lint` puts the working directory before everything else that Python searches for modules. It is taken
out here, before the first import from a file: a `typing.py` or `ast.py` that lies in the code to be checked is not run.
"""

import sys

if (
    getattr(sys, "argv", [])[:1] == ["-m"] and not sys.flags.safe_path
):  # what Python sets while it looks for the module to run
    del sys.path[0]

TYPE_CHECKING = False  # that of `typing` would be an import
if TYPE_CHECKING:
    from typing import Any

    from tmpleak_lint.api import FixedSource, check_paths, check_source, fix_source
    from tmpleak_lint.model import FileReport, Finding
    from tmpleak_lint.reading.discovery import MissingPath
    from tmpleak_lint.run.elsewhere import ExecutorError
    from tmpleak_lint.settings import Settings, SettingsError

__version__ = "0.1.0"
__all__ = [
    "ExecutorError",
    "FileReport",
    "Finding",
    "FixedSource",
    "MissingPath",
    "Settings",
    "SettingsError",
    "__version__",
    "check_paths",
    "check_source",
    "fix_source",
]

_HOMES = {
    "ExecutorError": "tmpleak_lint.run.elsewhere",
    "FileReport": "tmpleak_lint.model",
    "Finding": "tmpleak_lint.model",
    "FixedSource": "tmpleak_lint.api",
    "MissingPath": "tmpleak_lint.reading.discovery",
    "Settings": "tmpleak_lint.settings",
    "SettingsError": "tmpleak_lint.settings",
    "check_paths": "tmpleak_lint.api",
    "check_source": "tmpleak_lint.api",
    "fix_source": "tmpleak_lint.api",
}


def __getattr__(name: str) -> "Any":
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
