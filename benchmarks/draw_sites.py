"""Draw the second set of sites: other people's packages, picked by a seed and by nothing else.

In: `labels/popular.txt`, a seed. Out: `labels/second_packages.txt` (the releases that were drawn) and
`labels/second_sites.tsv` (the drawn calls, not judged). The names are shuffled by the seed; wheels are
downloaded in that order, only such as run anywhere (`py3-none-any`), until there are enough packages and
sites. Of a package with many sites, the same seed draws some. The tool is not run here, and no verdict is
made.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import CACHE, normalise, pins, unpack
from benchmarks.sites import LABELS, CallSite, creation_calls

SEED = 20261123
MIN_PACKAGES = 8
MIN_SITES = 60
SITES_A_PACKAGE = 12
MAX_DOWNLOADS = 40
ANYWHERE = ("--platform=any", "--implementation=py", "--abi=none", "--python-version=3.11")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawn call of one release."""

    distribution: str
    version: str
    path: str
    site: CallSite


def order(names: Iterable[str], excluded: Iterable[str], seed: int) -> list[str]:
    """The names in the order in which they are tried."""
    taken = {normalise(name) for name in excluded}
    left = sorted(name for name in names if normalise(name) not in taken)
    random.Random(seed).shuffle(left)
    return left


def worth_labelling(site: CallSite) -> bool:
    """A `with` item deletes itself, unless the call says something about `delete`."""
    return not site.with_item or site.delete_given


def pick(sites: Sequence[Drawn], seed: int, limit: int) -> list[Drawn]:
    """At most `limit` of a package's sites, in the order of the files."""
    if len(sites) <= limit:
        return list(sites)
    chosen = sorted(random.Random(f"{seed}:{sites[0].distribution}").sample(range(len(sites)), limit))
    return [sites[index] for index in chosen]


def package_sites(root: Path, distribution: str, version: str) -> Iterator[Drawn]:
    """All creating calls of a wheel that are worth a label; files that do not parse are passed by."""
    for file in sorted(root.rglob("*.py")):
        try:
            calls = creation_calls(file.read_bytes())
        except (SyntaxError, ValueError) as error:
            print(f"  passed by: {file.relative_to(root)}: {error}", file=sys.stderr)
            continue
        for call in filter(worth_labelling, calls):
            yield Drawn(distribution, version, file.relative_to(root).as_posix(), call)


def fetch(name: str, folder: Path) -> Path | None:
    """The newest wheel of a project that runs anywhere, or None where there is none to be had."""
    target = folder / normalise(name)
    if not target.is_dir():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += [*ANYWHERE, "--dest", str(target), name]
        done = subprocess.run(command, capture_output=True, text=True)
        target.mkdir(exist_ok=True)
        if done.returncode:
            print(f"  {name}: no such wheel", file=sys.stderr)
    return next(iter(sorted(target.glob("*.whl"))), None)


def draw(names: Sequence[str], seed: int, cache: Path) -> list[list[Drawn]]:
    """The drawn sites, package by package."""
    packages: list[list[Drawn]] = []
    for name in names[:MAX_DOWNLOADS]:
        wheel = fetch(name, cache / "drawn")
        if wheel is None:
            continue
        version = wheel.name.split("-")[1]
        distribution = normalise(name)
        root = unpack(wheel, cache / "unpacked" / f"{distribution}-{version}")
        found = list(package_sites(root, distribution, version))
        chosen = pick(found, seed, SITES_A_PACKAGE)
        print(f"{name} {version}: {len(found)} sites, {len(chosen)} drawn", file=sys.stderr)
        if chosen:
            packages.append(chosen)
        if len(packages) >= MIN_PACKAGES and sum(map(len, packages)) >= MIN_SITES:
            break
    return packages


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--into", type=Path, default=LABELS, help="where the two tables are written")
    arguments = parser.parse_args(argv)
    lines = (LABELS / "popular.txt").read_text(encoding="utf-8").splitlines()
    popular = [line for line in lines if line and not line.startswith("#")]
    known = [pin.split("==")[0] for pin in pins("visible")]
    packages = draw(order(popular, known, arguments.seed), arguments.seed, CACHE)
    with (arguments.into / "second_packages.txt").open("w", encoding="utf-8") as file:
        file.writelines(f"{sites[0].distribution}=={sites[0].version}\n" for sites in packages)
    with (arguments.into / "second_sites.tsv").open("w", encoding="utf-8") as file:
        file.write("distribution\tversion\tpath\tline\tcreator\n")
        for drawn in [drawn for sites in packages for drawn in sites]:
            place = f"{drawn.distribution}\t{drawn.version}\t{drawn.path}"
            file.write(f"{place}\t{drawn.site.line}\t{drawn.site.creator}\n")
    print(f"{sum(map(len, packages))} sites in {len(packages)} packages", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
