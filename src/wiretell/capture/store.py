"""Keeping captures, so that an audit can be analysed again without a run.

    FOLDER/
      audit.json        format, version, wiretell's version, meta, and each run with the SHA-256 of its file
      runs/0007.run     zstd frame (RFC 8878) around the msgpack array [escaped, capture]; maps are named by field

A folder is a store once `audit.json` is in it, which is written last. Runs are found by their number, never by a name
that stands in a file. A store of an older version is led through `CONVERTERS`, one version at a time.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec
import zstandard

from wiretell import __version__
from wiretell.errors import FormatError, InternalError, UsageError
from wiretell.model.capture import Capture

FORMAT: Final = "wiretell/captures"
VERSION: Final = 1
INDEX: Final = "audit.json"
RUNS: Final = "runs"
MAX_RUN_BYTES: Final = 2 << 30
"""Of one run, unpacked; a file that claims more is not unpacked."""

_PART: Final = ".part-"
"""How names of unfinished files and folders begin."""

_AGAIN: Final = "copy the folder anew from where it is whole, or make the audit again with --save."
"""What to do about a store that is damaged."""


@dataclass(frozen=True, slots=True)
class StoredAudit:
    """What a store holds."""

    meta: Mapping[str, object]
    """JSON values, as given to `save`."""
    captures: tuple[Capture, ...]
    """In the order in which they were saved."""
    version: int = VERSION
    """Of the format it was stored in."""
    wiretell: str = ""
    """Version of the wiretell that wrote it."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A store as plain values (dict, list, str, int, bytes ...), for converters, which know no class of today."""

    meta: dict[str, Any]
    captures: list[dict[str, Any]]


CONVERTERS: dict[int, Callable[[Plain], Plain]] = {}
"""Version -> what makes the next version of it. Version 1 is the first."""


class _Entry(msgspec.Struct, frozen=True):
    run: int
    sha256: str


class _Index(msgspec.Struct, frozen=True):
    format: str
    version: int
    wiretell: str
    meta: dict[str, Any]
    runs: list[_Entry]


def save(folder: Path, captures: Iterable[Capture], meta: Mapping[str, object], *, replace: bool = False) -> None:
    """Write a new store; `meta` holds JSON values: the target's description, the recipe's text, levels, seed ...

    Nothing is left behind where it fails. Raises UsageError where `folder` cannot be written, holds something else, or
    holds a store and `replace` is false; InternalError where two captures have one number, or `meta` is no JSON.
    """
    check_free(folder, replace=replace)
    made = not folder.exists()
    with _os_errors("write", folder):
        folder.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=_PART, dir=folder))
        try:
            (staged / RUNS).mkdir()
            entries = [_write_run(staged / RUNS, capture) for capture in captures]
            (staged / INDEX).write_bytes(_encode_index(entries, meta))
            _move_in(staged, folder)
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            if made:
                folder.rmdir()
            raise


def append(folder: Path, captures: Iterable[Capture]) -> None:
    """Add captures to a store of the current version; the store is whole at every moment.

    Raises FormatError where there is no such store, UsageError where it cannot be written, InternalError where it has
    a run of that number already.
    """
    index = _read_index(folder)
    if index.version != VERSION:
        raise FormatError(
            f"{folder} was written by another version of wiretell: it can be read, but not added to; save elsewhere."
        )
    with _os_errors("write", folder):
        entries = [*index.runs]
        for capture in captures:
            _refuse_repeated([*entries, _Entry(capture.run, "")])
            entries.append(_write_run(folder / RUNS, capture))
        part = folder / f"{_PART}{INDEX}"
        part.write_bytes(_encode_index(entries, index.meta))
        part.replace(folder / INDEX)


def load(folder: Path) -> StoredAudit:
    """Read a store of this or an older version.

    Raises FormatError, naming the file, where something is missing, truncated, changed or of a newer version.
    """
    index = _read_index(folder)
    files = [_run_file(folder / RUNS, entry.run) for entry in index.runs]
    payloads = [_read_run(file, entry) for file, entry in zip(files, index.runs, strict=True)]
    if index.version == VERSION:
        meta: Mapping[str, object] = index.meta
        captures = tuple(_decode(payload, file) for payload, file in zip(payloads, files, strict=True))
    else:
        plain = [_decode_plain(payload, file) for payload, file in zip(payloads, files, strict=True)]
        meta, captures = _convert(Plain(index.meta, plain), index.version, folder)
    for entry, capture, file in zip(index.runs, captures, files, strict=True):
        if capture.run != entry.run:
            raise FormatError(f"{file} holds run {capture.run}, another than its name says; {_AGAIN}")
    return StoredAudit(meta, captures, index.version, index.wiretell)


# --- folders


def check_free(folder: Path, *, replace: bool = False) -> None:
    """Refuse a place that holds anything but what a store, or an unfinished one, consists of.

    `save` asks this itself; a caller whose captures are dear asks before it makes them. UsageError where it is taken.
    """
    with _os_errors("read", folder):
        if not folder.exists():
            return
        if not folder.is_dir():
            raise UsageError(f"{folder} is no folder: captures need one; name another place.")
        names = {path.name for path in folder.iterdir() if not path.name.startswith(_PART)}
        runs = folder / RUNS
        own_runs = not runs.exists() or (runs.is_dir() and all(_is_run(path) for path in runs.iterdir()))
    if not own_runs or names - {INDEX, RUNS}:
        raise UsageError(f"{folder} holds other files: captures need a folder of their own; name a new one.")
    if INDEX in names:
        _read_index(folder)
        if not replace:
            raise UsageError(f"{folder} holds a saved audit already: choose another folder, or remove it.")


def _is_run(path: Path) -> bool:
    return path.suffix == ".run" or path.name.startswith(_PART)


def _move_in(staged: Path, folder: Path) -> None:
    """Put a finished store in its place; between the first and the last step the folder is no store."""
    (folder / INDEX).unlink(missing_ok=True)
    if (folder / RUNS).exists():
        (folder / RUNS).rename(staged / "old")
    (staged / RUNS).rename(folder / RUNS)
    (staged / INDEX).rename(folder / INDEX)
    for leftover in folder.glob(f"{_PART}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _run_file(runs: Path, run: int) -> Path:
    return runs / f"{run:04d}.run"


@contextmanager
def _os_errors(doing: str, place: Path) -> Iterator[None]:
    """Turn what the operating system says into one sentence."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"cannot {doing} {error.filename or place}: {error.strerror or error}; see to that, or name another place."
        ) from error


# --- index


def _encode_index(entries: list[_Entry], meta: Mapping[str, object]) -> bytes:
    _refuse_repeated(entries)
    index = {
        "format": FORMAT,
        "version": VERSION,
        "wiretell": __version__,
        "meta": meta,
        "runs": [{"run": entry.run, "sha256": entry.sha256} for entry in entries],
    }
    try:
        # ASCII, because a level given on a command line may hold lone surrogates, which are no UTF-8.
        return json.dumps(index, indent=1, allow_nan=False, default=_as_dict).encode("ascii") + b"\n"
    except (TypeError, ValueError, RecursionError) as error:
        raise InternalError(f"the description of an audit is no JSON: {error}.") from error


def _as_dict(value: object) -> dict[Any, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a {type(value).__name__}")


def _refuse_repeated(entries: list[_Entry]) -> None:
    if len({entry.run for entry in entries}) != len(entries):
        raise InternalError("two captures have the same number of their run.")


def _read_index(folder: Path) -> _Index:
    file = folder / INDEX
    if not file.is_file():
        raise FormatError(
            f"{folder} holds no saved audit: there is no {INDEX} in it; name a folder that --save has written."
        )
    try:
        with _os_errors("read", file):
            values = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        _refuse(file, "it is no JSON")
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        _refuse(file, "it does not describe captures")
    _check_version(values.get("version"), file)
    try:
        index = msgspec.convert(values, _Index)
    except msgspec.ValidationError as error:
        _refuse(file, str(error))
    if len({entry.run for entry in index.runs}) != len(index.runs):
        _refuse(file, "it names a run twice")
    return index


def _check_version(version: object, file: Path) -> None:
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        _refuse(file, "its version is no positive whole number")
    if version > VERSION:
        raise FormatError(f"{file} is of version {version}, and this wiretell reads up to {VERSION}: use a newer one.")


def _refuse(file: Path, why: str) -> NoReturn:
    raise FormatError(f"{file} is damaged or no file of wiretell's: {why.rstrip('.')}; {_AGAIN}") from None


# --- runs


def _write_run(runs: Path, capture: Capture) -> _Entry:
    payload = _encode(capture)
    if len(payload) > MAX_RUN_BYTES:
        raise InternalError(f"run {capture.run} is larger than {MAX_RUN_BYTES} bytes.")
    packed = zstandard.ZstdCompressor(write_checksum=True).compress(payload)
    part = runs / f"{_PART}{capture.run}"
    part.write_bytes(packed)
    part.replace(_run_file(runs, capture.run))
    return _Entry(capture.run, hashlib.sha256(packed).hexdigest())


def _read_run(file: Path, entry: _Entry) -> bytes:
    if not file.is_file():
        raise FormatError(f"{file} is missing; {_AGAIN}")
    with _os_errors("read", file):
        packed = file.read_bytes()
    if hashlib.sha256(packed).hexdigest() != entry.sha256:
        _refuse(file, f"its SHA-256 is not the one in {INDEX}")
    try:
        size = zstandard.get_frame_parameters(packed).content_size
        if size > MAX_RUN_BYTES:  # so is the number that stands for an unknown size
            _refuse(file, f"it claims to hold more than {MAX_RUN_BYTES} bytes")
        return zstandard.ZstdDecompressor().decompress(packed, allow_extra_data=False)
    except zstandard.ZstdError as error:
        _refuse(file, str(error))


def _encode(capture: Capture) -> bytes:
    """Write a capture as msgpack.

    Names of files and hosts that an agent chose may hold lone surrogates (PEP 383), which msgpack's strings cannot:
    then every string is escaped.
    """
    try:
        return msgspec.msgpack.encode((False, capture))
    except UnicodeEncodeError:
        plain = msgspec.to_builtins(capture, builtin_types=(bytes,))
        return msgspec.msgpack.encode((True, _map_strings(plain, _escape)))


def _decode(payload: bytes, file: Path) -> Capture:
    try:
        escaped, capture = _ENVELOPE.decode(payload)
        if not escaped:
            return _CAPTURE.decode(capture)
    except (msgspec.DecodeError, RecursionError) as error:
        _refuse(file, str(error))
    return _as_capture(_decode_plain(payload, file), file)


def _decode_plain(payload: bytes, file: Path) -> dict[str, Any]:
    try:
        escaped, plain = _PLAIN_ENVELOPE.decode(payload)
        return _map_strings(plain, _unescape) if escaped else plain
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        _refuse(file, str(error))


def _as_capture(plain: dict[str, Any], file: Path) -> Capture:
    try:
        return msgspec.convert(plain, Capture)
    except msgspec.ValidationError as error:
        _refuse(file, str(error))


def _convert(plain: Plain, version: int, folder: Path) -> tuple[dict[str, Any], tuple[Capture, ...]]:
    """Lead a store through the versions up to the current one."""
    try:
        for step in range(version, VERSION):
            plain = CONVERTERS[step](plain)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        _refuse(folder, f"it is no store of version {version} ({error})")
    return plain.meta, tuple(_as_capture(capture, folder) for capture in plain.captures)


def _map_strings(value: Any, change: Callable[[str], str]) -> Any:
    match value:
        case str():
            return change(value)
        case dict():
            return {change(key): _map_strings(item, change) for key, item in value.items()}
        case list() | tuple():
            return [_map_strings(item, change) for item in value]
        case _:
            return value


def _escape(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _unescape(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "surrogatepass")


_CAPTURE: Final = msgspec.msgpack.Decoder(Capture)
_ENVELOPE: Final = msgspec.msgpack.Decoder(tuple[bool, msgspec.Raw])
_PLAIN_ENVELOPE: Final = msgspec.msgpack.Decoder(tuple[bool, dict[str, Any]])
