"""Small programs whose functions and classes call each other in circles, in any order of their definitions.

Comes in: a source of chance. Goes out: a `Program`: its definitions one by one, to be put together in any order, in one
module or spread over several that import each other. What a definition does never hangs on where it stands.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HEAD = "import atexit\nimport os\nimport shutil\nimport sys\nimport tempfile\nfrom contextlib import contextmanager\n"

# Bodies of functions: {0}, {1} are other functions of the program, perhaps the same; n counts down.
_MAKING = (
    "    path = tempfile.mkdtemp()\n    if n:\n        return {0}(n - 1)\n    return path\n",
    "    path = tempfile.mkdtemp()\n    atexit.register(shutil.rmtree, path)\n    if n:\n        return {0}(n - 1)\n"
    "    return path\n",
    "    if n:\n        return {0}(n - 1)\n    fd, path = tempfile.mkstemp()\n    os.close(fd)\n    return path\n",
    "    path = {0}(n - 1) if n else tempfile.mkdtemp()\n    return path\n",
    "    try:\n        return {0}(n)\n    except OSError:\n        return {1}(n)\n",
    "    path = {0}(n)\n    atexit.register(shutil.rmtree, path, True)\n    return path\n",
    "    path = {0}(n)\n    work(path)\n    return path\n",
    "    return {0}(n)\n",
    "    if n > 3:\n        return {0}(n - 1)\n    return {1}(n - 2)\n",
    "    kept.append({0}(n))\n    return kept[-1]\n",
)
_USING = (
    "    path = {0}(2)\n    work(path)\n    {1}(path)\n",
    "    path = {0}(0)\n    {1}(path)\n",
    "    path = {0}(1)\n    try:\n        {1}(path)\n    finally:\n        shutil.rmtree(path)\n",
    "    with lent(2) as path:\n        {1}(path)\n",
    "    path = tempfile.mkdtemp()\n    {1}(path)\n    shutil.rmtree(path)\n",
    "    path = tempfile.mkdtemp()\n    {1}(path)\n",
    "    path = {0}(2)\n    print(path)\n",
    "    fd, path = tempfile.mkstemp(dir={0}(1))\n    os.close(fd)\n    {1}(path)\n",
)
_TAKING = (
    "    if os.path.isdir(path):\n        {0}(path)\n    else:\n        os.remove(path)\n",
    "    shutil.rmtree(path)\n    {0}(path)\n",
    "    {0}(path)\n    {1}(path)\n",
    "    for each in os.listdir(path):\n        {0}(os.path.join(path, each))\n    os.rmdir(path)\n",
    "    if not path:\n        {0}(path)\n        sys.exit(2)\n",
    "    try:\n        shutil.rmtree(path)\n    except OSError:\n        {0}(path)\n",
    "    print(path)\n",
    "    {0}(path)\n",
    "    raise ValueError(path)\n",
    "    atexit.register(shutil.rmtree, path)\n    {0}(path)\n",
)
_METHODS = (
    "    def open(self):\n        self.path = {0}(1)\n        self.{2}()\n",
    "    def close(self):\n        shutil.rmtree(self.path)\n        self.{2}()\n",
    "    def reset(self):\n        self.{2}()\n        self.close()\n",
    "    def check(self):\n        if self.path is None:\n            self.{2}()\n        {1}(self.path)\n",
    "    def again(self):\n        self.check()\n        self.{2}()\n        self.path = tempfile.mkdtemp()\n",
)
_NAMES = ("open", "close", "reset", "check", "again")
_LENT = (
    "@contextmanager\ndef lent(n):\n    path = {0}(n)\n    try:\n        yield path\n    finally:\n        {1}(path)\n",
    "@contextmanager\ndef lent(n):\n    path = {0}(n)\n    yield path\n    shutil.rmtree(path)\n",
    "@contextmanager\ndef lent(n):\n    if n:\n        with lent(n - 1) as path:\n            yield path\n    else:\n"
    "        yield {0}(n)\n",
)


@dataclass(frozen=True, slots=True)
class Program:
    """The text of each function and class by its name, and the variables that they share."""

    definitions: dict[str, str]

    def module(self, order: Sequence[str]) -> str:
        """All in one module, in this order."""
        return "\n\n".join([HEAD + "\nkept = []\n", *(self.definitions[name] for name in order)])

    def package(self, folder: Path, parts: Sequence[Sequence[str]]) -> list[Path]:
        """Spread over modules that import each other's names; their files."""
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        files = []
        for number, part in enumerate(parts):
            others = [
                f"from .part{other} import {', '.join(names)}\n"
                for other, names in enumerate(parts)
                if other != number and names
            ]
            text = [HEAD + "from .shared import kept\n" + "".join(others)]
            text += [self.definitions[name] for name in part]
            files.append(folder / f"part{number}.py")
            files[-1].write_text("\n\n".join(text))
        (folder / "shared.py").write_text("kept = []\n")
        return files


def draw(chance: random.Random) -> Program:
    """A program of a dozen definitions."""
    makers = [f"make{n}" for n in range(chance.randint(2, 5))]
    takers = [f"take{n}" for n in range(chance.randint(2, 4))]
    definitions = {"work": f"def work(path):\n    {chance.choice(takers)}(path)\n"}

    def filled(body: str) -> str:
        return body.format(chance.choice(makers), chance.choice(takers), chance.choice(_NAMES))

    for name in makers:
        body = chance.choice(_MAKING).format(chance.choice(makers), chance.choice(makers))
        definitions[name] = f"def {name}(n):\n{body}"
    for name in takers:
        body = chance.choice(_TAKING).format(chance.choice(takers), chance.choice(takers))
        definitions[name] = f"def {name}(path):\n{body}"
    definitions["lent"] = filled(chance.choice(_LENT))
    methods = [filled(body) for body in chance.sample(_METHODS, chance.randint(2, 5))]
    definitions["Base"] = "class Base:\n    path = None\n\n" + "\n".join(methods)
    definitions["Owner"] = "class Owner(Base):\n    def start(self):\n" + filled(
        "        self.path = {0}(3)\n        self.{2}()\n"
    )
    for number in range(chance.randint(1, 3)):
        definitions[f"use{number}"] = f"def use{number}():\n{filled(chance.choice(_USING))}"
    return Program(definitions)
