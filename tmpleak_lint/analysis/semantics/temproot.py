"""Where temporary files are made when no `dir=` says so: what the body has set as the directory for them.

Comes in: `tempfile.tempdir = d`, a variable of the environment, and how tests patch either. Goes out: the directory,
for whatever is made afterwards. That it is set back later isn't looked at, nor what another function has set.
"""

from __future__ import annotations

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import Attribute
from tmpleak_lint.analysis.domain.state import State, contents
from tmpleak_lint.analysis.domain.values import Value
from tmpleak_lint.analysis.queries.records import Call
from tmpleak_lint.knowledge.words import PATCHERS, TEMP_VARIABLES

_TEMPDIR = Attribute(v.Dotted("tempfile"), "tempdir")
_ENVIRON = v.Dotted("os.environ")


def temp_root(state: State) -> Value | None:
    """The directory that was set, None where none was."""
    found = state.attribute(*_TEMPDIR)
    return None if found is None or found == v.NONE else found


def set_attribute(base: Value, attr: str, value: Value, state: State) -> None:
    """An attribute of a module is set: is it that of `tempfile`?"""
    if (base, attr) == tuple(_TEMPDIR):
        state.put(_TEMPDIR, value)


def set_variable(base: Value, key: object, value: Value, state: State) -> None:
    """A variable is put into the environment: is it the one that `tempfile` reads?"""
    if base == _ENVIRON and key in TEMP_VARIABLES:
        state.put(_TEMPDIR, value)


def patch(call: Call, state: State) -> None:
    """A call that is named after patching: `setattr(tempfile, "tempdir", d)`, `patch("tempfile.tempdir", d)`,
    `setenv("TMPDIR", d)`, `patch.dict(os.environ, {"TMPDIR": d})`."""
    if call.name.rpartition(".")[2] not in PATCHERS:
        return
    match call.args:
        case (base, v.Const(value=str() as attr), value, *_):
            set_attribute(base, attr, value, state)
            set_variable(base, attr, value, state)
        case (v.Const(value=str() as name), value, *_):
            head, _, attr = name.rpartition(".")
            set_attribute(v.Dotted(head), attr, value, state)
            set_variable(_ENVIRON, name, value, state)
        case (base, v.Box() as box, *_) if base == _ENVIRON:
            for key, value in contents(box, state):
                set_variable(base, key, value, state)
    if call.args[:1] == (_ENVIRON,):
        for key, value in call.keywords:
            set_variable(_ENVIRON, key, value, state)
