"""Workbooks locked with a password: opened in the child process, nothing unlocked is ever written."""

from __future__ import annotations

import io

import msoffcrypto
from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError

from mirocals_desktop.importing.reader.problem import Refused


def unlock(data: bytes, password: str | None) -> bytes:
    """The workbook behind the password. Raises Refused when there is none, or it is the wrong one."""
    if not password:
        raise Refused("password")
    out = io.BytesIO()
    try:
        locked = msoffcrypto.OfficeFile(io.BytesIO(data))
        locked.load_key(password=password, verify_password=True)
        locked.decrypt(out)
    except InvalidKeyError as error:
        raise Refused("wrong-password") from error
    except (DecryptionError, FileFormatError, ParseError, OSError, ValueError, KeyError, EOFError) as error:
        raise Refused("damaged", reason=str(error)[:200]) from error
    return out.getvalue()
