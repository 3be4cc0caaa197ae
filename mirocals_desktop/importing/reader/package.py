"""A zip package (xlsx, xlsb, ods) opened with care: bounded, checked, and its parts by name."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Mapping
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from mirocals_desktop.importing.reader.problem import Refused
from mirocals_desktop.importing.reader.raw import Limits

_CHUNK = 1 << 20
_SMALL_PART = 64 << 20
_DECLARATION = re.compile(rb"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["'][^>]*\?>""")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")


class Package:
    """The parts of a package. Every part that is read is unpacked once, in full, against the limits."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
            raise Refused("damaged", reason=str(error)) from error
        self._limits = limits
        self._unpacked = 0
        self.unusual = False  # whether parts are packed or written in a way that calamine does not know
        infos = self._zip.infolist()
        if len(infos) > limits.entries:
            raise Refused("too-many-entries", entries=len(infos), limit=limits.entries)
        claimed = sum(info.file_size for info in infos)
        if claimed > limits.unpacked_bytes:
            raise Refused("unpacks-too-large", size=claimed, limit=limits.unpacked_bytes)
        self._infos = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in infos}
        parts = sum(not info.is_dir() for info in infos)
        if parts > sum(not info.is_dir() for info in self._infos.values()):
            raise Refused("parts-twice")
        self.unusual = any(i.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for i in infos)

    def names(self) -> list[str]:
        """The names of all parts, in lower case."""
        return list(self._infos)

    def has(self, name: str) -> bool:
        """Whether there is a part of this name, whatever its case."""
        return name.lower() in self._infos

    def read(self, name: str) -> bytes:
        """One part, XML in UTF-8. Raises Refused when it is missing, damaged, locked or too large."""
        data = self.read_raw(name)
        return self._in_utf8(data) if name.lower().endswith((".xml", ".rels")) else data

    def read_raw(self, name: str) -> bytes:
        """One part as its bytes are."""
        info = self._infos.get(name.lower())
        if info is None:
            raise Refused("damaged", reason=f"{name} is missing")
        if info.flag_bits & 1:
            raise Refused("locked-zip")
        pieces = []
        try:
            with self._zip.open(info) as stream:
                while piece := stream.read(_CHUNK):
                    self._unpacked += len(piece)
                    if self._unpacked > 2 * self._limits.unpacked_bytes:
                        raise Refused(
                            "unpacks-too-large", size=self._unpacked, limit=self._limits.unpacked_bytes
                        )
                    pieces.append(piece)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            ValueError,
            NotImplementedError,
            RuntimeError,
            OSError,
        ) as e:
            raise Refused("damaged", reason=f"{name}: {e}") from e
        return b"".join(pieces)

    def _in_utf8(self, xml: bytes) -> bytes:
        wide = xml.startswith(_UTF_16)
        said = None if wide else _DECLARATION.match(xml[:200])
        encoding = "utf-16" if xml[:1] in b"\xff\xfe" else "utf-16-le" if xml[1:2] == b"\0" else "utf-16-be"
        if said is not None:
            encoding = said[1].decode("ascii").lower()
        if not wide and (said is None or encoding in ("utf-8", "utf8", "us-ascii")):
            return xml
        try:
            text = xml.decode("cp1252" if encoding in ("iso-8859-1", "latin-1") else encoding)
        except (LookupError, UnicodeDecodeError) as error:
            raise Refused("damaged", reason=f"encoding {encoding}") from error
        self.unusual = True
        return re.sub(rb"\A\s*<\?xml[^>]*\?>", b"", text.lstrip("\ufeff").encode(), count=1)

    def tree(self, name: str) -> Element:
        """One small XML part as a tree. Raises Refused when it is no XML or holds a document type."""
        info = self._infos.get(name.lower())
        if info is not None and info.file_size > _SMALL_PART:
            raise Refused("unpacks-too-large", size=info.file_size, limit=_SMALL_PART)
        return parse_tree(self.read(name), name)

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """The relations of a part: id -> (last word of its type, name of the target part)."""
        folder, base = posixpath.split(name)
        rels = f"{folder}/_rels/{base}.rels" if folder else f"_rels/{base}.rels"
        if not self.has(rels):
            return {}
        found = {}
        for relation in self.tree(rels):
            target = relation.get("Target", "")
            if relation.get("TargetMode") == "External":
                continue
            path = (
                target.lstrip("/")
                if target.startswith("/")
                else posixpath.normpath(posixpath.join(folder, target))
            )
            found[relation.get("Id", "")] = (relation.get("Type", "").rsplit("/", 1)[-1], path)
        return found

    def check(self, skip: frozenset[str] = frozenset()) -> None:
        """Unpack every part that a spreadsheet reader may touch, so that it meets no bomb and no damage.

        Parts in `skip` (lower case) have been unpacked already.
        """
        for name, info in self._infos.items():
            if info.file_size and name not in skip and name.endswith((".xml", ".rels", ".bin")):
                self.read(name)

    def rewritten(self, parts: Mapping[str, bytes]) -> bytes:
        """The package with some parts replaced, uncompressed."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
            for name, info in self._infos.items():
                if not info.is_dir():
                    target.writestr(info.filename, parts[name] if name in parts else self.read(name))
        return out.getvalue()


def parse_tree(xml: bytes, name: str) -> Element:
    """XML as a tree. Raises Refused when it is none or holds a document type."""
    try:
        tree: Element = fromstring(xml, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Refused("entities") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Refused("damaged", reason=f"{name}: {type(error).__name__}") from error
    return tree


def local(tag: str) -> str:
    """The name of an element without its namespace."""
    return tag.rsplit("}", 1)[-1]


def attribute(element: Element, name: str) -> str:
    """An attribute by its local name, "" when it is missing."""
    for key, value in element.attrib.items():
        if local(key) == name:
            return str(value)
    return ""
