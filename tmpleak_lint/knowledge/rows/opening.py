"""What opens and makes the files that it is given the names of."""

from __future__ import annotations

from tmpleak_lint.knowledge.failures import MISSING, NO_NAME
from tmpleak_lint.knowledge.model import (
    SELF,
    Benign,
    Borrows,
    HoldsOpen,
    Makes,
    Opens,
    OpensNamed,
    QuietManager,
    Raises,
    Wraps,
    rows,
)

ROWS = (
    *rows(
        "open io.open codecs.open",
        Makes(mode_at=1),
        Opens(),
        OpensNamed(),
        QuietManager(),
        Raises(),
        fails=(NO_NAME, MISSING),
    ),
    *rows(
        "gzip.open bz2.open lzma.open zipfile.ZipFile tarfile.open",
        Makes(mode_at=1),
        Opens(),
        OpensNamed(),
        QuietManager(),
    ),
    *rows("os.mkdir os.makedirs", Makes(directory=True), Raises(), fails=(NO_NAME,)),
    *rows("os.mkfifo os.mknod", Makes(), Raises(), fails=(NO_NAME,)),
    *rows("os.symlink os.link", Makes(at=1), Raises(), fails=(NO_NAME,)),
    *rows("shutil.copy shutil.copy2 shutil.copyfile", Makes(at=1), OpensNamed(), Raises()),
    *rows("shutil.copytree", Makes(at=1, directory=True), Raises()),
    *rows("aiofiles.open", Makes(mode_at=1), Opens(), OpensNamed(), fails=(NO_NAME, MISSING)),
    *rows("sqlite3.connect", Makes(), OpensNamed(), HoldsOpen(beyond_with=True)),
    *rows("shelve.open dbm.open", Makes(), HoldsOpen()),
    *rows(
        "dbm.dumb.open dbm.gnu.open dbm.ndbm.open tarfile.TarFile lzma.LZMAFile zipfile.PyZipFile "
        "logging.FileHandler logging.handlers.RotatingFileHandler logging.handlers.TimedRotatingFileHandler "
        "numpy.memmap PIL.Image.open h5py.File netCDF4.Dataset pandas.ExcelFile pandas.ExcelWriter pandas.HDFStore "
        "rasterio.open fiona.open soundfile.SoundFile cv2.VideoCapture cv2.VideoWriter fitz.open pikepdf.open "
        "py7zr.SevenZipFile rarfile.RarFile duckdb.connect apsw.Connection tables.open_file",
        HoldsOpen(),
    ),
    *rows("<path>.hardlink_to <path>.symlink_to <path>.touch", Makes(SELF), Raises()),
    *rows("<path>.mkdir <path>.makedirs <path>.createDirectory", Makes(SELF, directory=True), Raises()),
    *rows("<path>.create", Makes(SELF), Opens()),
    *rows("<path>.setContent", Makes(SELF, fills=True)),
    *rows("<path>.write_bytes", Makes(SELF, fills=True), OpensNamed(SELF), Raises()),
    *rows(
        "<path>.write_text",
        Makes(SELF, fills=True),
        OpensNamed(SELF),
        Raises(encodes=True),
    ),
    *rows("<path>.open", Makes(SELF, mode_at=0), Opens(), OpensNamed(SELF), Raises()),
    *rows("bz2.BZ2File gzip.GzipFile io.FileIO", Opens()),
    *rows("os.fdopen", Opens(descriptor_only=True), QuietManager(), Benign(), fails=(NO_NAME, MISSING)),
    *rows("os.open", Makes(flags_at=1), OpensNamed(), Raises(), fails=(NO_NAME, MISSING)),
    *rows("tarfile.TarFile.open wave.open", OpensNamed(), HoldsOpen()),
    *rows("linecache.getlines fileinput.input runpy.run_path", OpensNamed()),
    *rows("<path>.read_bytes <path>.read_text", OpensNamed(SELF)),
    *rows("<file>.write <file>.writelines <file>.flush", Raises(encodes=True)),
    *rows("<file>.truncate <file>.read <file>.readline <file>.readlines", Raises()),
    *rows(
        "<any>.closing <any>.from_file <any>.fromfile <any>.getreader <any>.getwriter "
        "<any>.make_response <any>.makefile <any>.open_file <any>.send_file <any>.send_from_directory "
        "<any>.wrap <any>.wrap_file",
        Wraps(),
    ),
    *rows("<any>.fdopen", Wraps(), Borrows()),
    *rows("<any>.open", Wraps(), Borrows(), fails=(NO_NAME, MISSING)),
)
