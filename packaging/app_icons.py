"""The program's icons in the forms that systems read: PNG in all sizes, and the containers ICO and ICNS."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize
from PySide6.QtGui import QImageReader, QImageWriter

SIZES: Final = (16, 24, 32, 48, 64, 128, 256, 512)
_ICO: Final = (16, 24, 32, 48, 64, 256)
_ICNS: Final = {
    b"icp4": 16,
    b"icp5": 32,
    b"icp6": 64,
    b"ic07": 128,
    b"ic08": 256,
    b"ic09": 512,
    b"ic10": 1024,
}


def draw_png(drawing: Path, size: int) -> bytes:
    """The drawing (an SVG) as a square PNG. Raises ValueError where it cannot be drawn."""
    reader = QImageReader(str(drawing))
    reader.setScaledSize(QSize(size, size))
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not QImageWriter(buffer, QByteArray(b"png")).write(reader.read()):
        raise ValueError(f"{drawing} cannot be drawn: {reader.errorString()}")
    return bytes(data.data())


def write_ico(drawing: Path, target: Path) -> None:
    """The drawing as a Windows icon: a directory of PNG pictures."""
    pictures = [draw_png(drawing, size) for size in _ICO]
    head = struct.pack("<HHH", 0, 1, len(pictures))
    place = len(head) + 16 * len(pictures)
    entries = b""
    for size, picture in zip(_ICO, pictures, strict=True):
        side = size % 256  # 256 is written as 0
        entries += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(picture), place)
        place += len(picture)
    target.write_bytes(head + entries + b"".join(pictures))


def write_icns(drawing: Path, target: Path) -> None:
    """The drawing as a macOS icon: named PNG pictures one after the other."""
    body = b""
    for name, size in _ICNS.items():
        picture = draw_png(drawing, size)
        body += name + struct.pack(">I", len(picture) + 8) + picture
    target.write_bytes(b"icns" + struct.pack(">I", len(body) + 8) + body)


def write_hicolor(drawing: Path, folder: Path, *, context: str, name: str) -> None:
    """The drawing in every size of the freedesktop icon theme under `folder` (".../icons/hicolor")."""
    for size in SIZES:
        target = folder / f"{size}x{size}" / context / f"{name}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(draw_png(drawing, size))
    scalable = folder / "scalable" / context / f"{name}.svg"
    scalable.parent.mkdir(parents=True, exist_ok=True)
    scalable.write_bytes(drawing.read_bytes())
