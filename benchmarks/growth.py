"""How the cost of one file grows: families of generated programs, each in several sizes.

    python -m benchmarks.growth [family ...] [--quick]
    python -m benchmarks.growth --against FOLDER     side by side with another checkout, by the same interpreter

Prints for each family and size the seconds of a processor, the megabytes and the findings of a whole
`tmpleak-lint check` (all codes, no cache), and what it says is beyond a bound; then the line through the seconds of the
sizes that are within all bounds, and how far the farthest lies from it. A run has `--seconds` of a processor and 6 GB.
Linux and macOS.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Program = Callable[[int], str]
PROJECT = Path(__file__).parent.parent
MEMORY = 6 << 30  # bytes of address space that a run has
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


def at_random(n: int) -> str:
    """n functions that call each other at random, one of which makes a directory."""
    chance = random.Random(1)

    def one() -> str:
        return f"f{chance.randrange(n)}"

    return HEAD + "".join(
        f"def f{i}(a=0):\n    p = {one()}()\n    if a:\n        {one()}(p)\n    {one()}(p)\n    return p\n\n\n"
        if i
        else "def f0(a=0):\n    return tempfile.mkdtemp()\n\n\n"
        for i in range(n)
    )


def itself(n: int) -> str:
    """A loop of the module and n functions in which a value holds itself, beside a directory."""
    module = "y = {}\nwhile c():\n    y = {**y, 1: y}\n    q = tempfile.mkdtemp()\n    use(q)\n\n\n"
    return f"{HEAD}{module}" + "".join(
        f"def f{i}(x, c):\n    p = tempfile.mkdtemp()\n    while c():\n        x = (x, x)\n        use(p)\n"
        f"    shutil.rmtree(p)\n\n\n"
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


def module(n: int) -> str:
    """A module that makes n directories."""
    return HEAD + "".join(f"p{i} = tempfile.mkdtemp()\n" for i in range(n))


def beside(extra: str) -> str:
    """A function that makes a directory, with other code before the deletion."""
    return (
        f"{HEAD}def f(a, keep=False):\n    p = tempfile.mkdtemp()\n{extra}    use(p)\n    shutil.rmtree(p)\n"
    )


def cases(n: int) -> str:
    """A match with n cases."""
    return beside(
        "    match a:\n" + "".join(f"        case {i}:\n            use(p, {i})\n" for i in range(n))
    )


def compared(n: int) -> str:
    """A chain of n comparisons."""
    return beside("    x = " + " < ".join(f"a{i}" for i in range(n)) + "\n")


def assertions(n: int) -> str:
    """n assertions."""
    return beside("".join(f"    assert a[{i}], p\n" for i in range(n)))


def kept(n: int) -> str:
    """n branches on an option to keep files."""
    return beside("".join(f"    if not keep:\n        use(p, {i})\n" for i in range(n)))


def displays(n: int) -> str:
    """n calls that each get a list."""
    return beside("".join(f"    use(p, [{i}, a])\n" for i in range(n)))


def fields(n: int) -> str:
    """An f-string of n fields."""
    return beside('    x = f"' + "{p}" * n + '"\n')


def texts(n: int) -> str:
    """n f-strings side by side."""
    return beside("    x = (" + "".join(f'f"{{p}}{i}"\n' for i in range(n)) + ")\n")


def wide(n: int) -> str:
    """n statements on one line, with letters that take several bytes."""
    return f"{HEAD}def f(): p = tempfile.mkdtemp(); " + 'use(p, "\u00e4"); ' * n + "shutil.rmtree(p)\n"


def unclosed(n: int) -> str:
    """A string that never ends, of n times four signs."""
    return f'{HEAD}p = tempfile.mkdtemp()\nx = """' + '\\"""' * n + "\n"


def links(n: int) -> str:
    """Attributes of attributes, n of them."""
    return beside("    x = q" + ".a" * n + "\n")


def managers(n: int) -> str:
    """A with of n directories that it deletes."""
    items = ", ".join(f"tempfile.TemporaryDirectory() as d{i}" for i in range(n))
    return f"{HEAD}def f(a):\n    with ({items}):\n        use(d0)\n"


def managed(n: int) -> str:
    """A with of n managers that may fail, beside a directory."""
    return beside(f"    with ({', '.join(f'a.m{i}(p) as x{i}' for i in range(n))}):\n        use(p)\n")


def blocks(n: int) -> str:
    """n with blocks one behind the other."""
    return beside("".join(f"    with a{i}(p) as x{i}:\n        use(x{i})\n" for i in range(n)))


def variables(n: int) -> str:
    """n functions that each make a directory for a variable of the module."""
    return HEAD + "".join(
        f"def f{i}():\n    global g{i}\n    g{i} = tempfile.mkdtemp()\n    use(g{i})\n\n\n" for i in range(n)
    )


def registered(n: int) -> str:
    """One function that makes n directories, each of which it registers for the end of the process."""
    made = "".join(
        f"    d{i} = tempfile.mkdtemp()\n    atexit.register(shutil.rmtree, d{i})\n    use(d{i})\n"
        for i in range(n)
    )
    return f"import atexit\n{HEAD}def f():\n{made}"


def callbacks(n: int) -> str:
    """One function that makes n directories, each of which it gives to one stack."""
    made = "".join(
        f"        d{i} = tempfile.mkdtemp()\n        stack.callback(shutil.rmtree, d{i})\n        use(d{i})\n"
        for i in range(n)
    )
    return f"import contextlib\n{HEAD}def f():\n    with contextlib.ExitStack() as stack:\n{made}"


def made_up(n: int) -> str:
    """A with of n files with names made up."""
    items = ", ".join(f'open(tempfile.mktemp(), "w") as f{i}' for i in range(n))
    return f"{HEAD}def f(a):\n    with ({items}):\n        use(f0)\n"


def shared_variable(n: int) -> str:
    """n functions that each make a directory for one variable of the module."""
    return f"{HEAD}g = None\n\n\n" + "".join(
        f"def f{i}():\n    global g\n    g = tempfile.mkdtemp()\n    use(g)\n\n\n" for i in range(n)
    )


def stubs(n: int) -> str:
    """An object with a directory and n attributes that calls gave."""
    given = "".join(f"        self.m{i} = channel.call('/a/m{i}', pb.R{i}.to_bytes)\n" for i in range(n))
    return (
        f"{HEAD}class Stub:\n    def __init__(self, channel):\n        self.d = tempfile.mkdtemp()\n{given}"
    )


def kept_properties(n: int) -> str:
    """A class with n properties that are kept, each a directory within the next one's."""
    made = "".join(
        f"    @cached_property\n    def d{i}(self):\n        return tempfile.mkdtemp(dir=self.d{(i + 1) % n})\n\n"
        for i in range(n)
    )
    gone = "".join(f"        shutil.rmtree(self.d{i})\n" for i in range(n))
    return f"from functools import cached_property\n{HEAD}class Owner:\n{made}    def close(self):\n{gone}"


def rebound(n: int) -> str:
    """A function whose variables are given what their own methods give, n times, before they are asked to use its
    directory."""
    steps = "".join(
        f"    if q[{i}]:\n        x = y.m{i}()\n        y = x\n        t = t + q[{i}]\n" for i in range(n)
    )
    used = "    x.pop(p)\n    y.save(p)\n    with open(p + '/t', 'wb') as f:\n        f.write(t)\n"
    return f"{HEAD}def f(q, x, y, t):\n    p = tempfile.mkdtemp()\n{steps}{used}    shutil.rmtree(p)\n"


def elements(n: int) -> str:
    """A function that calls an element of a list of n elements, each an element of the list of that name before."""
    listed = ", ".join(f"x[q[{i}]]" for i in range(n))
    return f"{HEAD}def f(q, x):\n    p = tempfile.mkdtemp()\n    x = [{listed}]\n    x[q](p)\n    shutil.rmtree(p)\n"


def popped(n: int) -> str:
    """A function whose variable is given what its own method `pop` gives, n times."""
    return beside("".join(f"    a = a.pop({i})\n" for i in range(n)))


def rejoined(n: int) -> str:
    """A path under /tmp to which a name is joined n times."""
    return beside("    q = '/tmp/q'\n" + "".join(f"    q = os.path.join(q, a[{i}])\n" for i in range(n)))


def exceptions(n: int) -> str:
    """A module in which an exception is caught that has 2 ** n ways up to the class that all come from."""
    made = "class A0(Exception):\n    pass\n\n\nclass B0(Exception):\n    pass\n\n\n" + "".join(
        f"class {name}{i}(A{i - 1}, B{i - 1}):\n    pass\n\n\n" for i in range(1, n + 1) for name in "AB"
    )
    return (
        f"{HEAD}{made}def f():\n    p = tempfile.mkdtemp()\n    try:\n        raise A{n}\n"
        f"    except B{n}:\n        pass\n    shutil.rmtree(p)\n"
    )


def states(n: int) -> str:
    """A machine of n states, one of which makes a directory that another deletes."""
    made = "".join(
        f"        elif state == {i}:\n            "
        + (
            "p = tempfile.mkdtemp()"
            if i == n // 2
            else "shutil.rmtree(p)"
            if i == n // 2 + 1
            else f"x{i} = use(p)"
        )
        + f"\n            state = {(i * 7 + 1) % n}\n"
        for i in range(n)
    )
    begin = "    state, p = 0, None\n    while True:\n        if state < 0:\n            break\n"
    return f"{HEAD}def f(q):\n{begin}{made}    return state\n"


FAMILIES: dict[str, tuple[Program, tuple[int, ...]]] = {
    "creations": (creations, (50, 100, 200, 400, 800)),
    "functions": (functions, (250, 500, 1_000, 2_000, 4_000)),
    "chain": (chain, (625, 1_250, 2_500, 5_000, 10_000)),
    "ring": (ring, (10, 20, 40, 80, 160)),
    "clique": (clique, (10, 20, 40, 80, 160)),
    "at_random": (at_random, (312, 625, 1_250, 2_500)),
    "itself": (itself, (1, 10, 100, 1_000)),
    "attributes": (attributes, (50, 100, 200, 400)),
    "methods": (methods, (100, 200, 400, 800)),
    "classes": (classes, (75, 150, 300, 600)),
    "lines": (lines, (2_500, 5_000, 10_000, 20_000, 40_000)),
    "branches": (branches, (250, 500, 1_000, 2_000)),
    "alternatives": (alternatives, (250, 500, 1_000, 5_000)),
    "calls": (calls, (1_000, 5_000, 10_000, 50_000)),
    "entries": (entries, (1_000, 10_000, 100_000, 500_000)),
    "one_line": (one_line, (1_000, 5_000, 12_500, 62_500)),
    "container": (container, (50, 100, 200, 400)),
    "module": (module, (50, 100, 200, 400)),
    "cases": (cases, (500, 1_000, 5_000)),
    "compared": (compared, (500, 1_000, 2_000, 4_000)),
    "assertions": (assertions, (100, 200, 400, 800)),
    "kept": (kept, (100, 200, 400, 800)),
    "displays": (displays, (500, 1_000, 2_000)),
    "fields": (fields, (1_000, 5_000, 10_000, 100_000)),
    "texts": (texts, (500, 1_000, 2_000, 5_000)),
    "wide": (wide, (1_000, 5_000, 10_000, 50_000)),
    "links": (links, (500, 1_000, 5_000)),
    "managers": (managers, (50, 200, 800)),
    "managed": (managed, (100, 500, 2_000)),
    "blocks": (blocks, (100, 500, 2_000)),
    "variables": (variables, (100, 500, 2_000)),
    "registered": (registered, (100, 200, 400, 800)),
    "callbacks": (callbacks, (50, 100, 200)),
    "made_up": (made_up, (50, 100, 200, 800)),
    "shared_variable": (shared_variable, (250, 500, 1_000, 2_000)),
    "stubs": (stubs, (100, 500, 2_000)),
    "kept_properties": (kept_properties, (10, 20, 50)),
    "rebound": (rebound, (10, 100, 1_000)),
    "elements": (elements, (10, 100, 1_000)),
    "popped": (popped, (400, 800, 1_600)),
    "rejoined": (rejoined, (100, 400, 1_600)),
    "exceptions": (exceptions, (10, 20, 40)),
    "states": (states, (30, 100, 300, 1_000)),
    "unclosed": (unclosed, (10_000, 100_000, 500_000)),
}


@dataclass(frozen=True, slots=True)
class Run:
    """What a run over one program took, and what it said; `end` where it was ended, or ended badly."""

    seconds: float
    megabytes: float
    findings: int
    beyond: tuple[str, ...]
    end: str = ""

    def __str__(self) -> str:
        text = f"{self.seconds:.1f} s, {self.megabytes:.0f} MB, {self.end or self.findings}"
        return text + (f" ({len(self.beyond)} x {self.beyond[0]})" if self.beyond else "")

    @property
    def is_whole(self) -> bool:
        return not self.beyond and not self.end


def measured(source: str, folder: str, checkout: Path, most: int) -> Run:
    """A run of a checkout's program over one program."""
    import resource  # POSIX has it, and the families of programs are wanted elsewhere, too

    path = Path(folder) / "program.py"
    path.write_text(source, encoding="utf-8")
    command = [
        sys.executable,
        "-P",
        "-m",
        "tmpleak_lint",
        "check",
        "--isolated",
        "--no-cache",
        "--select",
        "TML",
    ]
    environment: Mapping[str, str] = {**os.environ, "PYTHONPATH": str(checkout)}

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        process = subprocess.Popen(
            [*command, "--output-format", "concise", str(path)], stdout=out, stderr=subprocess.DEVNULL, cwd=folder,
            env=environment, preexec_fn=limit,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = code = os.waitstatus_to_exitcode(status)
        out.seek(0)
        found = out.read().splitlines()
    scale = 1 if sys.platform == "darwin" else 1024
    beyond = tuple(line.partition("not analysed: ")[2] for line in found if " TML900 " in line)
    ends = {0: "", 1: "", -signal.SIGXCPU: f"not done in {most} s", -signal.SIGKILL: f"not done in {most} s"}
    return Run(
        used.ru_utime + used.ru_stime,
        used.ru_maxrss * scale / 1e6,
        len(found) - len(beyond),
        beyond,
        ends.get(code, f"ended with {code}"),
    )


def line_through(points: Sequence[tuple[int, float]]) -> str:
    """The line that seconds lie on, and how far from it the farthest."""
    if len(points) < 3:
        return "too few sizes within all bounds for a line"
    slope, start = statistics.linear_regression(*zip(*points, strict=True))
    far = max(abs(start + slope * size - seconds) / seconds for size, seconds in points)
    return f"{start:.1f} s + {slope * 1000:.2f} ms each, the farthest {far:.0%} from it"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("family", nargs="*", choices=[[], *FAMILIES], default=[])
    parser.add_argument("--quick", action="store_true", help="the two smallest sizes only")
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="another checkout, for comparison")
    parser.add_argument("--seconds", type=int, default=120, help="of a processor that a run has")
    given = parser.parse_args()
    checkouts = [PROJECT, *([given.against] if given.against else [])]
    with tempfile.TemporaryDirectory() as folder:
        for name in given.family or FAMILIES:
            program, sizes = FAMILIES[name]
            print(f"{name}: {(program.__doc__ or '').rstrip('.')}", flush=True)
            gone: set[Path] = set()  # a larger one isn't done either
            points: list[tuple[int, float]] = []
            for size in sizes[:2] if given.quick else sizes:
                runs = []
                for checkout in checkouts:
                    if checkout in gone:
                        runs.append("-")
                        continue
                    run = measured(program(size), folder, checkout, given.seconds)
                    runs.append(str(run))
                    if run.end:
                        gone.add(checkout)
                    if checkout == PROJECT and run.is_whole:
                        points.append((size, run.seconds))
                print(f"  {size:>7,}: {'  |  '.join(runs)}", flush=True)
            print(f"  {line_through(points)}", flush=True)


if __name__ == "__main__":
    main()
