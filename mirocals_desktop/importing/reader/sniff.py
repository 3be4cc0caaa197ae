"""What a file is, told by its first bytes and not by its suffix."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from mirocals_desktop.importing.reader.problem import Refused

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BARE_BIFF = (
    b"\x09\x00\x04\x00",
    b"\x09\x02\x06\x00",
    b"\x09\x04\x06\x00",
    b"\x09\x08\x08\x00",
    b"\x09\x08\x10\x00",
)
_OTHER = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"\x1f\x8b", "compressed"),
    (b"7z\xbc\xaf\x27\x1c", "compressed"),
    (b"Rar!", "compressed"),
    (b"BZh", "compressed"),
    (b"SQLite format 3", "database"),
    (b"{\\rtf", "word"),
    (b"\x7fELF", "program"),
    (b"MZ\x90", "program"),
    (b"MZP\0", "program"),
    (b"II*\0", "picture"),
    (b"MM\0*", "picture"),
    (b"\0\1\0\0Standard", "database"),
    (b"$FL2@(#)", "spss"),
    (b"$FL3@(#)", "spss"),
    (b"<stata_dta>", "stata"),
)
_SAS_DATA_SET = bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")
_OLD_STATA = re.compile(rb"[\x69-\x73][\x01\x02]\x01\x00")
_R_DATA = (b"X\n\0\0", b"A\n", b"RDX", b"RDA")
_BEFORE_MARKUP = re.compile(rb"\A(?:[\xef\xbb\xbf\xff\xfe\s]|<!--.*?-->)*", re.DOTALL)
_JSON = re.compile(rb"""\{\s*["}]|\[\s*[\[{]""")


def guess_format(data: bytes) -> str:
    """The format: "xlsx", "xlsb", "ods", "xls", "encrypted", "xpt", "html", "mhtml", "xml2003" or
    "text".

    Raises Refused for an empty file and for one that is certainly no table.
    """
    if not data:
        raise Refused("empty-file")
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _inside_zip(data)
    if data[:8] == _OLE:
        return _inside_ole(data)
    kind = _other_kind(data)
    if kind:
        raise Refused("not-a-table", kind=kind)
    if data.startswith(b"HEADER RECORD*******"):
        return "xpt"
    head = _BEFORE_MARKUP.sub(b"", data[:8192].replace(b"\0", b"")).lower()
    if head.startswith((b"<?xml", b"<workbook")) and b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        return "xml2003"
    if head.startswith((b"<!doctype html", b"<html", b"<table")) or (
        head.startswith((b"<?xml", b"<meta", b"<head", b"<style")) and (b"<html" in head or b"<table" in head)
    ):
        return "html"
    if head.startswith(b"mime-version:") and b"multipart" in head:
        return "mhtml"
    if head.startswith(b"<?xml"):
        raise Refused("not-a-table", kind="xml")
    if _JSON.match(head):
        raise Refused("not-a-table", kind="json")
    if data[:4] in _BARE_BIFF:
        raise Refused("old-excel")
    return "text"


def _other_kind(data: bytes) -> str:
    """What the file certainly is, when its first bytes tell that it is no table we read, else ""."""
    kind = next((kind for start, kind in _OTHER if data.startswith(start)), "")
    if kind == "compressed" and data[:2] == b"\x1f\x8b":
        try:
            inside = zlib.decompressobj(31).decompress(data[:4096], 8)
        except zlib.error:
            return kind
        return "r" if inside.startswith(_R_DATA) else kind
    if data[12:32] == _SAS_DATA_SET:
        return "sas"
    if b"SPSS PORT FILE" in data[:300]:
        return "spss"
    return "stata" if not kind and _OLD_STATA.match(data) else kind


def _inside_zip(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = set(package.namelist())
            mimetype = package.read("mimetype")[:100] if "mimetype" in names else b""
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError, OSError) as error:
        raise Refused("damaged", reason=str(error)) from error
    lower = {name.lower().replace("\\", "/") for name in names}
    if "xl/workbook.bin" in lower:
        return "xlsb"
    if any(name.startswith("xl/") and name.endswith(".xml") for name in lower):
        return "xlsx"
    if mimetype.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        return "ods"
    if "word/document.xml" in lower or b"opendocument.text" in mimetype:
        raise Refused("not-a-table", kind="word")
    if "ppt/presentation.xml" in lower or b"opendocument.presentation" in mimetype:
        raise Refused("not-a-table", kind="slides")
    if "index/document.iwa" in lower or "index.zip" in lower:
        raise Refused("not-a-table", kind="numbers")
    raise Refused("not-a-table", kind="compressed")


def _inside_ole(data: bytes) -> str:
    """An OLE container: names of its streams stand in it as UTF-16."""

    def has(name: str) -> bool:
        return name.encode("utf-16-le") in data

    if has("EncryptedPackage"):
        return "encrypted"
    if has("Workbook") or has("Book"):
        return "xls"
    if has("WordDocument"):
        raise Refused("not-a-table", kind="word")
    if has("PowerPoint Document"):
        raise Refused("not-a-table", kind="slides")
    raise Refused("not-a-table", kind="unknown")
