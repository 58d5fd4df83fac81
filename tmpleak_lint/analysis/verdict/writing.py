"""What is written into a file by an operation: a text or data, one thing or many, something that stands in the code.

Comes in: the verdict and a node of its body. Goes out: yes or no. How likely that is to fail is told by `raisers.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from tmpleak_lint.analysis.queries.resolver import Statics
from tmpleak_lint.analysis.verdict.judge import Verdict
from tmpleak_lint.analysis.verdict.naming import (
    is_in_loop_since,
    last_part,
    name_called,
    name_of_call,
    statics_of_body,
)
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge import likelihood


def is_scarce(verdict: Verdict, index: int) -> bool:
    """Whether it takes a full disk and nothing else: one thing is written, once."""
    node = verdict.explorer.nodes[index]
    if not isinstance(node.op, g.Call):
        return False
    statics = statics_of_body(verdict)
    name = name_of_call(statics, node.op)
    return (name in likelihood.WRITES_ONCE or name == f".{last_part(name)}") and (
        last_part(name) in likelihood.WRITES_ONCE and not is_in_loop_since(verdict, index)
    )


def writes_little(verdict: Verdict, index: int) -> bool:
    """Whether what is written there is a text that stands in the code."""
    written = _written(verdict, index)
    return written is not None and is_scarce(verdict, index) and _is_written_out(*written)


def writes_text(verdict: Verdict, index: int) -> bool:
    """Whether what is done there with a file is to write a text, once, or line by line that are put together
    there: no data of whatever size."""
    op = verdict.explorer.nodes[index].op
    statics = statics_of_body(verdict)
    if not isinstance(op, g.Call):
        return False
    if last_part(name_of_call(statics, op)) in likelihood.WRITES_OUT:
        return True
    written = _written(verdict, index)
    if written is None:
        return False
    if is_in_loop_since(verdict, index) and not _is_line(*written):
        return False
    return bears_any_text(verdict, index) and (_is_text(statics, written[1]) or _takes_text(statics, op))


def bears_any_text(verdict: Verdict, index: int) -> bool:
    """Whether what is called there is given no encoding in which a text may not fit."""
    op = verdict.explorer.nodes[index].op
    statics = statics_of_body(verdict)
    given = [a.value for a in op.args if a.keyword == "encoding"] if isinstance(op, g.Call) else []
    return all(statics.literal(temp) in likelihood.USUAL_ENCODINGS for temp in given)


def dumps_text(verdict: Verdict, index: int) -> bool:
    """Whether a value is written there as a text, by what does it in one call: `json.dump(item, file)`."""
    op = verdict.explorer.nodes[index].op
    statics = statics_of_body(verdict)
    return (
        isinstance(op, g.Call)
        and name_of_call(statics, op) in likelihood.DUMPS_TEXT
        and not is_in_loop_since(verdict, index)
    )


def _written(verdict: Verdict, index: int) -> tuple[Statics, int] | None:
    """What a call that writes one thing into a file is given to write; None where it is no such call."""
    op = verdict.explorer.nodes[index].op
    if not isinstance(op, g.Call) or not op.args:
        return None
    statics = statics_of_body(verdict)
    name = name_of_call(statics, op)
    if name not in likelihood.WRITES_ONCE and last_part(name) not in likelihood.WRITES_ONCE:
        return None
    plain = [argument.value for argument in op.args if argument.keyword is None]
    at = 1 if name == "os.write" else 0
    return (statics, plain[at]) if len(plain) > at else None


def _is_text(statics: Statics, temp: int) -> bool:
    """Whether a value is a text, as it is or encoded, by how it is made: a part of it, or what a name may be."""
    asked, seen = [temp], {temp}
    while asked:
        each = asked.pop()
        if _is_written_out(statics, each):
            return True
        parts: Sequence[int] = ()
        match statics.made.get(each):
            case g.Call(func=func):
                if last_part(name_called(statics, func, statics.resolve(func))) in likelihood.GIVES_TEXT:
                    return True
            case g.Binary(left=left, right=right):
                parts = left, right
            case g.Load():
                parts = statics.sources(each)
        asked += [part for part in parts if part not in seen]
        seen.update(parts)
    return False


def _takes_text(statics: Statics, call: g.Call) -> bool:
    """Whether the method writes to a file that was opened for texts, or is that of a path."""
    method = statics.made.get(call.func)
    if not isinstance(method, g.GetAttr):
        return False
    return method.attr == "write_text" or any(
        isinstance(made, g.Call) and _opens_text(statics, made) for made in statics.origins(method.obj)
    )


def _opens_text(statics: Statics, call: g.Call) -> bool:
    """Whether a call opens a file for texts, by the mode that it is given."""
    last = last_part(name_of_call(statics, call))
    at = likelihood.MODE_POSITIONS.get(last)
    plain = [argument.value for argument in call.args if argument.keyword is None]
    given = [argument.value for argument in call.args if argument.keyword == "mode"]
    if at is not None and len(plain) > at:
        given.append(plain[at])
    modes = [statics.literal(temp) for temp in given]
    return bool(modes) and all(isinstance(mode, str) and "b" not in mode for mode in modes)


def _is_line(statics: Statics, temp: int) -> bool:
    """Whether a text is put together here around what it is about: a line, and no data that is passed on."""
    made = statics.made.get(temp)
    if isinstance(made, g.Call):
        method = statics.made.get(made.func)
        return (
            isinstance(method, g.GetAttr) and method.attr == "format" and _is_written_out(statics, method.obj)
        )
    return _is_written_out(statics, temp)


def _is_written_out(statics: Statics, temp: int) -> bool:
    """Whether a text is a literal, also one that something is put into."""
    parts = [temp]
    while parts:
        made = statics.made.get(parts.pop())
        if isinstance(made, g.Binary):
            parts += made.left, made.right
        elif isinstance(made, g.Text) or (isinstance(made, g.Const) and isinstance(made.value, str | bytes)):
            return True
    return False
