"""Whether the file of a finding is what a command was to write: where that fails, there may be none.

Comes in: a `Subject`. Goes out: whether one of the commands that its scope runs is told the file's name as where its
output goes, by the flag or sign before it.
"""

from __future__ import annotations

import ast

from tmpleak_lint.fixing.names import bound_by, names_in, tail_of
from tmpleak_lint.fixing.source import own_nodes
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.model import RunsCommand


def is_output_of_command(subject: Subject) -> bool:
    """Whether a command is told to write its output to the file: `[tool, "-o", path]`, `f"tool > {path}"`."""
    runs = subject.knowledge.tails(RunsCommand)
    return not subject.is_directory and any(
        isinstance(node, ast.Call)
        and tail_of(node.func) in runs
        and any(_writes_to_it(subject, _written_down(subject, given)) for given in node.args)
        for node in own_nodes(subject.scope)
    )


def _written_down(subject: Subject, command: ast.expr) -> ast.expr:
    """The list that a variable is bound to once, anything else as it is."""
    if not isinstance(command, ast.Name) or len(subject.stores.get(command.id, ())) != 1:
        return command
    bound = (
        node.value
        for node in own_nodes(subject.scope)
        if isinstance(node, ast.Assign) and any(command.id in bound_by(target) for target in node.targets)
    )
    return next(bound, command)


def _writes_to_it(subject: Subject, command: ast.expr) -> bool:
    words = command.elts if isinstance(command, ast.List | ast.Tuple) else [command]
    before = ""
    for word in words:
        texts = [n.value for n in ast.walk(word) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        if names_in(word) & subject.aliases and any(map(_asks_for_output, (before, *texts))):
            return True
        before = texts[0] if len(texts) == 1 and word is not command else ""
    return False


def _asks_for_output(text: str) -> bool:
    """Whether a command's text ends in what says where its output goes: `-o`, `--outfile=`, `>`."""
    word = "".join(text.rstrip("=\"' ").split()[-1:])
    return word == "-o" or word.endswith(">") or (word.startswith("-") and "out" in word)
