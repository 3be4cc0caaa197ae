"""Delimited text: encoding, separator and records, with a quote that is never closed found out.

Nothing is typed here: every cell stays the text that the file holds.
"""

from __future__ import annotations

import codecs
import csv
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Any, Final

from mirocals_desktop.importing.reader.problem import Refused
from mirocals_desktop.importing.reader.raw import Limits, RawRemark, RawSheet, RawWorkbook

MAX_LINES_OF_A_RECORD: Final = 200
MAX_COLUMNS: Final = 16_384
_RULES_ABOVE: Final = 20
SEPARATORS: Final = (";", "\t", ",", "|")
_UNUSUAL: Final = ":^~!\x1f\x1e"

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DIGITS: Final = re.compile(r"[<>]?-?\d+(?:[.,]\d+)?")
_WHOLE: Final = re.compile(r"[<>]?-?\d{1,5}")
_DECIMALS: Final = re.compile(r"\d{1,4}")
_LONGEST_FIELD: Final = 1 << 20
_LEGACY: Final = ("cp1252", "mac_roman", "cp850", "latin-1")
_HIGH: Final = re.compile(rb"[\x80-\xff]+")
_INVISIBLE: Final = str.maketrans("", "", "\ufeff\x0c")
_KEPT_AS_TEXT: Final = re.compile(r'="([^"]*)"')
_RUNS: Final = re.compile(r"\d+|[^\W\d]+")
_RULE: Final = re.compile(r"[-=+:|\s]*[-=]{2}[-=+:|\s]*")
_LIKELY: Final = frozenset("éèêëàâäçùûüîïôöœæÉÈÊÀÂÇÔÎŒßñáíóúãõåøÅØÄÖÜ°µ²³±’‘“”«»–—…·×≤≥€£½ ")


def read_text(data: bytes, limits: Limits, *, name: str) -> RawWorkbook:
    """The file as one sheet. The encoding and the separator are told as a remark."""
    decoded = decode(data)
    separator, text = _separator_line(decoded.text)
    lines = _lines(text)
    above = len(_lines(decoded.text)) - len(lines) if separator else 0
    remarks: list[RawRemark] = []
    if not any(line.strip() for line in lines):
        raise Refused("empty-file")
    if not separator:
        separator = guess_separator(lines)
    csv.field_size_limit(_LONGEST_FIELD)
    comments = _comment_lines(lines, separator)
    rows = [[line.rstrip("\n").rstrip(separator)] for line in lines[:comments]]
    starts = list(range(comments))
    records = _records(lines[comments:], _dialect(lines[comments:], separator), before=comments)
    separator = _part_wrapped(records, separator)
    rows += records.rows
    starts += records.starts
    remarks += records.remarks
    _clear(rows)
    remarks += _odd_rows(decoded, starts, above=above)
    remarks += _part_by_other_signs(rows, separator, after=comments)
    width = max((len(row) for row in rows), default=0)
    if width == 1 and _parted_by_blanks(rows):
        raise Refused("no-separator")
    if width > MAX_COLUMNS:
        raise Refused("too-many-columns", columns=width, limit=MAX_COLUMNS)
    if width * len(rows) > limits.cells:
        raise Refused("too-many-cells", sheet=name, cells=width * len(rows), row=len(rows), column=width)
    odd = _longer_than_header(rows[comments:], separator)
    if odd >= 0:
        raise Refused("more-cells-than-headers", line=comments + odd + 1)
    for row in rows:
        row.extend([""] * (width - len(row)))
    for remark in remarks:
        remark.sheet = name
    remarks.append(RawRemark("text-file", details={"encoding": decoded.encoding, "separator": separator}))

    def all_rows() -> Iterator[Sequence[str]]:
        return iter(rows)

    return RawWorkbook("text", [RawSheet(name, all_rows, height=len(rows))], remarks)


@dataclass(frozen=True)
class Decoded:
    """A text, the name of its encoding, and the lines (from 0) that are in `odd_encoding` instead."""

    text: str
    encoding: str
    odd_lines: tuple[int, ...] = ()
    odd_encoding: str = ""


def decode(data: bytes) -> Decoded:
    """The text, each line in its own encoding. Raises Refused for what is no text."""
    marked = False
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return Decoded(data[len(mark) :].decode(encoding), encoding)
            except UnicodeDecodeError as error:
                if encoding != "utf-8":
                    raise Refused("not-text") from error
                data, marked = data[len(mark) :], True
    sample = data[:4096]
    wide = _wide_encoding(sample)
    if wide:
        return Decoded(data.decode(wide, "replace"), wide)
    controls = sum(
        sample.count(byte) for byte in range(32) if byte not in (9, 10, 11, 12, 13, 28, 29, 30, 31, 26, 27)
    )
    if controls > len(sample) / 50:
        raise Refused("not-text")
    zero = data.find(0)
    if zero >= 0:
        before = data[:zero].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        raise Refused("zero-byte", line=before.count(b"\n") + 1)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    if marked or any(map(_surely_utf8, set(_HIGH.findall(data)))):
        return _decode_by_line(data)
    best = _best_legacy(data)
    return Decoded(data.decode(best, "replace"), best)


def _wide_encoding(sample: bytes) -> str:
    """UTF-16 without its mark: half of a western text is zero bytes then, the odd ones or the even ones."""
    half = len(sample) // 2
    for encoding, zeros in (("utf-16-le", sample[1::2].count(0)), ("utf-16-be", sample[::2].count(0))):
        text = sample[: 2 * half].decode(encoding, "replace")
        if zeros > half * 0.4 and sum("\0" < letter < "\u0250" for letter in text) > half * 0.9:
            return encoding
    return ""


def _surely_utf8(piece: bytes) -> bool:
    """Whether bytes beyond ASCII are letters of French or English in UTF-8: by chance they hardly are."""
    try:
        return _LIKELY.issuperset(piece.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _decode_by_line(data: bytes) -> Decoded:
    """Text put together of two encodings: a line that is no UTF-8 is read in the other one, and named."""
    lines = data.splitlines(keepends=True)
    texts: dict[int, str] = {}
    odd = []
    for number, line in enumerate(lines):
        try:
            texts[number] = line.decode("utf-8")
        except UnicodeDecodeError:
            odd.append(number)
    legacy = _best_legacy(b" ".join(p for n in odd for p in _HIGH.findall(lines[n]) if not _surely_utf8(p)))

    def read(match: re.Match[bytes]) -> bytes:
        piece = match[0]
        return piece if _surely_utf8(piece) else piece.decode(legacy, "replace").encode()

    for number in odd:
        texts[number] = _HIGH.sub(read, lines[number]).decode("utf-8")
    return Decoded("".join(texts[n] for n in range(len(lines))), "utf-8", tuple(odd), legacy)


def _odd_rows(decoded: Decoded, starts: Sequence[int], *, above: int) -> list[RawRemark]:
    """A remark for each row that holds a line in another encoding than the file; `starts` are their lines."""
    rows = dict.fromkeys(max(bisect_right(starts, line - above) - 1, 0) for line in decoded.odd_lines)
    details: dict[str, str | int | float] = {"encoding": decoded.encoding, "odd": decoded.odd_encoding}
    return [RawRemark("odd-encoding", row=row, column=0, details=details) for row in rows]


def _best_legacy(data: bytes) -> str:
    return max(_LEGACY, key=lambda encoding: _plausibility(data, encoding))


def _plausibility(data: bytes, encoding: str) -> float:
    """How much the text looks like French or English when read so: letters inside words count, signs cost."""
    high = Counter(re.findall(rb"[A-Za-z]?[\x80-\xff]+[A-Za-z]?", data[: 1 << 20]))
    score = 0.0
    for piece, count in high.items():
        try:
            text = piece.decode(encoding)
        except UnicodeDecodeError:
            return float("-inf")
        for at, letter in enumerate(text):
            if ord(letter) < 128:
                continue
            if letter in _LIKELY:
                score += count
                inside = at > 0 and text[at - 1].islower() and letter.isupper()
                score -= 1.5 * count if inside else 0
            elif letter.isalpha():
                score -= 0.5 * count
            else:
                score -= count
    return score - 0.001 * _LEGACY.index(encoding)


def _separator_line(text: str) -> tuple[str, str]:
    """The separator of a first line `sep=;`, and the text after it, as spreadsheets read it.

    Marks of the encoding and new pages within the text, left by files put one after another, are gone.
    """
    text = text.translate(_INVISIBLE)
    match = re.match(r'"?sep=(.)"?[,;\t|]*\r?\n?', text, re.IGNORECASE)
    return (match[1], text[match.end() :]) if match else ("", text)


def _lines(text: str) -> list[str]:
    """The physical lines, ended by CRLF, LF or CR, each with one newline kept for quoted fields."""
    text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    text = text.removesuffix("\x1a")  # the end of a file of DOS
    return [line + "\n" for line in text.removesuffix("\n").split("\n")]


def guess_separator(lines: Sequence[str]) -> str:
    """The separator that cuts the first lines into the same number of fields, more than one."""
    sample = [line for line in lines[:400] if line.strip() and not line.startswith("#")][:200]
    best, best_score = ",", 0.0
    for separator in SEPARATORS:
        widths = [len(row) for row in _parse(sample, separator) if any(field.strip() for field in row)]
        counts = Counter(width for width in widths if width > 1)
        if not counts:
            continue
        width, often = max(counts.items(), key=lambda item: (item[1] * min(item[0], 8), item[0]))
        score = often / max(len(widths), 1) * min(1 + width / 50, 1.5)
        if score > best_score + 1e-9:
            best, best_score = separator, score
    return best


def _parse(lines: Sequence[str], separator: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=separator, strict=False))
    except csv.Error:
        return [line.rstrip("\n").split(separator) for line in lines]


def _comment_lines(lines: Sequence[str], separator: str) -> int:
    """How many lines at the top are comments (# ...): each is one text, whatever separators it holds.

    A single one that has as many fields as the line below it is a header that begins so.
    """
    count = 0
    while count < len(lines) and lines[count].startswith("#"):
        count += 1
    alone = count == 1 and len(lines) > 1 and separator in lines[0]
    return 0 if alone and lines[0].count(separator) == lines[1].count(separator) else count


def _part_by_other_signs(rows: list[list[str]], separator: str, *, after: int) -> list[RawRemark]:
    """Part the rows that another separator cuts into as many cells as the table has, and tell of each.

    Lines of two programs are pasted together so. One line alone must hold a number: it might be a title.
    """
    widths = Counter(len(row) for row in rows[after:] if len(row) > 1)
    width = max(widths, key=lambda count: (widths[count], count), default=0)
    if width < 3:
        return []
    alone = [(n, row[0]) for n, row in enumerate(rows) if n >= after and len(row) == 1 and row[0].strip()]
    for other in SEPARATORS:
        found = {n: cells for n, text in alone if len(cells := _parse([text], other)[0]) == width}
        cells = [cell.strip() for row in found.values() for cell in row]
        if other != separator and (len(found) > 1 or any(map(_DIGITS.fullmatch, cells))):
            for number, row in found.items():
                rows[number] = row
            details: dict[str, str | int | float] = {"separator": other, "usual": separator}
            return [RawRemark("odd-separator", row=n, column=0, details=details) for n in found]
    return []


def _parted_by_blanks(rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows of one cell are those of a table, parted by blanks or by a sign nobody expects."""
    texts = [row[0] for row in rows if row and row[0].strip()][:200]
    for sign in (None, *_UNUSUAL):
        counts = Counter(len(text.split(sign)) for text in texts)
        count, often = max(counts.items(), key=lambda item: item[1], default=(0, 0))
        if count > 2 and often > 2 and often >= 0.9 * len(texts):
            return True
    return False


def _longer_than_header(rows: Sequence[Sequence[str]], separator: str) -> int:
    """The first row with more cells than the header where no column is sure then, else -1.

    Either a decimal comma parts cells as the separator does ("5,1" is two), or the header lacks one name
    that every row has a cell for, as statistical programs write it: names would stand above other values.
    """
    numeric = (n for n, row in enumerate(rows[:40]) if any(_DIGITS.fullmatch(cell.strip()) for cell in row))
    first = next(numeric, 0)
    if not first:
        return -1
    head = max(range(first), key=lambda n: len(rows[n]))
    width = len(rows[head])
    if width < 2:
        return -1
    longer, count = [], 0
    uneven = any(any(row) and len(row) <= width for row in rows[head + 1 :])
    for number, row in enumerate(rows[head + 1 :], start=head + 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (len(cells) > width and not any(_DIGITS.search(cell) for cell in cells)):
            break  # the end of the table, or the header of another one
        count += 1
        if len(cells) <= width or (not uneven and not any(cells[width:])):
            continue
        longer.append(number)
        pairs = sum(bool(_WHOLE.fullmatch(one) and _DECIMALS.fullmatch(two)) for one, two in pairwise(cells))
        if separator == "," and pairs >= max(1, sum(map(bool, cells[width:]))):
            return number
    exactly = all(rows[n][width].strip() and not any(rows[n][width + 1 :]) for n in longer)
    return longer[0] if count > 2 and len(longer) >= 0.9 * count and exactly else -1


@dataclass
class _Records:
    """Rows of cells, the line where each one starts, and what was odd."""

    rows: list[list[str]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    remarks: list[RawRemark] = field(default_factory=list)


def _dialect(lines: Sequence[str], separator: str) -> dict[str, Any]:
    """How cells are quoted: by "", and rarely by '', after a blank, or with \\" for a quote inside."""
    dialect: dict[str, Any] = {"delimiter": separator}
    sample = "".join(lines[:400])
    if '"' not in sample:
        rows = [line.strip() for line in lines[1:100] if line.strip()]
        quoted = sum(row[0] == row[-1] == "'" and f"'{separator}'" in row for row in rows)
        return {**dialect, "quotechar": "'"} if 2 * quoted > len(rows) else dialect
    if re.search(rf'{re.escape(separator)} +"[^"]*"\s*(?:{re.escape(separator)}|$)', sample, re.MULTILINE):
        dialect["skipinitialspace"] = True
    if '\\"' in sample and _records(lines, dialect, before=0).remarks:
        escaped = {**dialect, "escapechar": "\\", "doublequote": False}
        return dialect if _records(lines, escaped, before=0).remarks else escaped
    return dialect


def _part_wrapped(records: _Records, separator: str) -> str:
    """Part rows that are quoted as a whole, as a table read with the wrong separator is saved again.

    Gives the separator between the cells then, else the one that was guessed.
    """
    texts = [row[0] for row in records.rows if row and row[0].strip()]
    if len(texts) < 2 or any(len(row) > 1 for row in records.rows) or any("\n" in text for text in texts):
        return separator
    inner = guess_separator(texts)
    counts = Counter(map(len, _parse(texts, inner)))
    width, often = max(counts.items(), key=lambda item: item[1])
    if width < 2 or often < 0.9 * len(texts):
        return separator
    records.rows = [_parse(row[:1], inner)[0] if row and row[0].strip() else row for row in records.rows]
    return inner


def _clear(rows: list[list[str]]) -> None:
    """Take away what is no content: ="001" that keeps a text a text, and rules drawn below a header."""
    for number, row in enumerate(rows):
        for at, cell in enumerate(row):
            if cell.startswith('="') and (kept := _KEPT_AS_TEXT.fullmatch(cell)):
                row[at] = kept[1]
        filled = [cell for cell in row if cell.strip()] if number < _RULES_ABOVE else []
        if filled and all(map(_RULE.fullmatch, filled)):
            row[:] = [""] * len(row)


def _records(lines: Sequence[str], dialect: Mapping[str, Any], *, before: int) -> _Records:
    """The records, `before` lines standing above them.

    A quote that is not closed where it should be is read as a sign of its own, and told.
    """
    found = _Records()
    at = 0
    while at < len(lines):
        reader = csv.reader(islice(lines, at, None), **dialect, strict=True)
        read = 0
        try:
            for row in reader:
                if reader.line_num - read > 1 and _swallows(
                    row, lines[at + read : at + reader.line_num], dialect
                ):
                    break
                found.rows.append(row)
                found.starts.append(before + at + read)
                read = reader.line_num
            else:
                return found
        except csv.Error as error:
            if "field limit" in str(error):
                line = before + at + read + 1
                raise Refused("long-cell", line=line, limit=_LONGEST_FIELD) from error
        found.remarks.append(RawRemark("quote-not-closed", row=before + len(found.rows), column=0))
        found.rows.append(lines[at + read].rstrip("\n").split(dialect["delimiter"]))
        found.starts.append(before + at + read)
        at += read + 1
    return found


def _swallows(row: Sequence[str], lines: Sequence[str], dialect: Mapping[str, Any]) -> bool:
    """Whether a cell of many lines is two stray quotes with whole rows of the table between them."""
    if len(lines) > MAX_LINES_OF_A_RECORD:
        return True
    sign, signs = dialect["delimiter"], len(row) - 1
    same = {_RUNS.sub(_one_sign, line.split(sign, 1)[0].strip()) for line in lines}
    return signs > 1 and len(same) == 1 and all(line.count(sign) == signs for line in lines)


def _one_sign(run: re.Match[str]) -> str:
    return "0" if run[0].isdigit() else "a"
