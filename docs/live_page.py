"""The simulator's page inside the site, as `_static/simulation.html`: made by the program from a rule's own example.

In: a finished build of HTML pages. Out: the file, which the front page shows in a frame.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tmpleak_lint.cli.simulate import main

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PLAYED = "TML103"
NAME = "simulation.html"


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write(app: Sphinx, error: Exception | None) -> None:
    """Make the page where the site's other files of its kind are."""
    if error is None and app.builder.format == "html":
        folder = Path(app.outdir) / "_static"
        folder.mkdir(exist_ok=True)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            main([PLAYED, "--isolated", "--html", str(folder / NAME)])
