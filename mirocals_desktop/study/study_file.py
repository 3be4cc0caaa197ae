"""A study's file before any database: whether it is one, which file it really is, who holds it, its key."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from mirocals_desktop.errors import AppError, reason_of
from mirocals_desktop.i18n import _
from mirocals_desktop.study import sealing
from mirocals_desktop.study.refusals import PassphraseNeeded, damaged, in_use, no_study

APPLICATION_ID: Final = 0x4D49524F  # "MIRO"

_SQLITE_HEADER: Final = b"SQLite format 3\x00"
_PAGE: Final = 4096
_NOWHERE: Final = (0, 0)

Identity = tuple[int, int]
"""What tells a file from every other, whatever it is called; `(0, 0)` where there is none."""

_held: set[Identity] = set()
_held_lock = threading.Lock()
# Studies open in this process. A second opener must be told before it touches the file: on POSIX, closing any
# handle of a file drops the locks that the first one holds on it.


def identity_of(path: Path) -> Identity:
    """Which file is at a path."""
    try:
        found = path.stat()
    except OSError:
        return _NOWHERE
    return (found.st_dev, found.st_ino)


def refuse_taken(path: Path) -> None:
    """AppError when there is something at the path where a study or its copy shall be made."""
    if identity_of(path) != _NOWHERE:  # nothing is at a path that is too long either: making the file says so
        raise AppError(
            _("There is a file {file} already.").format(file=path), hint=_("Choose another name, or open it.")
        )


def refuse_held(path: Path) -> None:
    """AppError when this process has the file open."""
    with _held_lock:
        if identity_of(path) in _held:
            raise in_use(path)


def hold(path: Path) -> Identity:
    """Take the file for this process until `release`; AppError when it is taken."""
    identity = identity_of(path)
    with _held_lock:
        if identity in _held:
            raise in_use(path)
        _held.add(identity)
    return identity


def release(identity: Identity) -> None:
    """Let others have the file. Nothing happens when it was not held."""
    with _held_lock:
        _held.discard(identity)


def key_of(path: Path, passphrase: str | None) -> str:
    """The key of a study's file as SQLCipher takes it, "" where it is not encrypted.

    AppError when the file cannot be read, is empty or no study; `PassphraseNeeded` when it is encrypted and
    no passphrase is given. Whether one opens it, only the database can tell.
    """
    header = _read_header(path)
    if header.startswith(_SQLITE_HEADER):
        if not _is_ours(header):
            raise no_study(path)
        return ""
    return _key_of_encrypted(path, header, passphrase)


def raw_key(passphrase: str, salt: bytes) -> str:
    """Key and salt as SQLCipher takes them, in hexadecimal; the salt is the beginning of the file."""
    return sealing.derive_key(passphrase, salt).hex() + salt.hex()


def _read_header(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as error:
        raise AppError(
            _("The study {file} could not be opened: {reason}.").format(file=path, reason=reason_of(error)),
            hint=_("Look whether it was moved, or whether the drive is connected."),
        ) from error
    if not header:
        raise AppError(_("The file {file} is empty.").format(file=path), hint=_("Go back to a backup."))
    return header


def _is_ours(header: bytes) -> bool:
    return int.from_bytes(header[68:72], "big") == APPLICATION_ID


def _key_of_encrypted(path: Path, header: bytes, passphrase: str | None) -> str:
    """The key of a file that is not plainly SQLite: an encrypted study, or something else altogether."""
    # Four bytes each: an encrypted study begins with random ones, and one in 256 with any that one chooses.
    known = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")
    text = all(byte >= 32 or byte in (9, 10, 13) for byte in header)
    if _is_ours(header):  # one chance in four thousand million that an encrypted file says so
        raise damaged(path)
    if header.startswith(known) or text or path.stat().st_size % _PAGE:
        raise no_study(path)
    if passphrase is None:
        raise PassphraseNeeded(
            _("{file} is protected by a passphrase, or it is no study.").format(file=path),
            hint=_("Give the passphrase of the study."),
        )
    return raw_key(passphrase, header[: sealing.SALT_BYTES])
