"""What to do about each code, in one line, for findings that carry no fix of their own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_FINALLY = "delete it in a `finally:` that begins right after the creation"

HINTS: Mapping[str, str] = MappingProxyType(
    {
        "TML101": "delete it in a `finally:`, or let `with tempfile.TemporaryDirectory()` or a "
        "self-deleting `NamedTemporaryFile()` do it",
        "TML102": _FINALLY,
        "TML103": f"the last line is not reached after an exception: {_FINALLY}",
        "TML104": _FINALLY,
        "TML105": "delete it on every branch: a `finally:` runs whichever branch was taken",
        "TML106": "delete the old file before the name is given to a new one",
        "TML107": "put the `yield` in a `try:` and the deletion in its `finally:`",
        "TML108": "delete it in `close()`, `__exit__` or the test's teardown, or register a finalizer",
        "TML109": "keep the directory's own name and delete it with `shutil.rmtree`",
        "TML201": "move the statement above the creation or into the `try:`",
        "TML202": "delete it in a `finally:`, which runs for every exception",
        "TML203": "delete it and raise again when the statement fails, before the path is handed over",
        "TML204": "make the deletion the first statement of the `finally:`",
        "TML205": "delete the path that was created",
        "TML301": "close the descriptor: `os.close(fd)`, or `with os.fdopen(fd) as f:`",
        "TML302": "wrap the descriptor at once: `with os.fdopen(fd) as f:`",
        "TML401": "open it in a `with` statement",
        "TML402": "delete it where it was used; atexit runs only when the process ends in good order",
        "TML403": "let `tempfile` make the name, and delete the file in a `finally:`",
        "TML404": "close the file before it is deleted or opened again: Windows refuses both",
        "TML501": "use `tempfile.mkstemp()` or `NamedTemporaryFile()`, which make the file at once",
        "TML900": "mend the file, or exclude it: the run went on without it",
    }
)
