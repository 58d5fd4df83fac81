"""Does a handle delete its own file? What the creating call, and the body around it, say of that.

Comes in: a resolved call of a creator whose handle deletes the file unless it is asked not to. Goes out: yes or no;
a `delete=` whose value can't be told is taken as yes.
"""

from __future__ import annotations

import re

from tmpleak_lint.analysis.domain.values import Const, Dotted
from tmpleak_lint.analysis.queries.resolver import Called, Given, Statics
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge.model import Creates, Shape

_KEEPS = re.compile(r"""['"]?delete['"]?\s*[:=]\s*False""")
_HANDLES = (Shape.HANDLE, Shape.DIRECTORY_HANDLE)


def deletes_itself(statics: Statics, called: Called, creates: Creates, made: frozenset[int]) -> bool:
    """Whether the handle deletes the file in the end; `made` are the temporaries that hold it."""
    if creates.shape not in _HANDLES:
        return True
    if _is_detached(statics, made):
        return False
    if any(given.star == "**" and _says_keep(statics, given.temp) for given in called.given):
        return False
    if any(_is_passed_false(statics, given) for given in called.given if given.star == "**"):
        return False
    given = called.argument("delete", creates.delete_position)
    if given is None:
        return True
    if _is_passed_false(statics, given):
        return False
    if depends_on_system(statics, given):
        return False  # on one of the systems it stays
    return _constant(statics, given) not in (False, 0)


def _is_passed_false(statics: Statics, given: Given) -> bool:
    """Whether it is a parameter, or among those that `**` takes, which all who call the function in the module set to
    false."""
    made = statics.made.get(given.temp) if given.temp is not None else None
    if not isinstance(made, g.Load) or _stored(statics, made.name):
        return False
    if not any(param.name == made.name for param in statics.code.params):
        return False
    name = "delete" if given.star else made.name
    calls = re.findall(
        rf"(?<!def )\b{re.escape(statics.code.name)}\(((?:[^()]|\([^()]*\))*)\)", statics.module.source.text
    )
    return bool(calls) and all(re.search(rf"\b{re.escape(name)}\s*=\s*False\b", call) for call in calls)


def depends_on_system(statics: Statics, given: Given) -> bool:
    """Whether a comparison with the name of the system decides."""
    compared = statics.made.get(given.temp) if given.temp is not None else None
    if not isinstance(compared, g.Compare):
        return False
    sides = (statics.resolve(compared.left), statics.resolve(compared.right))
    return any(isinstance(side, Dotted) and side.name in ("os.name", "sys.platform") for side in sides)


def _constant(statics: Statics, given: Given) -> object:
    """A literal, or that of a variable bound once, a parameter's default; `...` where it isn't one."""
    made = statics.made.get(given.temp) if given.temp is not None else None
    if not isinstance(made, g.Load):
        return given.literal
    stored = _stored(statics, made.name)
    if stored:
        return statics.literal(stored[0]) if len(stored) == 1 else ...
    for param in statics.code.params:
        if param.name == made.name:
            return param.default if param.has_default and isinstance(param.default, bool) else ...
    found = statics.project.lookup(statics.module, made.name)
    return found.value if isinstance(found, Const) else ...


def _stored(statics: Statics, name: str) -> list[int]:
    return [
        node.op.src for node in statics.code.nodes if isinstance(node.op, g.Store) and node.op.name == name
    ]


def _says_keep(statics: Statics, temp: int | None) -> bool:
    """Whether `**options` has `delete` at false: in a display or call of dict bound in the body, or in the module."""
    made = statics.made.get(temp) if temp is not None else None
    if isinstance(made, g.Load):
        stored = _stored(statics, made.name)
        if not stored:
            bound = re.search(
                rf"^{re.escape(made.name)}\b[^=\n]*=\s*(.*?)^(?=\S)",
                f"{statics.module.source.text}\n.",
                re.MULTILINE | re.DOTALL,
            )
            return bound is not None and _KEEPS.search(bound[1]) is not None
        made = statics.made.get(stored[-1])
    if isinstance(made, g.Build):
        pairs = zip(made.keys, made.items, strict=False)
        return any(statics.literal(k) == "delete" and statics.literal(i) is False for k, i in pairs)
    return isinstance(made, g.Call) and any(
        each.keyword == "delete" and statics.literal(each.value) is False for each in made.args
    )


def _is_detached(statics: Statics, made: frozenset[int]) -> bool:
    """Whether the private finalizer of the handle is taken away: `handle._finalizer.detach()`."""
    attributes = {n.op.dest: n.op for n in statics.code.nodes if isinstance(n.op, g.GetAttr)}
    handles = {n.op.name for n in statics.code.nodes if isinstance(n.op, g.Store) and n.op.src in made}
    for each in attributes.values():
        inner = attributes.get(each.obj)
        if each.attr == "detach" and inner is not None and inner.attr == "_finalizer":
            base = statics.made.get(inner.obj)
            if inner.obj in made or (isinstance(base, g.Load) and base.name in handles):
                return True
    return False
