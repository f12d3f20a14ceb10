"""A CSV file as a header and chunks of text columns, each row with its line in the file."""

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.csv.problems import Problems, refuse
from schemas.csv.source import Lines

CHUNK_ROWS = 25_000
MAX_COLUMNS = 200
_DELIMITERS = (",", ";", "\t", "|")
_NAMED = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SEP = re.compile(r"\ufeff?\"?sep=([,;\t|])\"?", re.IGNORECASE)


@dataclass(frozen=True)
class Chunk:
    """Some rows: the line that each starts on, and their cells by column, as they were written."""

    rows: Sequence[int]
    cells: Mapping[str, Sequence[str]]


class Table:
    """A file whose header has been read.

    Attributes:
        header: the columns by their plain names: `Quantity Sold` is quantity_sold.
        delimiter: what stands between cells.
        decimal_comma: whether numbers may have a decimal comma, as where cells are not parted by commas.
    """

    def __init__(self, lines: Lines, wanted: Collection[str]) -> None:
        first, given = _first_line(lines)
        self._lines = lines
        self.delimiter = given or _best_delimiter(first, wanted)
        self.header = _header(first, self.delimiter, lines.number)
        self.decimal_comma = self.delimiter in (";", "\t")

    def rename(self, given: str, column: str) -> bool:
        """Take the column `given` for `column` where the file has no `column`; whether it was so."""
        found = given in self.header and column not in self.header
        if found:
            self.header = [column if name == given else name for name in self.header]
        return found

    def require(self, columns: Sequence[str]) -> None:
        """Refuse the file unless it has all `columns`.

        Raises:
            InvalidFileError: naming each that is missing and those that there are.
        """
        missing = [column for column in columns if column not in self.header]
        if not missing:
            return
        problems = Problems()
        for column in missing:
            problems.add(self._lines.number, column, None, "is missing from the header")
        separated = _NAMED.get(self.delimiter, self.delimiter)
        error = refuse(
            f"the file lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; "
            f"its header, read as {separated}-separated, has {', '.join(self.header)}"
        )
        error.errors, error.total_errors = problems.found, problems.total
        raise error

    def chunks(self, columns: Collection[str], problems: Problems) -> Iterator[Chunk]:
        """The rows' cells of `columns`, some thousand rows at a time; blank rows are passed over.

        Rows of another length than the header's go to `problems`. Raises InvalidFileError where the quoting
        is broken, as nothing after that can be trusted.
        """
        places = [(index, column) for index, column in enumerate(self.header) if column in columns]
        rows: list[int] = []
        kept: list[list[str]] = []
        for row, cells in self._rows(problems):
            rows.append(row)
            kept.append(cells)
            if len(kept) == CHUNK_ROWS:
                yield _chunk(rows, kept, places)
                rows, kept = [], []
        if kept:
            yield _chunk(rows, kept, places)

    def _rows(self, problems: Problems) -> Iterator[tuple[int, list[str]]]:
        lines, width = self._lines, len(self.header)
        reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
        row = lines.number + 1
        try:
            for cells in reader:
                if len(cells) == width and (cells[0].strip() or any(cell.strip() for cell in cells)):
                    yield row, cells
                elif any(cell.strip() for cell in cells):
                    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
                        yield row, cells[:width]
                    else:
                        problems.add(row, None, None, self._ragged(len(cells)))
                row = lines.number + 1
        except csv.Error as error:
            raise refuse(
                f"the quoting is broken in the row that starts on line {row} ({error}); close the quote, and "
                'write a quote inside a cell as ""',
                row,
            ) from error

    def _ragged(self, cells: int) -> str:
        wrong = f"the row has {cells} cells, the header {len(self.header)}"
        if cells > len(self.header):
            return f"{wrong}; quote cells that hold a {_NAMED.get(self.delimiter, self.delimiter)}"
        return f"{wrong}; fill it up or leave the row out"


def plain_name(name: str) -> str:
    """A column's name in lower case with underscores, whatever stood between its words."""
    return re.sub(r"[\W_]+", "_", name.strip().casefold()).strip("_")


def _first_line(lines: Lines) -> tuple[str, str | None]:
    """The header's line, and the delimiter where a spreadsheet's `sep=` line names one."""
    delimiter = None
    for line in lines:
        if not line.strip().strip("\ufeff,;\t|"):
            continue
        sep = _SEP.fullmatch(line.strip("\n"))
        if sep is None:
            return line, delimiter
        delimiter = sep[1]
    raise refuse("the file is empty; it needs a header and rows")


def _split(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter))


def _best_delimiter(line: str, wanted: Collection[str]) -> str:
    """The delimiter that finds the most wanted columns, then the most columns."""

    def found(delimiter: str) -> tuple[int, int]:
        names = [plain_name(name) for name in _split(line, delimiter)]
        return sum(name in wanted for name in names), len(names)

    return max(_DELIMITERS, key=found)


def _header(line: str, delimiter: str, row: int) -> list[str]:
    names = [plain_name(name) for name in _split(line, delimiter)]
    while names and not names[-1]:
        names.pop()
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise refuse(f"the header names {', '.join(twice)} more than once; keep one", row, twice[0])
    if len(names) > MAX_COLUMNS:
        raise refuse(
            f"the header has {len(names)} columns, more than {MAX_COLUMNS}; keep those that count", row
        )
    return names


def _chunk(rows: list[int], kept: list[list[str]], places: list[tuple[int, str]]) -> Chunk:
    columns = list(zip(*kept, strict=True))
    return Chunk(rows, {column: columns[index] for index, column in places})
