"""Whether a file is written, and nothing asks for it: what was to be done with it is missing, or nobody wants it.

In: a subject. Out: yes where its descriptor is only written to, nothing deletes it, and its name goes nowhere.
"""

from __future__ import annotations

import ast

from tmpleak_lint.fixing.names import tail_of
from tmpleak_lint.fixing.subject import Subject


def is_forgotten(subject: Subject) -> bool:
    """Whether nothing is done with the file but that it is made and written."""
    binding, statement = subject.binding, subject.statement
    if subject.deletions or binding is None or binding.fd is None or not isinstance(statement, ast.Assign):
        return False
    target = statement.targets[0]
    if not isinstance(target, ast.Tuple) or not all(isinstance(each, ast.Name) for each in target.elts):
        return False
    read = [n for n in ast.walk(subject.scope) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    uses = [subject.source.parents[node] for node in read if node.id == binding.fd]
    written = [each for each in uses if isinstance(each, ast.Call) and _only_writes(each)]
    return bool(written) and written == uses and all(node.id != binding.name for node in read)


def _only_writes(call: ast.Call) -> bool:
    """Whether a call is given a descriptor to write to it: `os.fdopen(fd, "w")`, `os.write(fd, data)`."""
    mode = call.args[1] if len(call.args) > 1 else None
    opens = isinstance(mode, ast.Constant) and isinstance(mode.value, str) and mode.value[:1] in ("w", "a")
    return tail_of(call.func) == "write" or (opens and "+" not in mode.value)  # type: ignore[union-attr]
