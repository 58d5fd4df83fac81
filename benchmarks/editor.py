"""How long an editor waits for diagnostics after an edit, and what the processor does meanwhile.

    python -m benchmarks.editor                      a file of 2,000 lines, 40 edits
    python -m benchmarks.editor --lines 5000

In: nothing; the file is made up, a tenth of its functions make temp files. Out: the median and the 90th percentile of
the time from sending an edit to the arrival of the diagnostics for it, the pause before an analysis included, and the
processor time of the server and of its worker for one edit. The edits change one function, as typing does, and every
other one breaks or mends a deletion, so that what is shown changes. The first time only makes the processes warm.

Wall time means something on an idle machine only; the load is printed with it. Needs Linux (/proc).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

from tests.hosts.server import vscode
from tests.hosts.server.editor import Editor, connected
from tmpleak_lint.hosts.server.showing import DELAY

HEAD = ["import json", "import os", "import subprocess", "import tempfile", "from pathlib import Path", ""]
LEAKING = """
def convert_{0}(data, target):
    fd, path = tempfile.mkstemp(suffix=".bin")
    with os.fdopen(fd, "wb") as file:
        file.write(data)
    subprocess.run(["convert", path, target], check=True)
    result = Path(target).read_bytes()
    os.remove(path)
    return result
"""
PLAIN = """
def count_{0}(rows, scale=None):
    total = 0
    for row in rows:
        if row and scale:
            total += int(row) * scale
        elif scale is None:
            total -= len(str(row))
    values = {{str(key): value for key, value in enumerate(rows)}}
    try:
        return json.dumps({{"total": total, "values": values}})
    except TypeError as error:
        raise ValueError(f"{{rows}}: {{error}}") from error
"""
TICKS = os.sysconf("SC_CLK_TCK")


def source(lines: int) -> str:
    """A module of about so many lines."""
    text = list(HEAD)
    number = 0
    while len(text) < lines:
        number += 1
        text += (PLAIN if number % 10 else LEAKING).format(number).split("\n")
    return "\n".join(text) + "\n"


def processor_time(pid: int) -> float:
    """Seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def measure(lines: int, edits: int) -> None:
    text = source(lines)
    row = next(row for row, line in enumerate(text.split("\n")) if line == "    os.remove(path)")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "app.py")
        file.write_text(text, encoding="utf-8")
        async with connected(vscode.initialize([Path(folder)])) as editor:
            uri = editor.open(file)
            found = len(await editor.published(uri))
            await _edited(editor, uri, row, 0)
            (worker,) = children(editor.process.pid)
            before = [processor_time(pid) for pid in (editor.process.pid, worker)]
            waits = [await _edited(editor, uri, row, number) for number in range(1, edits + 1)]
            after = [processor_time(pid) for pid in (editor.process.pid, worker)]
    server, analysis = (round((b - a) / edits * 1000) for a, b in zip(before, after, strict=True))
    waits.sort()
    print(f"{text.count(chr(10)):,} lines, {found} findings, {edits} edits; load {os.getloadavg()[0]:.1f}")
    print(f"from edit to diagnostics, the pause of {DELAY * 1000:.0f} ms included: ", end="")
    print(
        f"median {statistics.median(waits) * 1000:.0f} ms, 90 % within {waits[edits * 9 // 10] * 1000:.0f} ms"
    )
    print(f"processor time for one edit: analysis {analysis} ms, server {server} ms")


async def _edited(editor: Editor, uri: str, row: int, number: int) -> float:
    """Make an edit in a deletion, and wait for the diagnostics that come of it."""
    times = editor.times_published(uri)
    start = time.perf_counter()
    if number % 2:
        editor.edit(uri, ((row, 4), (row, 4), "pass  # "))
    else:
        editor.edit(uri, ((row, 4), (row, 12 if number else 4), ""))
    await editor.published(uri, after=times)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument("--edits", type=int, default=40)
    given = parser.parse_args()
    asyncio.run(measure(given.lines, given.edits))


if __name__ == "__main__":
    main()
