# ruff: noqa: PTH100, PTH103, PTH111, PTH117, PTH118, PTH120
"""What a cache is told by: the user's key, and this very program.

In: nothing but the user's folders and the program's own files. Out: bytes that nobody else knows, a short text that is
another one for another program, Python or user. Raises OSError where there is no place for a key.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import importlib.util
import os
import sys

from tmpleak_lint.files import read_file, replaced

KEY = 32  # bytes


@functools.cache
def key() -> bytes:
    """What nobody else knows: whoever can write into the code that is checked can't make a shelf for us. It is made
    where there is none. Raises OSError."""
    home = (
        os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    )
    path = os.path.join(home, "tmpleak-lint", "key")
    try:
        if not os.path.isabs(path):
            raise OSError(errno.ENOENT, "the user has no home folder")
        known = _read_key(path)
        if len(known) != KEY:  # none, or one that a full disk has cut off
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            replaced(path, os.urandom(KEY), 0o600)
            known = _read_key(path)  # that of another run, if one was faster
    except OSError as error:
        raise OSError(error.errno, f"its key can't be kept in {path} ({error.strerror or error})") from error
    return known


def _read_key(path: str) -> bytes:
    try:
        return read_file(path)
    except FileNotFoundError:
        return b""


@functools.cache
def program() -> str:
    """What stands for this program and this user: another one where a file of it, the parser's or the Python that runs
    it changes."""
    digest = hashlib.blake2b(repr(sys.version_info).encode(), digest_size=8, key=key())
    for top in (os.path.dirname(os.path.dirname(os.path.abspath(__file__))), _parser_folder()):
        work = [top]
        while work:
            for entry in sorted(os.scandir(work.pop()), key=lambda each: each.name):
                if entry.is_dir():
                    work += [entry.path] if top != _parser_folder() and entry.name != "__pycache__" else []
                else:
                    found = entry.stat()
                    digest.update(
                        f"{entry.name}\0{found.st_size}\0{found.st_mtime_ns}\0".encode("utf-8", "replace")
                    )
    return digest.hexdigest()


def _parser_folder() -> str:
    """The folder of libcst, which is not imported for that."""
    spec = importlib.util.find_spec("libcst")
    return os.path.dirname(spec.origin) if spec is not None and spec.origin else os.path.dirname(__file__)
