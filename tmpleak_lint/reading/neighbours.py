# ruff: noqa: PTH118, PTH120, PTH208
"""The second cheap question: does this file use a helper of its own project that makes temp files?

In: the bytes of files whose own text names no creator. Out: the makers that a file uses, from what stands on disk
beside the file and never from which files a run was given, so that a single file and a whole folder agree. A function
counts as a maker when its text, or that of a function of its module that it mentions, names a creator. A file
matters when it imports a maker, or the module of one and says the maker's name; modules that hand a name on
(`__init__`) are followed. Nothing is parsed: lines that look like imports and defs are enough, and one maker too many
only costs time.

Not handled: makers reached over two modules (a helper that calls another module's helper, neither naming a
creator), methods, classes (an object owns what it makes), and imports made by `importlib`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Generic, TypeVar, TypeVarTuple, Unpack

from tmpleak_lint.bounds import REEXPORTS
from tmpleak_lint.files import read_file
from tmpleak_lint.reading.content import (
    A_FILE,
    NO_FILE,
    NOTHING,
    SOMETHING,
    Found,
    Reads,
    digest_of,
    digest_of_offer,
)
from tmpleak_lint.reading.matters import CREATOR_NAMES
from tmpleak_lint.reading.roots import PACKAGE, import_places, package_root

_HEAD = re.compile(rb"^(?:(?:async[ \t]+)?def[ \t]+(\w+)|class[ \t]+(\w+)|class[ \t]|@)", re.MULTILINE)
_METHOD = re.compile(rb"^([ \t]+)(?:async[ \t]+)?def[ \t]+(\w+)", re.MULTILINE)
_WORD = re.compile(rb"\w+")

# Makers, and the modules that are imported whole, each with its name here; _ALL of one whose names are all taken.
_Offer = tuple[set[tuple[str, bytes]], set[tuple[str, bytes]]]
_ALL = b"*"
_Key = TypeVar("_Key")
_Answer = TypeVar("_Answer")
_Asked = TypeVarTuple("_Asked")
Maker = tuple[str, str]  # the file of a function that makes temp files, and its name


class _Module:
    """What is remembered of a module. `imports` are (from, names), `from` empty for a plain import. `makers` None: not
    looked for yet."""

    __slots__ = ("imports", "known_origins", "makers", "matters")

    def __init__(self, imports: list[tuple[bytes, bytes]], matters: bool) -> None:
        self.imports, self.matters = imports, matters
        self.makers: frozenset[bytes] | None = None
        self.known_origins: dict[bytes, tuple[bytes, bytes]] | None = None

    def origins(self) -> dict[bytes, tuple[bytes, bytes]]:
        """By the names that are imported from elsewhere, the module and the name there."""
        if self.known_origins is None:
            self.known_origins = {
                bound: (source, original)
                for source, names in self.imports
                if source
                for original, bound in _listed(names)
            }
        return self.known_origins

    @property
    def stars(self) -> list[bytes]:
        """The modules that everything is taken from."""
        return [
            source
            for source, names in self.imports
            if source and b"*" in names and (b"*", b"*") in _listed(names)
        ]


class _Noted(Generic[_Answer]):
    """An answer, and what it was read from."""

    __slots__ = ("answer", "reads")

    def __init__(self, answer: _Answer, reads: Reads) -> None:
        self.answer, self.reads = answer, reads


_NOT_NOTED = Reads((), ())


class Neighbours:
    """Answers for the files of one run; `could_matter` is the question put to a file's own text.

    `own_names` are creators besides the built-in ones. With `noting` it is noted what each answer was read from: of a
    module that was asked about, what it offers; most changes of a module change nothing of that. `found_at` says what
    was read or looked for. (A class made by hand, like the others here: one that is generated costs each start of the
    program as much as reading five files.)
    """

    __slots__ = (
        "_found",
        "_found_now",
        "_listings",
        "_makers_named",
        "_modules",
        "_names_taken",
        "_offered",
        "_offers",
        "_pairs",
        "_parts",
        "_places",
        "_roots",
        "_stars",
        "could_matter",
        "found_at",
        "noting",
        "own_names",
    )

    def __init__(
        self, could_matter: Callable[[bytes], bool], own_names: tuple[bytes, ...] = (), noting: bool = False
    ) -> None:
        self.could_matter, self.own_names, self.noting = could_matter, own_names, noting
        self.found_at: dict[str, Found] = {}
        self._modules: dict[str, _Module | None] = {}
        self._offers: dict[str, Found] = {}
        self._roots: dict[str, _Noted[str]] = {}
        self._places: dict[str, _Noted[tuple[str, ...]]] = {}
        self._found: dict[tuple[str, bytes], _Noted[str | None]] = {}
        self._stars: dict[str, _Noted[tuple[str, ...]]] = {}
        self._names_taken: dict[str, _Noted[frozenset[bytes]]] = {}
        self._makers_named: dict[tuple[str, bytes], _Noted[tuple[str, bytes] | None]] = {}
        self._listings: dict[str, frozenset[str]] = {}
        self._offered: dict[tuple[str, bytes, bytes], _Noted[_Offer | None]] = {}
        # By the answer that is being worked out: what it was read from. Most of that many answers are read from: each
        # path and each pair is there once.
        self._found_now: dict[str, tuple[str, Found]] = {}
        self._pairs: dict[str, tuple[str, Found]] = {}
        self._parts: list[Reads] = []  # of it

    def note(self, path: str, data: bytes, matters: bool) -> None:
        """Remember a file that was read anyway: absolute path, bytes, the answer to the first question."""
        if self._modules.get(path) is None:
            self._modules[path] = _Module(list(_imports(data)), matters)
        if self.noting:
            self.found_at[path] = digest_of(data)

    def offer(self, data: bytes) -> Found:
        """What stands for what a module with this text offers."""
        matters = self.could_matter(data)
        makers = _makers(data, CREATOR_NAMES + self.own_names) if matters else ()
        return _offer(list(_imports(data)), matters, makers)

    def read_for(self, path: str) -> Reads:
        """What the last answer about a file was read from, itself included."""
        self._note(path, self.found_at[path])
        return self._reads()

    def _reads(self) -> Reads:
        return Reads(tuple(self._found_now.values()), tuple(dict.fromkeys(self._parts)))

    def _note(self, path: str, found: Found) -> None:
        pair = self._pairs.get(path)
        if pair is None or pair[1] != found:
            pair = self._pairs[path] = (path, found)
        self._found_now[pair[0]] = pair

    def _work_out(
        self,
        known: dict[_Key, _Noted[_Answer]],
        key: _Key,
        work: Callable[[Unpack[_Asked]], _Answer],
        *asked: *_Asked,
    ) -> _Answer:
        """An answer that is worked out once; whoever asks has read what it was read from."""
        noted = known.get(key)
        if not self.noting:
            if noted is None:
                noted = known[key] = _Noted(work(*asked), _NOT_NOTED)
            return noted.answer
        if noted is None:
            outer = self._found_now, self._parts
            self._found_now, self._parts = {}, []
            answer = work(*asked)
            noted = known[key] = _Noted(answer, self._reads())
            self._found_now, self._parts = outer
        self._parts.append(noted.reads)
        return noted.answer

    def makers_used(self, path: str, data: bytes | None = None) -> frozenset[Maker]:
        """The makers of its project that a noted file uses (read again where needed, if `data` isn't given)."""
        module = self._modules[path]
        assert module is not None
        self._found_now, self._parts = {}, []
        folder = os.path.dirname(path)
        imported: set[tuple[str, bytes]] = set()
        whole: set[tuple[str, bytes]] = set()
        for source, names in module.imports:
            # The same imports come again and again; what an absolute one means hangs on the root alone.
            key = (folder if source[:1] == b"." else self._root(folder), source, names)
            offer = self._work_out(self._offered, key, self._makers_offered, folder, source, names)
            if offer is not None:
                imported |= offer[0]
                whole |= offer[1]
        if whole or any(b"." in name for _, name in imported):
            data = (_read(path) if data is None else data) or b""
            imported |= {maker for each, bound in whole for maker in self._makers_said(each, bound, data)}
            imported = {maker for maker in imported if b"." not in maker[1] or _names(data, maker[1])}
        return frozenset((file, os.fsdecode(name)) for file, name in imported)

    def _makers_offered(self, folder: str, source: bytes, names: bytes) -> _Offer | None:
        """The makers that an import names, and the modules that it imports whole; None if it names none of the
        project's."""
        imported: set[tuple[str, bytes]] = set()
        whole: set[tuple[str | None, bytes]] = set()
        target = self._resolve(folder, source) if source else None
        for name, bound in _listed(names):
            if not source:
                whole.add((self._resolve(folder, name), bound.rpartition(b".")[2]))
            elif target is None:
                break
            elif name == b"*":
                whole |= {(each, _ALL) for each in self._all_taken_whole(target)}
            elif (maker := self._maker_named(target, name)) is not None:
                imported.update(self._with_methods(maker))
            elif target.endswith(PACKAGE):
                dotted = source + name if source.endswith(b".") else source + b"." + name
                whole.add((self._resolve(folder, dotted), bound))
        modules = {(path, bound) for path, bound in whole if path is not None and self._offers_any(path)}
        return (imported, modules) if imported or modules else None

    def _offers_any(self, path: str) -> bool:
        """Whether a module has makers, or names from elsewhere that may be some."""
        module = self._module(path)
        return module is not None and bool(module.origins() or self._makers_of(path))

    def _makers_said(self, path: str, bound: bytes, data: bytes) -> Iterator[tuple[str, bytes]]:
        """The makers of a module whose names a text says, and those that the module has imported itself and that are
        its attributes there, by the name that the module has."""
        yield from ((path, name) for name in self._makers_of(path) if _names(data, name))
        module = self._module(path)
        origins = {} if module is None else module.origins()
        said = (name for name in origins if name in data) if bound == _ALL else _attributes(data, bound)
        for name in said:
            maker = self._maker_named(path, name) if name in origins else None
            if maker is not None:
                yield from self._with_methods(maker)

    def _with_methods(self, maker: tuple[str, bytes]) -> Iterable[tuple[str, bytes]]:
        """A maker; of a method, all of its class that make temp files."""
        path, name = maker
        of_class = name.partition(b".")[0] + b"."
        return (
            [(path, each) for each in self._makers_of(path) if each.startswith(of_class)]
            if b"." in name
            else [maker]
        )

    def _maker_named(self, path: str, name: bytes) -> tuple[str, bytes] | None:
        return self._work_out(self._makers_named, (path, name), self._maker, path, name)

    def _maker(self, path: str, name: bytes) -> tuple[str, bytes] | None:
        """The function that makes temp files which `name` is in the module at `path`, None if it is none."""
        work = [(path, name)]
        seen: set[tuple[str, bytes]] = set()
        while work and len(seen) < REEXPORTS:
            at = work.pop()
            if at in seen:
                continue
            seen.add(at)
            path, name = at
            makers = self._makers_of(path)
            if name in makers:
                return at
            method = next((each for each in makers if each.startswith(name + b".")), None) if makers else None
            if method is not None:
                return path, method
            module = self._module(path)
            if module is None:
                continue
            origin = module.origins().get(name)
            target = None if origin is None else self._resolve(os.path.dirname(path), origin[0])
            if origin is not None and target is not None:
                work.append((target, origin[1]))
            elif origin is None and (stars := self._taken_whole(path)) and self._may_be_taken(path, name):
                work += [(star, name) for star in reversed(stars)]
        return None

    def _may_be_taken(self, path: str, name: bytes) -> bool:
        """Whether a module may have a name, for a maker or for what it imports itself, from those that it takes
        everything from: a package that takes all from hundreds of modules is asked for thousands of names."""
        return name in self._work_out(self._names_taken, path, self._all_names, path)

    def _all_names(self, path: str) -> frozenset[bytes]:
        """The names of makers, of classes with some, and of what is imported by name, in a module and in those that
        everything is taken from: as many of them, in the same order, as are looked through for a name."""
        names: set[bytes] = set()
        work = [path]
        seen: set[str] = set()
        while work and len(seen) < REEXPORTS:
            path = work.pop()
            module = None if path in seen else self._module(path)
            seen.add(path)
            if module is not None:
                names.update(module.origins())
                for maker in self._makers_of(path):
                    names |= {maker, maker.partition(b".")[0]}
                work += reversed(self._taken_whole(path))
        return frozenset(names)

    def _all_taken_whole(self, path: str) -> set[str]:
        """A module, and those that it takes everything from."""
        work = [path]
        seen: set[str] = set()
        while work and len(seen) < REEXPORTS:
            path = work.pop()
            if path not in seen and self._module(path) is not None:
                seen.add(path)
                work += self._taken_whole(path)
        return seen

    def _taken_whole(self, path: str) -> tuple[str, ...]:
        """The modules that one takes everything from."""
        return self._work_out(self._stars, path, self._resolved_stars, path)

    def _resolved_stars(self, path: str) -> tuple[str, ...]:
        module = self._module(path)
        sources = module.stars if module is not None else ()
        found = (self._resolve(os.path.dirname(path), source) for source in sources)
        return tuple(each for each in found if each is not None)

    def _makers_in(self, path: str | None) -> set[tuple[str, bytes]]:
        return set() if path is None else {(path, name) for name in self._makers_of(path)}

    def _makers_of(self, path: str) -> frozenset[bytes]:
        """The functions of a module that make temp files."""
        module = self._module(path)
        return frozenset() if module is None else self._makers_in_text(path, module)

    def _makers_in_text(self, path: str, module: _Module) -> frozenset[bytes]:
        if not module.matters:
            return frozenset()
        if module.makers is None:
            data = _read(path)
            module.makers = frozenset() if data is None else _makers(data, CREATOR_NAMES + self.own_names)
        return module.makers

    def _module(self, path: str) -> _Module | None:
        if path not in self._modules:
            data = _read(path)
            if data is None:
                self._modules[path] = None
                self.found_at[path] = NO_FILE
            else:
                self.note(path, data, self.could_matter(data))
        if self.noting:
            self._note(path, self._offer_at(path))
        return self._modules[path]

    def _offer_at(self, path: str) -> Found:
        """What stands for all that is asked of a module that was looked for."""
        if path not in self._offers:
            module = self._modules[path]
            self._offers[path] = (
                NO_FILE
                if module is None
                else _offer(module.imports, module.matters, self._makers_in_text(path, module))
            )
        return self._offers[path]

    # From a module's name to its file

    def _resolve(self, folder: str, dotted: bytes) -> str | None:
        """The file that a dotted name means in the imports of a module in `folder`, None outside the project.

        A folder without `__init__.py` is given as if it had one: nothing is read from it.
        """
        is_relative = dotted[:1] == b"."
        place = folder if is_relative else self._root(folder)
        return self._work_out(self._found, (place, dotted), self._file_at, place, dotted, is_relative)

    def _file_at(self, place: str, dotted: bytes, is_relative: bool) -> str | None:
        rest = dotted.lstrip(b".")
        parts = os.fsdecode(rest).split(".") if rest else []
        if is_relative:
            for _ in range(len(dotted) - len(rest) - 1):
                place = os.path.dirname(place)
            return self._file_of(place, parts)
        files = [
            file
            for each in self._work_out(self._places, place, import_places, place, self._has)
            if (file := self._file_of(each, parts)) is not None
        ]
        there = (file for file in files if self._has(*os.path.split(file)))
        return next(there, files[0] if files else None)

    def _root(self, folder: str) -> str:
        """The folder that the package of the modules in `folder` hangs in."""
        return self._work_out(self._roots, folder, package_root, folder, self._has)

    def _has(self, folder: str, name: str) -> bool:
        below, _, last = name.rpartition("/")
        is_there = last in self._listing(os.path.join(folder, below) if below else folder)
        if self.noting:
            self._note(os.path.join(folder, name), A_FILE if is_there else NO_FILE)
        return is_there

    def _file_of(self, folder: str, parts: list[str]) -> str | None:
        for place, part in enumerate(parts):
            names = self._listing(folder)
            path = os.path.join(folder, part)
            if place == len(parts) - 1 and self._has(folder, f"{part}.py"):
                return f"{path}.py"
            if self.noting:
                self._note(path, SOMETHING if part in names else NOTHING)
            if part not in names:
                return None
            folder = path
        return os.path.join(folder, PACKAGE)

    def _listing(self, folder: str) -> frozenset[str]:
        """The names in a folder, none if it cannot be listed: one look in place of many."""
        names = self._listings.get(folder)
        if names is None:
            try:
                names = frozenset(os.listdir(folder))
            except OSError:  # then nothing can be imported from it either
                names = frozenset()
            self._listings[folder] = names
        return names


def _offer(imports: list[tuple[bytes, bytes]], matters: bool, makers: Iterable[bytes]) -> Found:
    """What stands for all that is asked of a module."""
    return digest_of_offer((imports, matters, sorted(makers)))


def _imports(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """What looks like an import: (module, names) of a from-import, (empty, names) of a plain one."""
    at = data.find(b"import ")
    while at >= 0:
        head = data[data.rfind(b"\n", 0, at) + 1 : at].strip()
        if not head or head.startswith(b"from "):
            start = at + len(b"import ")
            opened = data[start : start + 8].lstrip().startswith(b"(")
            end = data.find(b")" if opened else b"\n", start)
            yield head[5:].replace(b" ", b""), data[start : end if end >= 0 else len(data)]
        at = data.find(b"import ", at + 7)


@lru_cache(maxsize=1 << 16)
def _listed(names: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """(name, name it is bound to) of each part of an import's list; the same lists come again and again."""
    parts = (
        part.split()
        for line in names.replace(b"\\", b" ").replace(b"(", b" ").split(b"\n")
        for part in line.partition(b"#")[0].partition(b";")[0].split(b",")
    )
    return tuple((words[0], words[-1]) for words in parts if words)


def _makers(data: bytes, creators: Iterable[bytes]) -> frozenset[bytes]:
    """The top-level functions whose text names a creator, those that mention one of them, and what is another name of a
    creator or has prepared one."""
    heads = list(_HEAD.finditer(data))
    ends = [*(match.start() for match in heads[1:]), len(data)][: len(heads)]
    texts = {match[1]: data[match.start() : end] for match, end in zip(heads, ends, strict=True) if match[1]}
    creators = tuple(creators)
    others = _other_names(data, creators)
    makers = {name for name, text in texts.items() if any(creator in text for creator in creators)}
    waiting = {name: set(_WORD.findall(text)) for name, text in texts.items() if name not in makers}
    grown = bool(makers)
    while grown:
        more = {name for name, words in waiting.items() if words & makers}
        grown = bool(more)
        makers |= more
        for name in more:
            del waiting[name]
    classes = (
        (match[2], data[match.start() : end]) for match, end in zip(heads, ends, strict=True) if match[2]
    )
    methods = {
        name + b"." + method
        for name, text in classes
        if any(creator in text for creator in creators)
        for method in _making_methods(text, creators)
    }
    return frozenset(makers | others | methods)


def _making_methods(text: bytes, creators: tuple[bytes, ...]) -> Iterator[bytes]:
    """The methods of a class whose text names a creator; what makes an object with a file is its constructor."""
    heads = list(_METHOD.finditer(text))
    heads = [head for head in heads if head[1] == heads[0][1]]
    ends = [*(head.start() for head in heads[1:]), len(text)][: len(heads)]
    for head, end in zip(heads, ends, strict=True):
        body = text[head.start() : end]
        if not head[2].startswith((b"__", b"test")) and any(creator in body for creator in creators):
            yield head[2]


def _names(data: bytes, maker: bytes) -> bool:
    """Whether a text names a function, or a method and its class."""
    return all(part in data for part in maker.split(b"."))


def _attributes(data: bytes, name: bytes) -> set[bytes]:
    """What a text asks a name for: `make` of `name.make`."""
    found: set[bytes] = set()
    start = name + b"."
    at = data.find(start)
    while at >= 0:
        word = _WORD.match(data, at + len(start))
        if word is not None:
            found.add(word[0])
        at = data.find(start, at + len(start))
    return found


def _other_names(data: bytes, creators: tuple[bytes, ...]) -> set[bytes]:
    """Names that a module has for creators, or for what may be one or holds one: `from tempfile import mkdtemp as
    scratch`, `scratch = tempfile.mkdtemp`."""
    pieces = b"|".join(re.escape(creator) for creator in creators)
    alias = re.compile(
        rb"^[ \t]*(\w+)[ \t]*(?::[^=\n]*)?=[ \t]*(?:[\w.]+\(|[\[({][^\n]*?[\[({:, ]|[\w.]+ (?:if|or) [^\n]*? )?"
        rb"[\w.]*(?:%s)\w*\b(?!\s*\()" % pieces,
        re.MULTILINE,
    )
    imported = {
        bound
        for _, names in _imports(data)
        for name, bound in _listed(names)
        if name != bound and any(creator in name for creator in creators)
    }
    return imported | set(alias.findall(data))


def _read(path: str) -> bytes | None:
    try:
        return read_file(path)
    except OSError:  # a neighbour that cannot be read makes nothing; it is reported where it is named itself
        return None
