"""The text of a deletion: strict where the file is surely there, forgiving where another way may have taken it.

In: a subject, a draft (for the import), what is known at that place. Out: lines without indentation.
"""

from __future__ import annotations

import ast

from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.imports import use
from tmpleak_lint.fixing.names import tail_of
from tmpleak_lint.fixing.subject import Subject

NEVER, MISSING, ANY = "", "FileNotFoundError", "OSError"
"""What the deletion forgives: nothing, that the file is gone, or any failure (another exception is in flight)."""


def deletion(subject: Subject, draft: Draft, path: str, forgive: str = NEVER) -> list[str]:
    """Lines that delete the file or directory at `path`; for a descriptor's finding, that close it."""
    if subject.is_descriptor:
        call = f"{use(subject, draft, 'os', 'close')}({path})"
    elif subject.is_directory:
        return [
            f"{use(subject, draft, 'shutil', 'rmtree')}({path}{', ignore_errors=True' if forgive else ''})"
        ]
    else:
        call = f"{use(subject, draft, 'os', remover(subject))}({path})"
    if not forgive:
        return [call]
    guard = use(subject, draft, "contextlib", "suppress")
    return [f"with {guard}({forgive}):", f"{subject.source.unit}{call}"]


def callback(subject: Subject, draft: Draft, path: str) -> str:
    """The same as arguments of a registrar: `shutil.rmtree, path`."""
    if subject.is_directory:
        return f"{use(subject, draft, 'shutil', 'rmtree')}, {path}"
    return f"{use(subject, draft, 'os', remover(subject))}, {path}"


def remover(subject: Subject) -> str:
    """`remove` or `unlink`, whichever the code around uses already."""
    words = [
        tail_of(node.func)
        for node in ast.walk(subject.source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "os" and node.func.attr in ("remove", "unlink")
    ]  # fmt: skip
    return "unlink" if words.count("unlink") > words.count("remove") else "remove"
