"""A graph as text, so that tests read like tables.

One line a node: number, operation, and the ways on that aren't simply the next line:
`-> n` normal, `| n` the other way, `! n` raised.
"""

from __future__ import annotations

from dataclasses import fields

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import NO_EDGE, Code


def _operand(value: object) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(_operand(v) for v in value) + ")"
    if isinstance(value, g.Argument):
        head = f"{value.keyword}=" if value.keyword else value.star
        return f"{head}t{value.value}"
    if isinstance(value, Code):
        return value.qualname
    if isinstance(value, g.ClassShape):
        return value.qualname
    return repr(value)


def _op_text(op: g.Op) -> str:
    parts = []
    for field in fields(op):
        value = getattr(op, field.name)
        if field.name == "dest":
            continue
        if field.type in ("Temp", "Temp | None") and value is not None:
            parts.append(f"t{value}")
        elif field.type == "tuple[Temp, ...]":
            parts.append("(" + " ".join(f"t{v}" for v in value) + ")")
        elif value not in (None, (), "", False):
            parts.append(_operand(value))
        elif field.name == "value":
            parts.append(repr(value))
    dest = getattr(op, "dest", None)
    head = f"t{dest} = " if dest is not None else ""
    return head + " ".join([type(op).__name__.lower(), *parts])


def reachable(code: Code) -> list[int]:
    """Node numbers that can be reached from the entry, in order."""
    seen: set[int] = set()
    stack = [0] if code.nodes else []
    while stack:
        index = stack.pop()
        if index in seen or index == NO_EDGE:
            continue
        seen.add(index)
        node = code.nodes[index]
        stack += [node.next, node.alt, node.exc]
    return sorted(seen)


def print_graph(code: Code) -> str:
    """The reachable nodes of code; numbers are compact and in emission order."""
    order = list(reachable(code))
    number = {index: position for position, index in enumerate(order)}
    lines = [f"{code.kind} {code.qualname}({', '.join(p.name for p in code.params)})"]
    for index in order:
        node = code.nodes[index]
        ways = ""
        if node.next != NO_EDGE and number[node.next] != number[index] + 1:
            ways += f" -> {number[node.next]}"
        if node.alt != NO_EDGE:
            ways += f" | {number[node.alt]}"
        if node.exc != NO_EDGE:
            ways += f" ! {number[node.exc]}"
        lines.append(f"{number[index]:4} {node.span.start.row:4}  {_op_text(node.op)}{ways}")
    return "\n".join(lines) + "\n"
