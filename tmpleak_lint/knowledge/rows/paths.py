"""What path functions make of a path: the same file, a child, a sibling, its parent; whether it is there."""

from __future__ import annotations

from tmpleak_lint.knowledge.model import (
    Asks,
    AsksForLink,
    Benign,
    Converts,
    Derives,
    Pure,
    Relation,
    Renders,
    TempRoot,
    rows,
)

ROWS = (
    *rows(
        "anyio.Path upath.UPath upath.core.UPath pathlib.PosixPath pathlib.PurePosixPath pathlib.WindowsPath",
        Derives(Relation.SAME, joins=True, opens=True),
        Benign(),
    ),
    *rows("pathlib.Path pathlib.PurePath", Derives(Relation.SAME, joins=True, opens=True), Benign(), Pure()),
    *rows("py.path.local", Derives(Relation.SAME, joins=True, opens=True)),
    *rows("str", Derives(Relation.SAME, opens=True, quotes=True), Benign(), Pure()),
    *rows("os.fspath", Derives(Relation.SAME, opens=True), Benign(), Pure()),
    *rows(
        "<path>.path <path>.full_path", Derives(Relation.SAME, opens=True, attribute=True)
    ),  # twisted's, os.DirEntry's
    *rows(
        "os.path.abspath os.path.expanduser os.path.expandvars os.path.normcase os.path.normpath "
        "os.path.realpath os.path.relpath <path>.__fspath__ <path>.__str__ <path>.absolute <path>.as_posix "
        "<path>.expanduser <path>.resolve",
        Derives(Relation.SAME, opens=True),
    ),
    *rows("bytes", Derives(Relation.SAME), Benign(), Pure()),
    *rows("copy.copy copy.deepcopy", Derives(Relation.SAME, alike=True), Benign()),
    *rows("os.fsdecode os.fsencode", Derives(Relation.SAME, quotes=True), Benign(), Pure()),
    *rows("shlex.split <path>.split", Derives(Relation.SAME, words=True), Benign()),
    *rows("shlex.quote", Derives(Relation.SAME, quotes=True), Benign()),
    *rows("typing.cast", Derives(Relation.SAME, at=1, quotes=True, alike=True), Benign()),
    *rows("repr", Derives(Relation.SAME, quotes=True), Benign(), Pure()),
    *rows("shlex.join subprocess.list2cmdline", Renders(command=True), Benign(), Pure()),
    *rows(
        "ascii format html.escape pprint.pformat reprlib.repr textwrap.dedent textwrap.fill textwrap.indent "
        "urllib.parse.quote urllib.parse.quote_plus urllib.parse.urlencode urllib.parse.urljoin "
        "urllib.request.pathname2url xml.sax.saxutils.escape xml.sax.saxutils.quoteattr",
        Renders(),
        Benign(),
        Pure(),
    ),
    *rows(
        "json.dumps orjson.dumps rapidjson.dumps simplejson.dumps ujson.dumps toml.dumps tomli_w.dumps "
        "tomlkit.dumps pickle.dumps marshal.dumps msgpack.packb base64.b64encode base64.urlsafe_b64encode",
        Renders(),
    ),
    *rows("yaml.dump yaml.safe_dump", Renders(into=1)),
    *rows("<path>.as_uri", Renders()),
    *rows("<path>.decode <path>.encode", Derives(Relation.SAME)),
    *rows("<path>.lower <path>.rstrip <path>.strip", Derives(Relation.SAME)),
    *rows("ntpath.join os.path.join os.path.sep.join posixpath.join", Derives(Relation.CHILD, joins=True)),
    *rows("os.path.dirname", Derives(Relation.PARENT)),
    *rows("os.path.split", Derives(Relation.PARENT_AND_NAME)),
    *rows("os.path.splitext", Derives(Relation.STEM_AND_ENDING)),
    *rows(
        "glob.glob glob.iglob <path>.glob <path>.iterdir <path>.rglob <path>.walk", Derives(Relation.CHILDREN)
    ),
    *rows("<path>.child <path>.join <path>.joinpath", Derives(Relation.CHILD)),
    *rows("<path>.sibling <path>.siblingExtension <path>.basename", Derives(Relation.SIBLING)),
    *rows(
        "<path>.format <path>.removeprefix <path>.with_name <path>.with_stem",
        Derives(Relation.SIBLING),
    ),
    *rows("<path>.with_suffix", Derives(Relation.SIBLING, cuts=True)),
    *rows("<path>.removesuffix", Derives(Relation.STEM)),
    *rows("os.access", Asks(), Benign(), Pure()),
    *rows("os.path.islink os.path.ismount", AsksForLink(), Benign(), Pure()),
    *rows("<path>.is_symlink <path>.is_mount <path>.is_fifo <path>.is_socket", AsksForLink()),
    *rows(
        "os.path.exists os.path.isdir os.path.isfile os.path.lexists <path>.exists <path>.is_dir "
        "<path>.is_file tensorflow.io.gfile.exists tensorflow.io.gfile.isdir tensorflow.gfile.Exists "
        "tensorflow.compat.v1.gfile.Exists tensorflow.python.platform.gfile.Exists",
        Asks(),
    ),
    *rows("tempfile.gettempdirb tempfile.gettempdir", TempRoot(), Benign()),
    *rows(
        "<any>.cast_unicode <any>.ensure_binary <any>.ensure_bytes <any>.ensure_str <any>.ensure_text "
        "<any>.force_str <any>.force_text <any>.fsdecode <any>.fsencode <any>.safe_join <any>.smart_str "
        "<any>.stringify_path <any>.to_bytes <any>.to_native <any>.to_str <any>.to_text <any>.to_unicode",
        Converts(),
    ),
)
