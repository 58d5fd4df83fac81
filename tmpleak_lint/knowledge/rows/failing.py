"""Why calls of well-known libraries fail in production, by the beginning of their names."""

from __future__ import annotations

from tmpleak_lint.knowledge.failures import (
    ARCHIVE,
    CORRUPT,
    DATABASE,
    DISK_FULL,
    EXITS,
    IMAGE,
    IMPORTING,
    MISSING,
    NETWORK,
    NO_NAME,
    NOT_WRITABLE,
    PROCESS,
    TARRED,
    TEST_FAILS,
    TIMEOUT,
    ZIPPED,
)
from tmpleak_lint.knowledge.model import Raises, rows

ROWS = (
    *rows("tempfile.*", fails=(NO_NAME,)),
    *rows("subprocess.* asyncio.create_subprocess* sh.* pexpect.*", fails=(PROCESS, TIMEOUT)),
    *rows(
        "requests.* urllib.* urllib3.* httpx.* aiohttp.* socket.* smtplib.* ftplib.* http.client.* boto3.* "
        "paramiko.* grpc.* imaplib.* telnetlib.*",
        fails=(NETWORK,),
    ),
    *rows("zipfile.*", fails=(ZIPPED, DISK_FULL)),
    *rows("tarfile.*", fails=(TARRED, DISK_FULL)),
    *rows("gzip.* bz2.* lzma.* zlib.* shutil.unpack_archive", fails=(ARCHIVE, DISK_FULL)),
    *rows("shutil.make_archive shutil.copy* shutil.copytree*", fails=(DISK_FULL, MISSING)),
    *rows(
        "json.dump* pickle.dump* yaml.dump* yaml.safe_dump* csv.writer* csv.DictWriter* numpy.save* "
        "torch.save* joblib.dump* toml.dump* plistlib.dump* marshal.dump*",
        fails=(DISK_FULL, NOT_WRITABLE),
    ),
    *rows(
        "json.* csv.* xml.* lxml.* yaml.* tomllib.* toml.* configparser.* pickle.* ast.* struct.* "
        "plistlib.* email.* marshal.* base64.* binascii.* numpy.load* pandas.read* pyarrow.*",
        fails=(CORRUPT,),
    ),
    *rows("logging.config.*", fails=(CORRUPT, MISSING)),
    *rows("PIL.* cv2.* imageio.* fitz.* pypdf.* PyPDF2.* pydub.*", fails=(IMAGE, DISK_FULL)),
    *rows(
        "sqlite3.* psycopg.* psycopg2.* pymysql.* MySQLdb.* sqlalchemy.* pymongo.* redis.*", fails=(DATABASE,)
    ),
    *rows(
        "os.write os.fsync os.truncate os.ftruncate os.sendfile os.fdatasync os.posix_fallocate",
        Raises(),
        fails=(DISK_FULL,),
    ),
    *rows("os.read os.listdir os.walk os.readlink os.statvfs", Raises(), fails=(MISSING,)),
    *rows("os.chown os.fchown os.lchown os.pipe os.dup os.dup2 os.sync", Raises()),
    *rows("fcntl.flock fcntl.lockf fcntl.fcntl fcntl.ioctl shutil.copymode shutil.copystat", Raises()),
    *rows("os.exec*", fails=(EXITS,)),
    *rows(
        "torch.load* onnx.load* mlx.core.load* joblib.load* sklearn.datasets.load_* ssl.* mmap.*",
        fails=(CORRUPT, MISSING),
    ),
    *rows("safetensors.* mlx.core.save* onnx.save* tensorflow.saved_model.*", fails=(DISK_FULL, CORRUPT)),
    *rows("git.Repo.* pygit2.* dulwich.*", fails=(NETWORK, PROCESS)),
    *rows("google.cloud.* azure.* botocore.* fsspec.* huggingface_hub.*", fails=(NETWORK,)),
    *rows("importlib.* sphinx.application.*", fails=(IMPORTING,)),
    *rows(
        "netCDF4.* xarray.* h5py.* zarr.* rasterio.* fiona.* geopandas.* trimesh.* soundfile.* librosa.* "
        "torchaudio.* nibabel.* pydicom.* astropy.io.* faiss.*",
        fails=(CORRUPT, DISK_FULL),
    ),
    *rows("omegaconf.OmegaConf.save* torch.package.* tensorflow.io.write_file*", fails=(DISK_FULL,)),
    *rows("pytest.* unittest.*", fails=(TEST_FAILS,)),
)
