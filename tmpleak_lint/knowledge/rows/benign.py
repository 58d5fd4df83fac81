"""What doesn't raise on a realistic path, and else does nothing to a file."""

from __future__ import annotations

from tmpleak_lint.knowledge.failures import CORRUPT, MISSING
from tmpleak_lint.knowledge.model import (
    Above,
    Allocates,
    Benign,
    ClassOf,
    Copies,
    HandlesSignals,
    Keeps,
    Permits,
    Pure,
    QuietManager,
    Reads,
    ReadsEnvironment,
    Refuses,
    rows,
)

ROWS = (
    *rows(
        "contextlib.redirect_stderr contextlib.redirect_stdout io.BytesIO io.StringIO threading.Lock "
        "threading.RLock",
        QuietManager(),
        Benign(),
    ),
    *rows("os.scandir", QuietManager(), fails=(MISSING,)),
    *rows("threading.Condition warnings.catch_warnings", QuietManager()),
    *rows("os.environ.get os.getenv", ReadsEnvironment(), Benign(steady=True)),
    *rows("os.environ.setdefault", ReadsEnvironment(), Benign()),
    *rows("bytearray classmethod delattr memoryview print property setattr slice staticmethod", Benign()),
    *rows("abs bin chr divmod hash hex oct ord round", Benign(steady=True, plain=True)),
    *rows("all any sum", Benign(), Reads()),
    *rows("getattr globals object range", Benign(), Pure()),
    *rows("id issubclass", Benign(steady=True, plain=True), Pure()),
    *rows("type", Benign(steady=True, plain=True), Pure(), ClassOf()),
    *rows("super", Benign(), Pure(), Above()),
    *rows(
        "object.__new__ str.__new__ bytes.__new__ tuple.__new__ pathlib.Path.__new__ <any>.__new__",
        Allocates(),
    ),
    *rows(
        "attr.evolve attrs.evolve copy.replace dataclasses.replace <any>._replace <any>.model_copy",
        Copies(),
        Benign(),
    ),
    *rows("<any>.evolve <any>.replace", Copies()),
    *rows("bool", Benign(steady=True), Reads(), Pure()),
    *rows("len", Benign(), Reads(), Pure()),
    *rows(
        "float int",
        Benign(steady=True, plain=True),
        Reads(),
        Pure(),
        Refuses(("ValueError", "TypeError", "OverflowError")),
        fails=(CORRUPT,),
    ),
    *rows(
        "asyncio.current_task asyncio.get_event_loop asyncio.get_running_loop click.echo "
        "click.secho click.style collections.Counter collections.defaultdict collections.namedtuple "
        "dataclasses.asdict dataclasses.astuple dataclasses.field dataclasses.fields "
        "dataclasses.is_dataclass functools.cache functools.lru_cache functools.wraps "
        "gc.collect inspect.currentframe itertools.chain itertools.count operator.attrgetter "
        "operator.itemgetter pathlib.PureWindowsPath random.choice random.randint "
        "random.random re.escape tempfile.gettempprefix threading.Event threading.current_thread "
        "traceback.format_exc traceback.print_exc typer.echo typer.secho uuid.uuid1 uuid.uuid4 "
        "warnings.warn weakref.ref",
        Benign(),
    ),
    *rows("signal.signal", HandlesSignals(), Benign()),
    *rows("<any>.add_signal_handler", HandlesSignals()),
    *rows("callable hasattr", Benign(steady=True), Pure()),
    *rows("isinstance", Benign(steady=True), Reads(), Pure()),
    *rows("os.chmod", Benign(), Permits()),
    *rows(
        "os.environ.copy os.environ.pop os.environ.update os.fchmod os.fstat "
        "os.getcwd os.getegid os.getgid os.lseek os.lstat os.stat os.umask os.utime sys.exc_info "
        "sys.getfilesystemencoding sys.getsizeof sys.path.extend",
        Benign(),
    ),
    *rows("sys.path.append sys.path.insert", Benign(), Keeps(process=True, bears_absence=True)),
    *rows("os.geteuid os.getpid os.getppid os.getuid os.cpu_count", Benign(steady=True)),
    *rows(
        "inspect.isabstract inspect.isasyncgenfunction inspect.isawaitable inspect.isclass inspect.iscoroutine "
        "inspect.iscoroutinefunction inspect.isfunction inspect.isgenerator inspect.isgeneratorfunction "
        "inspect.ismethod inspect.ismodule mimetypes.guess_type re.fullmatch re.match re.search fnmatch.fnmatch "
        "fnmatch.fnmatchcase",
        Benign(steady=True, plain=True),
    ),
    *rows("threading.get_ident platform.*", Benign(steady=True)),
    *rows("os.path.basename os.path.isabs os.path.splitdrive", Benign(steady=True, plain=True), Pure()),
    *rows("os.path.* posixpath.* ntpath.*", Benign(), Pure()),
    *rows("sys.platform.* sys.version.* os.name.*", Benign(steady=True)),
    *rows(
        "time.* logging.* warnings.* types.* typing.* stat.* operator.* itertools.* textwrap.* fnmatch.* random.* "
        "secrets.*",
        Benign(),
    ),
    *rows(
        "urllib.parse.* urllib.request.url2pathname os.pathsep.* os.linesep.* os.sep.*",
        Benign(),
    ),
    *rows("html.*", Benign(), fails=(CORRUPT,)),
)
