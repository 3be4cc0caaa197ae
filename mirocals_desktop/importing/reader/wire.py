"""How the two processes talk: frames of one JSON header and raw bytes; nothing that could be executed.

A frame is: the length of the header (4 bytes), the header as JSON, then the blobs whose lengths the header
lists under "blobs". Light on purpose: the child process imports it.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import IO, Any, Final

_LENGTH: Final = struct.Struct("<I")
MAX_HEADER_BYTES: Final = 1 << 30


class BrokenFrame(Exception):
    """The stream ended or holds nonsense in the middle of a frame."""


def write_frame(stream: IO[bytes], header: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> None:
    """Write one frame and flush it."""
    text = json.dumps({**header, "blobs": [len(blob) for blob in blobs]}).encode("ascii")
    stream.write(_LENGTH.pack(len(text)))
    stream.write(text)
    for blob in blobs:
        stream.write(blob)
    stream.flush()


def read_frame(stream: IO[bytes]) -> tuple[dict[str, Any], list[bytes]] | None:
    """The next frame, or None where the stream ends properly. Raises BrokenFrame on anything else."""
    start = stream.read(_LENGTH.size)
    if not start:
        return None
    if len(start) < _LENGTH.size:
        raise BrokenFrame("length cut short")
    (length,) = _LENGTH.unpack(start)
    if length > MAX_HEADER_BYTES:
        raise BrokenFrame("header too long")
    try:
        header = json.loads(_exactly(stream, length))
        lengths = header["blobs"]
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenFrame("header is not JSON") from error
    return header, [_exactly(stream, int(size)) for size in lengths]


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise BrokenFrame("blob cut short")
    return data
