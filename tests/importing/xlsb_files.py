"""Binary workbooks made record by record, as [MS-XLSB] has them: no library writes them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence

_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def record(kind: int, data: bytes = b"") -> bytes:
    """A record: its type and length as numbers of seven bits a byte, then its data."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, left = b"", len(data)
    while left > 127:
        length, left = length + bytes([left & 0x7F | 0x80]), left >> 7
    return head + length + bytes([left]) + data


def text(value: str) -> bytes:
    """A text with its length before it."""
    return struct.pack("<I", len(value)) + value.encode("utf-16-le")


def cell(column: int, value: object, *, style: int = 0) -> bytes:
    """A cell of a text, a number, a truth, or of an error, given as its code in bytes."""
    head = struct.pack("<II", column, style)
    if isinstance(value, bytes):
        return record(3, head + value)
    if isinstance(value, bool):
        return record(4, head + bytes([value]))
    if isinstance(value, str):
        return record(6, head + text(value))
    assert isinstance(value, (int, float))
    return record(5, head + struct.pack("<d", value))


def xlsb(rows: dict[int, Sequence[bytes]], formats: Sequence[str] = ()) -> bytes:
    """A workbook of one sheet S with these cells; style n is shown in the n-th format, counted from 1."""
    bundle = record(156, struct.pack("<II", 0, 1) + text("rId1") + text("S"))
    book = record(131) + record(153, bytes(12)) + record(143) + bundle + record(144) + record(132)
    head = "<IIHBBBI"
    body = b"".join(record(0, struct.pack(head, n, 0, 300, 0, 0, 0, 0)) + b"".join(rows[n]) for n in rows)
    size = struct.pack("<IIII", 0, max(rows), 0, 16383)
    sheet = record(129) + record(148, size) + record(145) + body + record(146) + record(130)
    codes = b"".join(record(44, struct.pack("<H", 164 + n) + text(code)) for n, code in enumerate(formats))
    styles = [
        record(47, struct.pack("<HH", 0, number) + bytes(12))
        for number in (0, *range(164, 164 + len(formats)))
    ]
    count = struct.pack("<I", len(formats))
    looks = record(278) + record(615, count) + codes + record(616) + record(617, count) + b"".join(styles)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr("xl/workbook.bin", book)
        package.writestr("xl/worksheets/sheet1.bin", sheet)
        package.writestr("xl/styles.bin", looks + record(618) + record(279))
        package.writestr(
            "xl/_rels/workbook.bin.rels",
            f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" Type="{_OFFICE}/worksheet"'
            f' Target="worksheets/sheet1.bin"/><Relationship Id="rId2" Type="{_OFFICE}/styles"'
            ' Target="styles.bin"/></Relationships>',
        )
    return stream.getvalue()
