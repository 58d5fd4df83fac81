"""What opens and makes the files that it is given the names of."""

from __future__ import annotations

from tmpleak_lint.knowledge.failures import MISSING, NO_NAME
from tmpleak_lint.knowledge.model import SELF, Benign, Makes, Opens, OpensNamed, QuietManager, Wraps, rows

ROWS = (
    *rows(
        "open io.open codecs.open",
        Makes(mode_at=1),
        Opens(),
        OpensNamed(),
        QuietManager(),
        fails=(NO_NAME, MISSING),
    ),
    *rows(
        "gzip.open bz2.open lzma.open zipfile.ZipFile tarfile.open",
        Makes(mode_at=1),
        Opens(),
        OpensNamed(),
        QuietManager(),
    ),
    *rows("os.mkdir os.makedirs", Makes(directory=True), fails=(NO_NAME,)),
    *rows("os.mkfifo os.mknod", Makes(), fails=(NO_NAME,)),
    *rows("os.symlink os.link", Makes(at=1), fails=(NO_NAME,)),
    *rows("shutil.copy shutil.copy2 shutil.copyfile", Makes(at=1), OpensNamed()),
    *rows("shutil.copytree", Makes(at=1, directory=True)),
    *rows("aiofiles.open", Makes(mode_at=1), Opens(), OpensNamed(), fails=(NO_NAME, MISSING)),
    *rows("sqlite3.connect", Makes(), OpensNamed()),
    *rows("shelve.open dbm.open", Makes()),
    *rows("<path>.hardlink_to <path>.symlink_to <path>.touch", Makes(SELF)),
    *rows("<path>.mkdir <path>.makedirs <path>.createDirectory", Makes(SELF, directory=True)),
    *rows("<path>.create", Makes(SELF), Opens()),
    *rows("<path>.setContent", Makes(SELF, fills=True)),
    *rows("<path>.write_bytes <path>.write_text", Makes(SELF, fills=True), OpensNamed(SELF)),
    *rows("<path>.open", Makes(SELF, mode_at=0), Opens(), OpensNamed(SELF)),
    *rows("bz2.BZ2File gzip.GzipFile io.FileIO", Opens()),
    *rows("os.fdopen", Opens(descriptor_only=True), QuietManager(), Benign(), fails=(NO_NAME, MISSING)),
    *rows("os.open", Makes(flags_at=1), OpensNamed(), fails=(NO_NAME, MISSING)),
    *rows("tarfile.TarFile.open wave.open linecache.getlines fileinput.input runpy.run_path", OpensNamed()),
    *rows("<path>.read_bytes <path>.read_text", OpensNamed(SELF)),
    *rows(
        "<any>.closing <any>.fdopen <any>.from_file <any>.fromfile <any>.getreader <any>.getwriter "
        "<any>.make_response <any>.makefile <any>.open_file <any>.send_file <any>.send_from_directory "
        "<any>.wrap <any>.wrap_file",
        Wraps(),
    ),
    *rows("<any>.open", Wraps(), fails=(NO_NAME, MISSING)),
)
