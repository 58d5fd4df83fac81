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
from tmpleak_lint.knowledge.model import (
    Ambiguous,
    Benign,
    Borrows,
    HandsOn,
    Keeps,
    Launches,
    Limited,
    Makes,
    Permits,
    Pure,
    Raises,
    Reads,
    ReadsLater,
    Renders,
    Share,
    Waits,
    rows,
)

ROWS = (
    *rows(
        "<any>.add <any>.clear <any>.discard <any>.index <any>.insert <any>.pop <any>.popitem "
        "<any>.remove <any>.update",
        Ambiguous(),
        Benign(),
    ),
    *rows(
        "<any>.__enter__ <any>.appendleft <any>.as_uri <any>.cancel "
        "<any>.capitalize <any>.casefold <any>.center <any>.closed <any>.difference "
        "<any>.expandtabs <any>.expanduser <any>.extend <any>.fileno <any>.getpid "
        "<any>.intersection <any>.isalpha <any>.isatty <any>.isidentifier "
        "<any>.isoformat <any>.isspace <any>.issubset <any>.issuperset <any>.ljust <any>.lstrip "
        "<any>.match <any>.partition <any>.popleft <any>.relative_to "
        "<any>.removeprefix <any>.removesuffix <any>.reverse <any>.rfind <any>.rjust "
        "<any>.rpartition <any>.rsplit <any>.rstrip <any>.setdefault <any>.sort <any>.split "
        "<any>.strftime <any>.title <any>.total_seconds <any>.translate <any>.union "
        "<any>.with_stem <any>.zfill",
        Benign(),
    ),
    *rows(
        "<any>.absolute <any>.as_posix <any>.is_absolute <any>.is_dir <any>.is_file <any>.items "
        "<any>.keys <any>.resolve <any>.values <any>.with_name <any>.with_suffix",
        Benign(),
        Pure(),
    ),
    *rows(
        "<any>.append <any>.close <any>.lstat <any>.seek <any>.tell",
        Benign(),
        Borrows(),
    ),
    *rows("<any>.chmod", Benign(), Borrows(), Permits(at=0)),
    *rows("<any>.format", Benign(), Borrows(), Renders()),
    *rows("<any>.format_map <any>.substitute <any>.safe_substitute", Borrows(), Renders()),
    *rows(
        "<any>.digest <any>.hexdigest <any>.splitlines <any>.stat",
        Benign(),
        Reads(),
    ),
    *rows("<any>.copy <any>.count <any>.find", Ambiguous(), Benign(), Reads()),
    *rows("<any>.exists", Benign(), Reads(), Pure()),
    *rows("<any>.join", Benign(), Waits(), Limited(), Borrows()),
    *rows("<any>.joinpath", Benign(), Borrows(), Pure()),
    *rows("<any>.__init__", Benign(), Keeps(in_itself=True)),
    *rows("<any>.set", Ambiguous(), Benign(), Keeps()),
    *rows("<any>.endswith <any>.startswith", Benign(steady=True), Reads(), Pure()),
    *rows("<any>.get", Ambiguous(), Benign(steady=True)),
    *rows("<any>.is_set <any>.isdigit <any>.lower <any>.upper", Benign(steady=True)),
    *rows("<any>.strip", Benign(steady=True), Pure()),
    *rows("<any>.writerow <any>.writerows", fails=(DISK_FULL,)),
    *rows(
        "<any>.save <any>.savefig <any>.savez <any>.tofile <any>.to_csv <any>.to_json <any>.to_excel "
        "<any>.to_parquet <any>.to_file <any>.export <any>.write_pdf <any>.save_pretrained "
        "<any>.save_model <any>.save_file <any>.save_to_disk",
        Makes(),
        fails=(DISK_FULL,),
    ),
    *rows(
        "<any>.flush <any>.truncate <any>.write_text <any>.dump <any>.copyfileobj <any>.writestr",
        Borrows(),
        fails=(DISK_FULL,),
    ),
    *rows("<any>.write_bytes", Borrows(), Raises(), fails=(DISK_FULL,)),
    *rows(
        "<any>.read <any>.readline <any>.readlines <any>.read_text",
        Reads(),
        fails=(MISSING, ENCODING),
    ),
    *rows("<any>.read_bytes", Reads(), Raises(), fails=(MISSING,)),
    *rows("<any>.encode", Borrows(), Pure(), fails=(ENCODING,)),
    *rows("<any>.decode", Borrows(), fails=(ENCODING,)),
    *rows("<any>.touch <any>.mkdir", Borrows(), Raises(), fails=(NO_NAME, MISSING)),
    *rows(
        "<any>.parse <any>.fromstring <any>.deserialize <any>.validate <any>.read_csv <any>.read_json "
        "<any>.load_model <any>.convert",
        fails=(CORRUPT,),
    ),
    *rows("<any>.load_cert_chain <any>.load_verify_locations", Reads(), fails=(CORRUPT,)),
    *rows("ssl.create_default_context", Reads()),
    *rows("<any>.loads <any>.safe_load", Reads(), fails=(CORRUPT,)),
    *rows("<any>.load", Reads(lazily=True), fails=(CORRUPT,)),
    *rows("<any>.extract <any>.namelist <any>.testzip", fails=(ARCHIVE, DISK_FULL)),
    *rows("<any>.extractall", Borrows(), fails=(ARCHIVE, DISK_FULL)),
    *rows("<any>.extract_archive <any>.unpack_archive", fails=(ARCHIVE, DISK_FULL)),
    *rows(
        "<any>.download <any>.upload <any>.upload_file <any>.download_file <any>.urlopen "
        "<any>.urlretrieve <any>.sendall <any>.recv <any>.fetch <any>.request <any>.post "
        "<any>.raise_for_status <any>.download_fileobj <any>.upload_fileobj <any>.iter_content "
        "<any>.from_pretrained <any>.clone_from <any>.put_file <any>.get_file",
        fails=(NETWORK,),
    ),
    *rows("<any>.connect", Keeps(), fails=(NETWORK,)),
    *rows("<any>.send", ReadsLater(), HandsOn(by_ways=True), fails=(NETWORK,)),
    *rows("<any>.execute <any>.executemany <any>.commit <any>.fetchall <any>.fetchone", fails=(DATABASE,)),
    *rows("<any>.check_call <any>.check_output", Reads(), Launches(checks=True), fails=(PROCESS, TIMEOUT)),
    *rows("<any>.communicate", Waits(program=True), Limited(at=1), fails=(PROCESS, TIMEOUT)),
    *rows("<any>.wait", Waits(program=True), Limited(), fails=(PROCESS, TIMEOUT)),
    *rows("<any>.Popen", ReadsLater(), Launches(), fails=(PROCESS, TIMEOUT)),
    *rows("<any>.run_command", fails=(PROCESS, TIMEOUT)),
    *rows("<any>.put", HandsOn(), fails=(NETWORK,)),
    *rows(
        "<any>.put_nowait <any>.delay <any>.send_task <any>.enqueue <any>.set_result <any>.publish "
        "<any>.basic_publish <any>.send_message <any>.call_soon <any>.call_soon_threadsafe "
        "<any>.call_later <any>.map_async <any>.starmap_async <any>.send_job <any>.queue",
        HandsOn(),
    ),
    *rows("<any>.ensure_future <any>.start_soon <any>.run_coroutine_threadsafe", HandsOn(Share.COROUTINE)),
    *rows("<any>.Thread <any>.Process <any>.Timer", HandsOn(Share.STARTED)),
    *rows("<any>.acquire", Limited(at=1), fails=(TIMEOUT,)),
    *rows("<any>.wait_for", Waits(), Limited(at=1), fails=(TIMEOUT,)),
    *rows("<any>.skipTest", fails=(TEST_FAILS,)),
)
