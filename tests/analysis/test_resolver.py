"""Creators and deleters by whatever name, and whoever runs them: each way to call one is followed."""

# ruff: noqa: E501  (programs on one line)

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tmpleak_lint import check_source
from tmpleak_lint.settings import Settings

# What stands at module level, and the expression that makes a directory in `f(use, mk, pool, names)`.
CREATING = {
    "star import": ("from tempfile import *", "mkdtemp()"),
    "second of two imports": ("try:\n    from acme import mkdtemp\nexcept ImportError:\n    from tempfile import mkdtemp", "mkdtemp()"),
    "import or None": ("try:\n    from tempfile import mkdtemp as mk\nexcept ImportError:\n    mk = None", "mk()"),
    "name of the module": ("import tempfile\nscratch = tempfile.mkdtemp", "scratch()"),
    "name of a name": ("import tempfile\none = tempfile.mkdtemp\ntwo = one", "two()"),
    "module by another name": ("import tempfile\nt = tempfile", "t.mkdtemp()"),
    "partial": ("import functools, tempfile\nscratch = functools.partial(tempfile.mkdtemp, prefix='x')", "scratch()"),
    "partial of a partial": (
        "import tempfile\nfrom functools import partial\none = partial(tempfile.mkdtemp, 'a')\ntwo = partial(one, 'b')",
        "two()",
    ),
    "lambda": ("import tempfile\nscratch = lambda: tempfile.mkdtemp(prefix='x')", "scratch()"),
    "getattr": ("import tempfile", "getattr(tempfile, 'mkdtemp')()"),
    "thread": ("import asyncio, tempfile", "await asyncio.to_thread(tempfile.mkdtemp)"),
    "thread with a partial": (
        "import asyncio, tempfile\nfrom functools import partial",
        "await asyncio.to_thread(partial(tempfile.mkdtemp, prefix='x'))",
    ),
    "thread with a lambda": ("import asyncio, tempfile", "await asyncio.to_thread(lambda: tempfile.mkdtemp())"),
    "thread with a helper": (
        "import asyncio, tempfile\ndef make():\n    return tempfile.mkdtemp()",
        "await asyncio.to_thread(make)",
    ),
    "thread of another library": ("import anyio, tempfile", "await anyio.to_thread.run_sync(tempfile.mkdtemp)"),
    "waited for": ("import asyncio, tempfile", "await asyncio.wait_for(asyncio.to_thread(tempfile.mkdtemp), 5)"),
    "executor of the loop": (
        "import asyncio, tempfile",
        "await asyncio.get_running_loop().run_in_executor(None, tempfile.mkdtemp)",
    ),
    "future": ("import tempfile", "pool.submit(tempfile.mkdtemp).result()"),
    "future that is awaited": ("import tempfile", "await pool.submit(tempfile.mkdtemp)"),
    "several": ("import tempfile", "list(map(tempfile.mkdtemp, names))"),
    "several in a pool": ("import tempfile", "list(pool.map(tempfile.mkdtemp, names))"),
}  # fmt: skip


def body(setup: str, expression: str, head: str = "f(use, pool, names)") -> str:
    return f"{setup}\nasync def {head}:\n    made = {expression}\n    use(made)\n"


def codes(source: str, settings: Settings | None = None) -> list[str]:
    return [finding.code for finding in check_source(source, settings=settings).findings]


@pytest.mark.parametrize(("setup", "expression"), CREATING.values(), ids=CREATING)
def test_file_made_by_whatever_name_is_followed(setup: str, expression: str) -> None:
    (finding,) = check_source(body(setup, expression)).findings
    assert finding.code == "TML101"
    assert "mkdtemp()" in finding.message


@pytest.mark.parametrize(("setup", "expression"), CREATING.values(), ids=CREATING)
def test_and_its_deletion_is_seen(setup: str, expression: str) -> None:
    source = f"import shutil\n{setup}\nasync def f(use, pool, names):\n    made = {expression}\n"
    if "list(" in expression:
        source += "    try:\n        use(made)\n    finally:\n        for each in made:\n            shutil.rmtree(each)\n"
        assert not {"TML101", "TML102", "TML103"} & set(codes(source))
        return
    source += "    try:\n        use(made)\n    finally:\n        shutil.rmtree(made)\n"
    assert codes(source) == []


LOCAL = {
    "name": "mk = tempfile.mkdtemp\n    made = mk()",
    "module": "t = tempfile\n    made = t.mkdtemp()",
    "either way the same": "mk = tempfile.mkdtemp if use else tempfile.mkdtemp\n    made = mk()",
    "future in a name": "later = pool.submit(tempfile.mkdtemp)\n    made = later.result()",
    "loop over several": "made = None\n    for made in map(tempfile.mkdtemp, names):\n        use(made)",
}


@pytest.mark.parametrize("statements", LOCAL.values(), ids=LOCAL)
def test_names_of_the_body_are_followed(statements: str) -> None:
    source = f"import tempfile\ndef f(use, pool, names):\n    {statements}\n    use(made)\n"
    assert codes(source)[:1] in (["TML101"], ["TML106"])


@pytest.mark.parametrize("head", ["f(use, mk=tempfile.mkdtemp)", "f(use, *, mk=tempfile.mkdtemp)"])
def test_default_of_a_parameter_is_what_it_is(head: str) -> None:
    assert codes(body("import tempfile", "mk()", head)) == ["TML101"]


def test_name_that_may_be_two_things_is_neither() -> None:
    source = "import tempfile\ndef f(use, own):\n    mk = own if use else tempfile.mkdtemp\n    made = mk()\n    use(made)\n"
    assert codes(source) == []


CLASSES = {
    "static": "    _mk = staticmethod(tempfile.mkdtemp)\n",
    "plain": "    _mk = tempfile.mkdtemp\n",
    "prepared": "    _mk = staticmethod(functools.partial(tempfile.mkdtemp, prefix='x'))\n",
    "of the object": "    def __init__(self):\n        self._mk = tempfile.mkdtemp\n",
    "of the object, by default": "    def __init__(self, mk=tempfile.mkdtemp):\n        self._mk = mk\n",
    "property": "    @property\n    def _mk(self):\n        return tempfile.mkdtemp\n",
}


@pytest.mark.parametrize("members", CLASSES.values(), ids=CLASSES)
def test_attributes_that_are_creators(members: str) -> None:
    source = f"import functools, tempfile\nclass C:\n{members}    def f(self, use):\n        made = self._mk()\n        use(made)\n"
    assert codes(source) == ["TML101"]


def test_module_that_an_object_keeps() -> None:
    source = """\
        import tempfile
        class C:
            def __init__(self):
                self._files = tempfile
            def f(self, use):
                made = self._files.mkdtemp()
                use(made)
        """
    assert codes(textwrap.dedent(source)) == ["TML101"]


def test_arguments_that_a_partial_has_count() -> None:
    setup = "import tempfile\nfrom functools import partial\nkept = partial(tempfile.NamedTemporaryFile, 'w', delete=False)"
    assert codes(body(setup, "kept()")) == ["TML101"]
    assert codes(body(setup.replace("False", "True"), "kept()")) == []


def test_arguments_that_a_runner_passes_on_count() -> None:
    setup = "import asyncio, tempfile"
    made = "await asyncio.to_thread(tempfile.NamedTemporaryFile, delete={})"
    assert codes(body(setup, made.format(False))) == ["TML101"]
    assert codes(body(setup, made.format(True))) == []


def test_future_that_somebody_else_waits_for_is_theirs() -> None:
    source = "import tempfile\ndef f(pool, gather):\n    later = pool.submit(tempfile.mkdtemp)\n    gather([later])\n"
    assert codes(source) == []


# What stands at module level, and the statement that deletes `made`.
DELETING = {
    "star import": ("from shutil import *", "rmtree(made)"),
    "second of two imports": ("try:\n    from acme import rmtree\nexcept ImportError:\n    from shutil import rmtree", "rmtree(made)"),
    "module of two names": ("try:\n    import acme_shutil as shutil\nexcept ImportError:\n    import shutil", "shutil.rmtree(made)"),
    "name": ("import shutil\nrm = shutil.rmtree", "rm(made)"),
    "partial": ("import shutil, functools\nrm = functools.partial(shutil.rmtree, ignore_errors=True)", "rm(made)"),
    "lambda": ("import shutil\nrm = lambda path: shutil.rmtree(path)", "rm(made)"),
    "thread": ("import asyncio, shutil", "await asyncio.to_thread(shutil.rmtree, made)"),
    "executor of the loop": (
        "import asyncio, shutil",
        "await asyncio.get_running_loop().run_in_executor(None, shutil.rmtree, made)",
    ),
    "executor with a partial": (
        "import asyncio, shutil\nfrom functools import partial",
        "await asyncio.get_running_loop().run_in_executor(None, partial(shutil.rmtree, made))",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("setup", "statement"), DELETING.values(), ids=DELETING)
def test_deletion_by_whatever_name_is_one(setup: str, statement: str) -> None:
    head = f"import tempfile\n{setup}\nasync def f(use):\n    made = tempfile.mkdtemp()\n"
    assert codes(f"{head}    try:\n        use(made)\n    finally:\n        {statement}\n") == []
    assert codes(f"{head}    use(made)\n    {statement}\n") == ["TML103"]


@pytest.mark.parametrize(
    "compat",
    [
        "from tempfile import mkdtemp as scratch\n",
        "import tempfile\nscratch = tempfile.mkdtemp\n",
        "import tempfile\nfrom functools import partial\nscratch = partial(tempfile.mkdtemp, prefix='x')\n",
        "try:\n    from acme import scratch\nexcept ImportError:\n    from tempfile import mkdtemp as scratch\n",
    ],
)
def test_creator_that_another_module_hands_on_by_another_name(tmp_path: Path, compat: str) -> None:
    (tmp_path / "compat.py").write_text(compat)
    user = tmp_path / "user.py"
    user.write_text("from compat import scratch\n\n\ndef f(use):\n    made = scratch()\n    use(made)\n")
    (finding,) = check_source(user.read_bytes(), user).findings
    assert finding.code == "TML101"


def test_circles_of_names_mean_nothing() -> None:
    circle = "import tempfile\nfrom functools import partial\none = partial(two, tempfile.mkdtemp)\ntwo = one\nthree = three\n"
    assert codes(f"{circle}def f():\n    mk = lambda: mk()\n    use(two(), one(), mk(), three())\n") == []
    chain = "".join(f"n{i} = n{i + 1}\n" for i in range(3000)) + "import tempfile\nn3000 = tempfile.mkdtemp\n"
    assert codes(f"{chain}def f(use):\n    made = n0()\n    use(made)\n") == ["TML101"]


def test_users_rows_are_rows_methods_included() -> None:
    settings = Settings(
        creators=("*.make_scratch",), deleters=("*.wipe",), suppressing_context_managers=("*.quietly",)
    )
    head = "def f(self, use):\n    made = self.pool.make_scratch()\n"
    assert codes(f"{head}    use(made)\n", settings) == ["TML101"]
    assert codes(f"{head}    use(made)\n    self.pool.wipe(made)\n", settings) == ["TML103"]
    quiet = f"{head}    with self.log.quietly():\n        use(made)\n    self.pool.wipe(made)\n"
    assert codes(quiet, settings) == []
    helper = (
        "import acme\ndef drop(path):\n    acme.wipe(path)\ndef f(use):\n    made = acme.make_scratch()\n"
    )
    assert codes(f"{helper}    try:\n        use(made)\n    finally:\n        drop(made)\n", settings) == []


def test_several_at_once_are_lost_when_a_later_one_fails() -> None:
    source = (
        "import shutil, tempfile\ndef f(use, names):\n    made = list(map(tempfile.mkdtemp, names))\n"
        "    try:\n        use(made)\n    finally:\n        for each in made:\n            shutil.rmtree(each)\n"
    )
    assert codes(source) == codes(
        source.replace("list(map(tempfile.mkdtemp, names))", "[tempfile.mkdtemp(n) for n in names]")
    )
    assert codes(source) == ["TML201"]
