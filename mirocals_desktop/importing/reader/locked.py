"""Workbooks locked with a password: opened in the child process, nothing unlocked is ever written."""

from __future__ import annotations

import io
import struct
from typing import Final

import msoffcrypto
from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError
from msoffcrypto.format import xls97
from msoffcrypto.format.ooxml import OOXMLFile

from mirocals_desktop.importing.reader.problem import Refused

_BROKEN: Final = (
    DecryptionError, FileFormatError, ParseError, OSError, ValueError, LookupError, EOFError, struct.error,
    AssertionError, TypeError, AttributeError, ArithmeticError, NotImplementedError,
)  # fmt: skip
"""What msoffcrypto raises for a damaged file, of which it expects less than can be."""


class _Memory:
    """Stands for `tempfile` where an .xls is unlocked."""

    TemporaryFile = io.BytesIO


def is_locked(data: bytes) -> bool:
    """Whether an .xls is locked with a password: its container looks like that of any other."""
    try:
        return bool(msoffcrypto.OfficeFile(io.BytesIO(data)).is_encrypted())
    except _BROKEN:
        return False  # damaged, which its reader tells


def unlock(data: bytes, password: str | None) -> bytes:
    """The workbook behind the password. Raises Refused when there is none, or it is the wrong one."""
    if not password:
        raise Refused("password")
    out = io.BytesIO()
    xls97.tempfile = _Memory  # nothing unlocked is written, and this process may not write
    try:
        locked = msoffcrypto.OfficeFile(io.BytesIO(data))
        checked = {"verify_password": True} if isinstance(locked, OOXMLFile) else {}  # an .xls always does
        locked.load_key(password=password, **checked)
        locked.decrypt(out)
    except InvalidKeyError as error:
        raise Refused("wrong-password") from error
    except _BROKEN as error:
        raise Refused("damaged", reason=str(error)[:200]) from error
    return out.getvalue()
