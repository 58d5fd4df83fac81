"""The exception classes of the standard library that handlers name, each with its base."""

from __future__ import annotations

CATCH_ALL = frozenset({"", "Exception", "BaseException"})
"""What a handler names that takes whatever is raised; nothing, where it is bare."""
NOT_THERE = ("KeyError", "IndexError", "LookupError", "TypeError")
"""What is raised where a key or an index isn't there."""
NOT_IMPORTED = ("ImportError", "ModuleNotFoundError")

STDLIB_BASES: dict[str, str] = {
    "shutil.Error": "OSError",
    "shutil.SameFileError": "shutil.Error",
    "socket.error": "OSError",
    "socket.timeout": "TimeoutError",
    "socket.gaierror": "OSError",
    "select.error": "OSError",
    "os.error": "OSError",
    "json.JSONDecodeError": "ValueError",
    "json.decoder.JSONDecodeError": "ValueError",
    "subprocess.SubprocessError": "Exception",
    "subprocess.CalledProcessError": "subprocess.SubprocessError",
    "subprocess.TimeoutExpired": "subprocess.SubprocessError",
    "urllib.error.URLError": "OSError",
    "urllib.error.HTTPError": "urllib.error.URLError",
    "ssl.SSLError": "OSError",
    "zipfile.BadZipFile": "Exception",
    "tarfile.TarError": "Exception",
    "tarfile.ReadError": "tarfile.TarError",
    "pickle.PickleError": "Exception",
    "pickle.UnpicklingError": "pickle.PickleError",
    "configparser.Error": "Exception",
    "csv.Error": "Exception",
    "re.error": "Exception",
    "struct.error": "Exception",
    "zlib.error": "Exception",
    "binascii.Error": "ValueError",
    "queue.Empty": "Exception",
    "queue.Full": "Exception",
    "asyncio.TimeoutError": "TimeoutError",
    "asyncio.CancelledError": "BaseException",
    "asyncio.exceptions.CancelledError": "BaseException",
    "concurrent.futures.CancelledError": "Exception",
    "concurrent.futures.TimeoutError": "TimeoutError",
    "unittest.SkipTest": "Exception",
    "requests.RequestException": "OSError",
    "requests.exceptions.RequestException": "OSError",
    "requests.exceptions.HTTPError": "requests.exceptions.RequestException",
    "requests.exceptions.ConnectionError": "requests.exceptions.RequestException",
    "requests.exceptions.Timeout": "requests.exceptions.RequestException",
}
CANCELLED = "asyncio.CancelledError"
