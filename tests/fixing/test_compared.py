"""Code before and after a change, side by side: what is said of pairs that no rewrite would propose, too.

Each pair is one body, as it was and as it would be; what is told is why it is no fix, why it is only shown, why it is
not a safe one, or that it does the same but for the deletion.
"""

from __future__ import annotations

import textwrap

import pytest

from tests.fixing.pairs import calls_of
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.verdict.report import studies_of
from tmpleak_lint.fixing.comparing import Body, compared

HEAD = "import os\nimport shutil\nimport tempfile\n\n\ndef f(target, other):\n"
OLD = """
folder = tempfile.mkdtemp()
target.compile(folder)
shutil.rmtree(folder)
"""
GUARDED = """
folder = tempfile.mkdtemp()
try:
    target.compile(folder)
finally:
    shutil.rmtree(folder)
"""


def body_of(text: str) -> Body:
    project = Project()
    module = project.add((HEAD + textwrap.indent(text, "    ")).encode(), "example.py", None)
    code = module.source.function("f")
    assert code is not None
    return Body(project, module, code, None)


def told(old: str, new: str) -> str:
    before, after = body_of(old), body_of(new)
    (study,) = studies_of(before.project, before.module)
    sites = [verdict.site for verdict in study.verdicts]
    there = dict(calls_of(after))
    moved = {place: there[call] for call, place in calls_of(before) if call in there}
    found = compared(
        before, after, list(dict.fromkeys(sites)), moved, frozenset({"folder"}), descriptor=False
    )
    said = [*found.contradicted[:1], *found.unwanted[:1], *found.doubts[:1]]
    return said[0] if said else "the same" if found.is_in_step else "other files differ"


PAIRS: dict[str, tuple[str, str, str]] = {
    "nothing is changed": (
        OLD,
        OLD,
        "the same",
    ),
    "the deletion is in a finally": (
        OLD,
        GUARDED,
        "the same",
    ),
    "a call is left out": (
        OLD,
        "\nfolder = tempfile.mkdtemp()\ntry:\n    pass\nfinally:\n    shutil.rmtree(folder)\n",
        "`target.compile(folder)` (line 9) would not run any more",
    ),
    "a call is made twice": (
        OLD,
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "try:\n"
        "    target.compile(folder); target.compile(folder)\n"
        "finally:\n"
        "    shutil.rmtree(folder)\n",
        "`target.compile(folder)` (line 9) would run, where it didn't",
    ),
    "another argument is given": (
        OLD,
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "try:\n"
        "    target.compile(other)\n"
        "finally:\n"
        "    shutil.rmtree(folder)\n",
        "`target.compile(other)` would run in place of `target.compile(folder)` (line 9)",
    ),
    "it is deleted before it is used": (
        OLD,
        "folder = tempfile.mkdtemp()\nshutil.rmtree(folder)\ntarget.compile(folder)\n",
        "`target.compile(folder)` (line 9) would find it deleted",
    ),
    "an exception is swallowed": (
        OLD,
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "try:\n"
        "    target.compile(folder)\n"
        "except Exception:\n"
        "    pass\n"
        "finally:\n"
        "    shutil.rmtree(folder)\n",
        "an exception would be swallowed",
    ),
    "a value is returned that was not": (
        OLD,
        GUARDED + "return folder\n",
        "another value would be returned",
    ),
    "another value is returned": (
        OLD + "return target.size\n",
        GUARDED + "return target.name\n",
        "another value would be returned",
    ),
    "the same value is returned": (
        OLD + "return target.size\n",
        GUARDED + "return target.size\n",
        "the same",
    ),
    "the order of two calls": (
        "\nfolder = tempfile.mkdtemp()\ntarget.compile(folder)\nother.note(1)\nshutil.rmtree(folder)\n",
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "try:\n"
        "    other.note(1)\n"
        "    target.compile(folder)\n"
        "finally:\n"
        "    shutil.rmtree(folder)\n",
        "`other.note(1)` (line 10) would run in place of `target.compile(folder)` (line 9)",
    ),
    "a branch the other way round": (
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "target.compile(folder)\n"
        "if other:\n"
        "    target.close()\n"
        "shutil.rmtree(folder)\n",
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "try:\n"
        "    target.compile(folder)\n"
        "    if not other:\n"
        "        target.close()\n"
        "finally:\n"
        "    shutil.rmtree(folder)\n",
        "`target.close()` (line 11) would run, where it didn't",
    ),
    "a branch as it was": (
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "target.compile(folder)\n"
        "if other:\n"
        "    target.close()\n"
        "shutil.rmtree(folder)\n",
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "try:\n"
        "    target.compile(folder)\n"
        "    if other:\n"
        "        target.close()\n"
        "finally:\n"
        "    shutil.rmtree(folder)\n",
        "the same",
    ),
    "is not None, and is None": (
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "target.compile(folder)\n"
        "if other is not None:\n"
        "    target.close()\n"
        "shutil.rmtree(folder)\n",
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "try:\n"
        "    target.compile(folder)\n"
        "    if other is None:\n"
        "        target.close()\n"
        "finally:\n"
        "    shutil.rmtree(folder)\n",
        "`target.close()` (line 11) would not run any more",
    ),
    "is not None, told the other way": (
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "target.compile(folder)\n"
        "if other is not None:\n"
        "    target.close()\n"
        "shutil.rmtree(folder)\n",
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "try:\n"
        "    target.compile(folder)\n"
        "    if other is None:\n"
        "        pass\n"
        "    else:\n"
        "        target.close()\n"
        "finally:\n"
        "    shutil.rmtree(folder)\n",
        "the same",
    ),
    "unequal, told the other way": (
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "target.compile(folder)\n"
        "if other != 1:\n"
        "    target.close()\n"
        "shutil.rmtree(folder)\n",
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "try:\n"
        "    target.compile(folder)\n"
        "    if other == 1:\n"
        "        pass\n"
        "    else:\n"
        "        target.close()\n"
        "finally:\n"
        "    shutil.rmtree(folder)\n",
        "the same",
    ),
    "a name is bound to something else": (
        OLD + "return other\n",
        GUARDED + "other = 1\nreturn other\n",
        "another value would be returned",
    ),
    "what is kept is deleted": (
        "folder = tempfile.mkdtemp()\ntarget.compile(folder)\nreturn folder\n",
        "folder = tempfile.mkdtemp()\n"
        "try:\n"
        "    target.compile(folder)\n"
        "finally:\n"
        "    shutil.rmtree(folder)\n"
        "return folder\n",
        "it is returned, and the caller would get what is deleted",
    ),
    "deleted where the way fails alone": (
        "folder = tempfile.mkdtemp()\ntarget.compile(folder)\nreturn folder\n",
        "folder = tempfile.mkdtemp()\n"
        "try:\n"
        "    target.compile(folder)\n"
        "except BaseException:\n"
        "    shutil.rmtree(folder)\n"
        "    raise\n"
        "return folder\n",
        "the same",
    ),
    "the creation is gone": (
        OLD,
        "folder = other\ntry:\n    target.compile(folder)\nfinally:\n    shutil.rmtree(folder)\n",
        "what the rewrite does can't be compared with the code: the creation isn't found in it",
    ),
    "an attribute is set to something else": (
        OLD + "target.done = True\n",
        GUARDED + "target.done = False\n",
        "`target.done = False` would run in place of `target.done = True` (line 11)",
    ),
    "an attribute is set as it was": (
        OLD + "target.done = True\n",
        GUARDED + "target.done = True\n",
        "the same",
    ),
    "starred arguments": (
        "\nfolder = tempfile.mkdtemp()\ntarget.compile(folder, *other)\nshutil.rmtree(folder)\n",
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "try:\n"
        "    target.compile(folder, other)\n"
        "finally:\n"
        "    shutil.rmtree(folder)\n",
        "`target.compile(folder, other)` would run in place of `target.compile(folder, *other)` (line 9)",
    ),
    "starred arguments as they were": (
        "\nfolder = tempfile.mkdtemp()\ntarget.compile(folder, *other)\nshutil.rmtree(folder)\n",
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "try:\n"
        "    target.compile(folder, *other)\n"
        "finally:\n"
        "    shutil.rmtree(folder)\n",
        "the same",
    ),
    "a handle is closed later": (
        "h = open(other)\n"
        "folder = tempfile.mkdtemp()\n"
        "target.compile(folder)\n"
        "shutil.rmtree(folder)\n"
        "h.close()\n",
        "h = open(other)\n"
        "h.close()\n"
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "try:\n"
        "    target.compile(folder)\n"
        "finally:\n"
        "    shutil.rmtree(folder)\n",
        "`h.close()` (line 11) would run in place of `tempfile.mkdtemp()` (line 8)",
    ),
    "a creation in several rows": (
        "\n"
        "folder = tempfile.mkdtemp(\n"
        "    prefix='a',\n"
        "    dir=other,\n"
        ")\n"
        "target.compile(folder)\n"
        "shutil.rmtree(folder)\n",
        "\n"
        "folder = tempfile.mkdtemp(\n"
        "    prefix='a',\n"
        "    dir=other,\n"
        ")\n"
        "try:\n"
        "    target.compile(folder)\n"
        "finally:\n"
        "    shutil.rmtree(folder)\n",
        "the same",
    ),
    "what a call may have changed is not asked again": (
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "if other.ready:\n"
        "    target.compile(folder)\n"
        "    if other.ready:\n"
        "        target.close()\n"
        "shutil.rmtree(folder)\n",
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "try:\n"
        "    if other.ready:\n"
        "        target.compile(folder)\n"
        "        target.close()\n"
        "finally:\n"
        "    shutil.rmtree(folder)\n",
        "`target.close()` (line 12) would run, where it didn't",
    ),
    "what a call may have changed is asked again": (
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "if other.ready:\n"
        "    target.compile(folder)\n"
        "    if other.ready:\n"
        "        target.close()\n"
        "shutil.rmtree(folder)\n",
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "try:\n"
        "    if other.ready:\n"
        "        target.compile(folder)\n"
        "        if other.ready:\n"
        "            target.close()\n"
        "finally:\n"
        "    shutil.rmtree(folder)\n",
        "the same",
    ),
    "a handle stays open": (
        "h = tempfile.NamedTemporaryFile(delete=False)\n"
        "h.close()\n"
        "target.compile(h.name)\n"
        "os.remove(h.name)\n",
        "h = tempfile.NamedTemporaryFile(delete=False)\n"
        "try:\n"
        "    target.compile(h.name)\n"
        "finally:\n"
        "    os.remove(h.name)\n",
        "`target.compile(h.name)` (line 9) would run in place of `h.close()` (line 8)",
    ),
    "a handle is closed as it was": (
        "h = tempfile.NamedTemporaryFile(delete=False)\n"
        "h.close()\n"
        "target.compile(h.name)\n"
        "os.remove(h.name)\n",
        "h = tempfile.NamedTemporaryFile(delete=False)\n"
        "try:\n"
        "    h.close()\n"
        "    target.compile(h.name)\n"
        "finally:\n"
        "    os.remove(h.name)\n",
        "the same",
    ),
    "a timeout is left out": (
        "\nfolder = tempfile.mkdtemp()\ntarget.wait(timeout=9)\nshutil.rmtree(folder)\n",
        "\nfolder = tempfile.mkdtemp()\ntry:\n    target.wait()\nfinally:\n    shutil.rmtree(folder)\n",
        "`target.wait()` would run in place of `target.wait(timeout=9)` (line 9)",
    ),
    "a loop goes on": (
        "\nfolder = tempfile.mkdtemp()\nfor each in other:\n    target.add(each)\nshutil.rmtree(folder)\n",
        "\n"
        "folder = tempfile.mkdtemp()\n"
        "try:\n"
        "    for each in other:\n"
        "        target.add(each)\n"
        "        break\n"
        "finally:\n"
        "    shutil.rmtree(folder)\n",
        "`other` (line 9) would not run any more",
    ),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_what_is_said_of_two_versions(pair: str) -> None:
    old, new, said = PAIRS[pair]
    assert told(old, new) == said
