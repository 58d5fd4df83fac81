"""Methods of whatever object: which don't raise in practice, and why the others do."""

from __future__ import annotations

from tmpleak_lint.knowledge.failures import (
    ARCHIVE,
    CORRUPT,
    DATABASE,
    DISK_FULL,
    ENCODING,
    MISSING,
    NETWORK,
    NO_NAME,
    PROCESS,
    TEST_FAILS,
    TIMEOUT,
)
from tmpleak_lint.knowledge.model import Benign, HandsOn, Raises, rows

ROWS = (
    *rows(
        "<any>.__enter__ <any>.__init__ <any>.absolute <any>.add <any>.append <any>.appendleft "
        "<any>.as_posix <any>.as_uri <any>.cancel <any>.capitalize <any>.casefold <any>.center <any>.chmod "
        "<any>.clear <any>.close <any>.closed <any>.copy <any>.count <any>.difference <any>.digest "
        "<any>.discard <any>.exists <any>.expandtabs <any>.expanduser <any>.extend <any>.fileno <any>.find "
        "<any>.format <any>.getpid <any>.hexdigest <any>.index <any>.insert <any>.intersection "
        "<any>.is_absolute <any>.is_dir <any>.is_file <any>.isalpha <any>.isatty <any>.isidentifier "
        "<any>.isoformat <any>.isspace <any>.issubset <any>.issuperset <any>.items <any>.join "
        "<any>.joinpath <any>.keys <any>.ljust <any>.lstat <any>.lstrip <any>.match <any>.partition "
        "<any>.pop <any>.popitem <any>.popleft <any>.relative_to <any>.remove "
        "<any>.removeprefix <any>.removesuffix <any>.resolve <any>.reverse <any>.rfind <any>.rjust "
        "<any>.rpartition <any>.rsplit <any>.rstrip <any>.seek <any>.set <any>.setdefault <any>.sort "
        "<any>.split <any>.splitlines <any>.stat <any>.strftime <any>.tell <any>.title <any>.total_seconds "
        "<any>.translate <any>.union <any>.update <any>.values <any>.with_name <any>.with_stem "
        "<any>.with_suffix <any>.zfill",
        Benign(),
    ),
    *rows(
        "<any>.endswith <any>.get <any>.is_set <any>.isdigit <any>.lower <any>.startswith <any>.strip "
        "<any>.upper",
        Benign(steady=True),
    ),
    *rows(
        "<any>.writerow <any>.writerows <any>.flush <any>.truncate "
        "<any>.write_text <any>.dump <any>.save <any>.savefig <any>.savez <any>.tofile "
        "<any>.to_csv <any>.to_json <any>.to_excel <any>.to_parquet <any>.to_file <any>.export "
        "<any>.copyfileobj <any>.write_pdf <any>.writestr",
        fails=(DISK_FULL,),
    ),
    *rows("<any>.write_bytes", Raises(), fails=(DISK_FULL,)),
    *rows(
        "<any>.read <any>.readline <any>.readlines <any>.read_text <any>.read_bytes",
        fails=(MISSING, ENCODING),
    ),
    *rows("<any>.encode <any>.decode", fails=(ENCODING,)),
    *rows("<any>.touch <any>.mkdir", Raises(), fails=(NO_NAME, MISSING)),
    *rows(
        "<any>.parse <any>.loads <any>.load <any>.fromstring <any>.safe_load <any>.deserialize "
        "<any>.validate <any>.read_csv <any>.read_json",
        fails=(CORRUPT,),
    ),
    *rows("<any>.extract <any>.extractall <any>.namelist <any>.testzip", fails=(ARCHIVE, DISK_FULL)),
    *rows(
        "<any>.download <any>.upload <any>.upload_file <any>.download_file <any>.urlopen <any>.urlretrieve "
        "<any>.connect <any>.send <any>.sendall <any>.recv <any>.fetch <any>.request <any>.post "
        "<any>.raise_for_status <any>.download_fileobj <any>.upload_fileobj <any>.iter_content",
        fails=(NETWORK,),
    ),
    *rows("<any>.execute <any>.executemany <any>.commit <any>.fetchall <any>.fetchone", fails=(DATABASE,)),
    *rows(
        "<any>.check_call <any>.check_output <any>.communicate <any>.wait <any>.Popen <any>.run_command",
        fails=(PROCESS, TIMEOUT),
    ),
    *rows("<any>.put", HandsOn(), fails=(NETWORK,)),
    *rows(
        "<any>.put_nowait <any>.delay <any>.send_task <any>.enqueue <any>.set_result <any>.publish "
        "<any>.basic_publish <any>.send_message <any>.ensure_future <any>.call_soon <any>.call_soon_threadsafe "
        "<any>.call_later <any>.start_soon <any>.run_coroutine_threadsafe <any>.Thread <any>.Process <any>.Timer "
        "<any>.map_async <any>.starmap_async <any>.send_job <any>.queue",
        HandsOn(),
    ),
    *rows("<any>.acquire <any>.wait_for", fails=(TIMEOUT,)),
    *rows("<any>.skipTest", fails=(TEST_FAILS,)),
)
