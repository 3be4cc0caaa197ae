"""OpenDocument spreadsheets locked with a password: opened in memory, in the child process.

The encryption is that of OpenDocument 1.2 (each part deflated, then AES-256 in CBC mode under a key made by
PBKDF2) and that of LibreOffice from 24.8 on (the whole package, AES-256 in GCM mode, Argon2id).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import zipfile
import zlib
from typing import Final
from xml.etree.ElementTree import Element

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from mirocals_desktop.importing.reader.package import Package, attribute, local
from mirocals_desktop.importing.reader.problem import Refused
from mirocals_desktop.importing.reader.raw import Limits

_WHOLE: Final = "encrypted-package"
_MAX_ROUNDS: Final = 5_000_000
_MAX_PASSES: Final = 64
_MAX_MEMORY_KIB: Final = 1 << 20
_MAX_LANES: Final = 64
_CHECKED_BYTES: Final = 1024


def unlock(package: Package, limits: Limits, password: str | None) -> Package:
    """The package behind the password.

    Raises Refused when there is none, when it is the wrong one, and for a way of locking that is not known.
    """
    if not password:
        raise Refused("password")
    locks = _read_locks(package)
    if _WHOLE in locks:
        return Package(_opened(package.read(_WHOLE), locks[_WHOLE], password, limits), limits)
    out = io.BytesIO()
    left = limits.unpacked_bytes
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for name, lock in locks.items():
            if name in ("content.xml", "styles.xml") and package.has(name):
                part = _opened(package.read_raw(name), lock, password, limits)
                left -= len(part)
                if left < 0:
                    raise Refused(
                        "unpacks-too-large", size=limits.unpacked_bytes - left, limit=limits.unpacked_bytes
                    )
                target.writestr(name, part)
        if "content.xml" not in locks:
            raise Refused("locked-ods")
    return Package(out.getvalue(), limits)


def _read_locks(package: Package) -> dict[str, Element]:
    """The encryption of each part that has one."""
    locks = {}
    for entry in package.tree("META-INF/manifest.xml").iter():
        if local(entry.tag) == "file-entry":
            for lock in entry:
                if local(lock.tag) == "encryption-data":
                    locks[attribute(entry, "full-path")] = lock
    return locks


def _opened(data: bytes, lock: Element, password: str, limits: Limits) -> bytes:
    """One part, decrypted and inflated."""
    about = {local(part.tag): part for part in lock}
    if not {"algorithm", "key-derivation"} <= about.keys():
        raise Refused("locked-ods")
    try:
        key = _key(about, password)
        start = base64.b64decode(attribute(about["algorithm"], "initialisation-vector"))
        name = attribute(about["algorithm"], "algorithm-name")
        if name.endswith("aes256-gcm"):
            plain = AESGCM(key).decrypt(start, data.removeprefix(start), None)
        elif name.endswith("aes256-cbc") and data and len(data) % 16 == 0:
            opener = Cipher(AES(key), CBC(start)).decryptor()
            plain = opener.update(data) + opener.finalize()
        else:
            raise Refused("locked-ods")
    except InvalidTag as error:
        raise Refused("wrong-password") from error
    except (ValueError, binascii.Error) as error:
        raise Refused("damaged", reason="encryption") from error
    _check(plain, lock)
    return _inflated(plain, limits)


def _key(about: dict[str, Element], password: str) -> bytes:
    """The key, by the ways that the file names. Raises Refused for more work than a spreadsheet asks for."""
    first = about.get("start-key-generation")
    name = attribute(first, "start-key-generation-name") if first is not None else "sha1"
    short = hashlib.sha256 if name.endswith("sha256") else hashlib.sha1
    start = short(password.encode()).digest()
    way = about["key-derivation"]
    salt = base64.b64decode(attribute(way, "salt"))
    size = _number(way, "key-size", default=16)
    if size != 32:
        raise Refused("locked-ods")  # Blowfish, as OpenOffice used it
    kind = attribute(way, "key-derivation-name")
    if kind.endswith("argon2id"):
        passes = _number(way, "argon2-iterations", most=_MAX_PASSES)
        memory = _number(way, "argon2-memory", most=_MAX_MEMORY_KIB)
        lanes = _number(way, "argon2-lanes", most=_MAX_LANES)
        return Argon2id(salt=salt, length=size, iterations=passes, lanes=lanes, memory_cost=memory).derive(
            start
        )
    if "PBKDF2" not in kind.upper():
        raise Refused("locked-ods")
    rounds = _number(way, "iteration-count", most=_MAX_ROUNDS)
    return hashlib.pbkdf2_hmac("sha1", start, salt, rounds, size)


def _number(element: Element, name: str, *, default: int = 0, most: int = 1 << 16) -> int:
    text = attribute(element, name)
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else default
    if not 0 < number <= most:
        raise Refused("locked-ods")
    return number


def _check(plain: bytes, lock: Element) -> None:
    """Raises Refused for the wrong password, by the hash that the file has of its first bytes."""
    kind, said = attribute(lock, "checksum-type").lower(), attribute(lock, "checksum")
    if not said:
        return
    short = hashlib.sha256 if "sha256" in kind else hashlib.sha1
    if base64.b64encode(short(plain[:_CHECKED_BYTES]).digest()).decode() != said:
        raise Refused("wrong-password")


def _inflated(plain: bytes, limits: Limits) -> bytes:
    """The part, which was deflated before it was encrypted."""
    if plain.startswith(b"PK\x03\x04"):
        return plain
    try:
        opener = zlib.decompressobj(-zlib.MAX_WBITS)
        part = opener.decompress(plain, limits.unpacked_bytes + 1)
    except zlib.error as error:
        raise Refused("wrong-password") from error
    if len(part) > limits.unpacked_bytes:
        raise Refused("unpacks-too-large", size=len(part), limit=limits.unpacked_bytes)
    if not opener.eof:
        raise Refused("damaged", reason="cut off")
    return part
