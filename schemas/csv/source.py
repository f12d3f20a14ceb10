"""The bytes of a file as lines of text, read once, with a limit: no line and no file is held whole."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from schemas.csv.problems import refuse
from schemas.errors import InvalidInputError, TooLargeError

Source = Path | BinaryIO
Progress = Callable[[int, int | None], None]
"""Called with the bytes read so far and, where known, how many there are."""

MAX_LINE = 65_536
_HEAD = 4096
_MIB = 1024 * 1024
_GZIP = b"\x1f\x8b"
_FOREIGN = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook (.xlsx)"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"%PDF", "a PDF"),
    (b"SQLite format 3", "a SQLite database"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf", "a 7-zip archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"<", "a web page or XML"),
    (b"{", "JSON"),
    (b"[", "JSON"),
)
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class _Counted(io.RawIOBase):
    """Passes bytes on and counts them; more than `limit` is refused before they are looked at."""

    def __init__(self, source: BinaryIO, limit: int, on_bytes: Callable[[int], None] | None = None) -> None:
        super().__init__()
        self._source, self._limit, self._on_bytes, self._count = source, limit, on_bytes, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._source.read(len(buffer))
        self._count += len(data)
        if self._count > self._limit:
            raise too_large(self._limit)
        buffer[: len(data)] = data
        if self._on_bytes is not None:
            self._on_bytes(self._count)
        return len(data)


def too_large(limit: int) -> TooLargeError:
    """The error for a file of more than `limit` bytes."""
    return TooLargeError(
        f"the file is larger than {limit / _MIB:.0f} MiB; split it by date, or raise the limit "
        "(FASHION_FORECAST_MAX_UPLOAD_MB)"
    )


@contextmanager
def open_lines(source: Source, *, max_bytes: int, on_progress: Progress | None = None) -> "Iterator[Lines]":
    """The lines of a CSV file, plain or gzipped, in UTF-8, UTF-16 with a BOM, or Windows-1252 (Latin-1).

    Args:
        source: a path, or a binary file that is read from where it stands and not closed.
        max_bytes: refused above, both as it is and unpacked.
        on_progress: called now and then.

    Raises:
        InvalidInputError: there is no such file.
        InvalidFileError: it is not text, or its compression is broken.
        TooLargeError: more than `max_bytes`.
    """
    if not isinstance(source, Path):
        yield from _open(source, None, max_bytes, on_progress)
        return
    try:
        with source.open("rb") as file:
            yield from _open(file, source.stat().st_size, max_bytes, on_progress)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise InvalidInputError(
            f"cannot read {source}: {error.strerror}; give the path of a CSV file"
        ) from error


def _open(
    file: BinaryIO, size: int | None, max_bytes: int, on_progress: Progress | None
) -> "Iterator[Lines]":
    if size is not None and size > max_bytes:
        raise too_large(max_bytes)
    report = None if on_progress is None else lambda count: on_progress(count, size)
    buffered = io.BufferedReader(_Counted(file, max_bytes, report), _MIB)
    try:
        if buffered.peek(2)[:2] == _GZIP:
            unpacked = gzip.GzipFile(fileobj=buffered)
            buffered = io.BufferedReader(_Counted(cast(BinaryIO, unpacked), max_bytes), _MIB)
        yield Lines(
            io.TextIOWrapper(
                buffered, encoding=_encoding(buffered.peek(_HEAD)[:_HEAD]), errors="surrogateescape"
            )
        )
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise refuse("the gzip file is damaged or cut short; compress it again") from error
    except UnicodeDecodeError as error:
        raise refuse("the file is not valid text; save it as CSV in UTF-8") from error


def _encoding(head: bytes) -> str:
    for magic, kind in _FOREIGN:
        if head.startswith(magic):
            raise refuse(f"the file is {kind}, not CSV; export the table as CSV (UTF-8)")
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    if b"\0" in head:
        raise refuse("the file is binary, not CSV text; export the table as CSV (UTF-8)")
    return "utf-8"


class Lines:
    """Iterates over lines, their ends made one kind; knows the number of the last one it gave.

    Attributes:
        number: the last line's number, from 1.
        first_latin: the first line that was not UTF-8 and was read as Windows-1252, if any.
    """

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.number = 0
        self.first_latin: int | None = None

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_LINE + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > MAX_LINE:
            raise refuse(
                f"line {self.number} is longer than {MAX_LINE} characters; is this a CSV file?", self.number
            )
        if "\0" in line:
            raise refuse(
                f"line {self.number} holds NUL bytes; save the table as CSV (UTF-8) again", self.number
            )
        return line if line.isascii() else self._repaired(line)

    def _repaired(self, line: str) -> str:
        if not any("\udc80" <= letter <= "\udcff" for letter in line):
            return line
        self.first_latin = self.first_latin or self.number
        try:
            return line.encode("utf-8", "surrogateescape").decode("cp1252")
        except (UnicodeDecodeError, UnicodeEncodeError) as error:
            raise refuse(
                f"line {self.number} is neither UTF-8 nor Windows-1252; save the table as CSV (UTF-8)",
                self.number,
            ) from error
