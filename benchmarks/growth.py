"""How the cost of one file grows: families of generated programs, each in several sizes.

    python -m benchmarks.growth [family ...] [--quick]

Prints for each family and size the seconds of a processor, the megabytes and the findings of a whole
`tmpleak-lint check` (all codes, no cache), and what it says is beyond a bound. Linux and macOS.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.accuracy import linter_command

Program = Callable[[int], str]
HEAD = "import os\nimport shutil\nimport tempfile\n\n\n"


def creations(n: int) -> str:
    """One function that makes n directories, uses and deletes them."""
    made = "".join(f"    d{i} = tempfile.mkdtemp()\n    use(d{i})\n" for i in range(n))
    return f"{HEAD}def f():\n{made}" + "".join(f"    shutil.rmtree(d{i})\n" for i in range(n))


def functions(n: int) -> str:
    """n functions that each make a file."""
    body = "    fd, p = tempfile.mkstemp()\n    os.close(fd)\n    use(p)\n    os.remove(p)\n\n\n"
    return HEAD + "".join(f"def f{i}():\n{body}" for i in range(n))


def chain(n: int) -> str:
    """n functions, each of which hands over what the one before it made."""
    more = "".join(f"def f{i}():\n    p = f{i - 1}()\n    use(p)\n    return p\n\n\n" for i in range(1, n))
    return f"{HEAD}def f0():\n    return tempfile.mkdtemp()\n\n\n{more}"


def ring(n: int) -> str:
    """n functions that each may return what any of the others makes."""
    return HEAD + "".join(
        f"def f{i}(a=0):\n"
        + "".join(f"    if a == {j}:\n        return f{j}(a - 1)\n" for j in range(n))
        + "    return tempfile.mkdtemp()\n\n\n"
        for i in range(n)
    )


def clique(n: int) -> str:
    """n functions that each make a directory and give it to all of them."""
    return HEAD + "".join(
        f"def f{i}(a=0):\n    p = tempfile.mkdtemp()\n"
        + "".join(f"    f{j}(p)\n" for j in range(n))
        + "    return p\n\n\n"
        for i in range(n)
    )


def attributes(n: int) -> str:
    """A class that makes n directories and deletes them in close()."""
    made = "".join(f"        self.d{i} = tempfile.mkdtemp()\n" for i in range(n))
    gone = "".join(f"        shutil.rmtree(self.d{i})\n" for i in range(n))
    return f"{HEAD}class Owner:\n    def __init__(self):\n{made}\n    def close(self):\n{gone}"


def methods(n: int) -> str:
    """A class with n methods that each make a directory for the object."""
    return f"{HEAD}class Owner:\n" + "".join(
        f"    def m{i}(self):\n        self.d{i} = tempfile.mkdtemp()\n        self.m{(i * 7 + 1) % n}()\n\n"
        for i in range(n)
    )


def classes(n: int) -> str:
    """n classes that inherit from each other and use the first one's directory."""
    first = "class C0:\n    def __init__(self):\n        self.d = tempfile.mkdtemp()\n\n\n"
    return f"{HEAD}{first}" + "".join(
        f"class C{i}(C{i - 1}):\n    def m{i}(self):\n        q = tempfile.mkdtemp(dir=self.d)\n        use(q)\n\n\n"
        for i in range(1, n)
    )


def lines(n: int) -> str:
    """A function of n lines."""
    many = "".join(f"    use(p, {i})\n" for i in range(n))
    return f"{HEAD}def f():\n    p = tempfile.mkdtemp()\n{many}    shutil.rmtree(p)\n"


def branches(n: int) -> str:
    """A function with n branches."""
    many = "".join(f"    if a[{i}]:\n        use(p, {i})\n" for i in range(n))
    return f"{HEAD}def f(a):\n    p = tempfile.mkdtemp()\n{many}    shutil.rmtree(p)\n"


def alternatives(n: int) -> str:
    """An if with n elif."""
    many = "".join(f"    elif a == {i}:\n        use(p, {i})\n" for i in range(n))
    return (
        f"{HEAD}def f(a):\n    p = tempfile.mkdtemp()\n    if a:\n        pass\n{many}    shutil.rmtree(p)\n"
    )


def calls(n: int) -> str:
    """A list of n calls."""
    many = "".join(f"        g(p, {i}),\n" for i in range(n))
    return f"{HEAD}def f():\n    p = tempfile.mkdtemp()\n    use([\n{many}    ])\n    shutil.rmtree(p)\n"


def entries(n: int) -> str:
    """Dicts of n constants, in the module and in the function."""
    table = "".join(f'    {i}: "{i}",\n' for i in range(n))
    body = f"    p = tempfile.mkdtemp()\n    e = {{\n{table}    }}\n    use(p, e)\n"
    return f"{HEAD}D = {{\n{table}}}\n\n\ndef f():\n{body}"


def one_line(n: int) -> str:
    """A function of n statements on one line."""
    return f"{HEAD}def f(): p = tempfile.mkdtemp(); " + "use(p); " * n + "shutil.rmtree(p)\n"


def container(n: int) -> str:
    """n directories in one list, which is emptied at the end."""
    many = "    c.append(tempfile.mkdtemp())\n" * n
    return f"{HEAD}def f():\n    c = []\n{many}    for d in c:\n        shutil.rmtree(d)\n"


FAMILIES: dict[str, tuple[Program, tuple[int, ...]]] = {
    "creations": (creations, (50, 100, 200, 400, 800)),
    "functions": (functions, (250, 500, 1_000, 2_000, 4_000)),
    "chain": (chain, (625, 1_250, 2_500, 5_000, 10_000)),
    "ring": (ring, (10, 20, 40, 80, 160)),
    "clique": (clique, (10, 20, 40, 80, 160)),
    "attributes": (attributes, (50, 100, 200, 400)),
    "methods": (methods, (100, 200, 400, 800)),
    "classes": (classes, (75, 150, 300, 600)),
    "lines": (lines, (2_500, 5_000, 10_000, 20_000, 40_000)),
    "branches": (branches, (250, 500, 1_000, 2_000)),
    "alternatives": (alternatives, (250, 500, 1_000, 5_000)),
    "calls": (calls, (1_000, 5_000, 10_000, 50_000)),
    "entries": (entries, (1_000, 10_000, 100_000, 500_000)),
    "one_line": (one_line, (1_000, 5_000, 10_000, 50_000)),
    "container": (container, (50, 100, 200, 400)),
}


def measured(source: str, folder: str) -> str:
    """Seconds, megabytes and findings of a run over one program, and what is beyond a bound in it."""
    path = Path(folder) / "program.py"
    path.write_text(source, encoding="utf-8")
    command = [*linter_command(), "check", "--isolated", "--no-cache", "--select", "TML"]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        process = subprocess.Popen(
            [*command, "--output-format", "concise", str(path)], stdout=out, cwd=folder
        )
        _, _, used = os.wait4(process.pid, 0)
        out.seek(0)
        found = out.read().splitlines()
    scale = 1 if sys.platform == "darwin" else 1024
    beyond = [line.partition("not analysed: ")[2] for line in found if " TML900 " in line]
    text = f"{used.ru_utime + used.ru_stime:.1f} s, {used.ru_maxrss * scale / 1e6:.0f} MB, {len(found) - len(beyond)}"
    return text + (f" ({len(beyond)} x {beyond[0]})" if beyond else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("family", nargs="*", choices=[[], *FAMILIES], default=[])
    parser.add_argument("--quick", action="store_true", help="the two smallest sizes only")
    given = parser.parse_args()
    import resource  # POSIX has it, and the families of programs are wanted elsewhere, too

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        for name in given.family or FAMILIES:
            program, sizes = FAMILIES[name]
            print(f"{name}: {(program.__doc__ or '').rstrip('.')}", flush=True)
            for size in sizes[:2] if given.quick else sizes:
                print(f"  {size:>7,}: {measured(program(size), folder)}", flush=True)


if __name__ == "__main__":
    main()
