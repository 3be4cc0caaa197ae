"""The only cryptography: values of a blinded study sealed one by one, and passphrases turned into keys.

A blinded study holds a public key (X25519). Whoever imports needs nothing else: a value is encrypted for that
key (ephemeral X25519, HKDF-SHA256, ChaCha20-Poly1305) and bound to its study, patient, variable, visit and
record, so that a sealed value moved to another patient does not open. The private key is in a key file, apart
from the study, under a passphrase (Argon2id). Every sealed value is padded, for its length would tell "IL-2"
from "placebo".
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mirocals_desktop.errors import AppError, reason_of
from mirocals_desktop.i18n import _

SALT_BYTES: Final = 16
SHORTEST_PASSPHRASE: Final = 8

_FORMAT: Final = "mirocals key 1"
_SEAL: Final = b"mirocals sealed value 1"
_BLOCK: Final = 256  # a sealed value is padded to a multiple of this many bytes
_NONCE_BYTES: Final = 12
_PUBLIC_BYTES: Final = 32


class Value(NamedTuple):
    """What a seal keeps from sight: the value and everything that would tell it."""

    number: float | None
    text: str
    qualifier: str
    unit: str
    raw: str


class Place(NamedTuple):
    """What a sealed value is bound to."""

    patient: str
    variable: str
    visit: str
    record: int


@dataclass(frozen=True, repr=False)
class PrivateKey:
    """The key that opens the sealed values of one study. It never leaves memory but into a key file."""

    secret: X25519PrivateKey

    @property
    def public(self) -> bytes:
        """The public key that belongs to it: 32 bytes."""
        return self.secret.public_key().public_bytes_raw()


def derive_key(passphrase: str, salt: bytes) -> bytes:
    """A key of 32 bytes from a passphrase by Argon2id; a second of work on purpose."""
    # the costs are the second recommendation of RFC 9106; they belong to the formats of study and key file
    cost = Argon2id(salt=salt, length=32, iterations=3, lanes=4, memory_cost=64 * 1024)
    return cost.derive(passphrase.encode("utf-8"))


def check_passphrase(passphrase: str) -> None:
    """AppError when a new passphrase is too short to protect anything."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise AppError(
            _("The passphrase is too short."),
            hint=_("Choose one of at least {count} characters.").format(count=SHORTEST_PASSPHRASE),
        )


class Sealer:
    """Seals the values of one entry with the study's public key; it cannot open them again."""

    def __init__(self, public_key: bytes, *, study_id: str) -> None:
        ephemeral = X25519PrivateKey.generate()
        self._study_id = study_id
        self._public = ephemeral.public_key().public_bytes_raw()
        shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public_key))
        self._cipher = ChaCha20Poly1305(_derive(shared, self._public, public_key))

    def seal(self, value: Value, place: Place) -> bytes:
        """The sealed value: ephemeral public key, nonce, ciphertext."""
        content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        padded = content.ljust(-(-len(content) // _BLOCK) * _BLOCK)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return self._public + nonce + self._cipher.encrypt(nonce, padded, _bound(self._study_id, place))


class Opener:
    """Opens sealed values of one study with its private key."""

    def __init__(self, key: PrivateKey, *, study_id: str) -> None:
        self._key = key
        self._study_id = study_id
        self._ciphers: dict[bytes, ChaCha20Poly1305] = {}  # by ephemeral key: one per entry

    def open(self, sealed: bytes, place: Place) -> Value:
        """The value. AppError when it was altered, moved, or sealed for another study."""
        public, nonce = sealed[:_PUBLIC_BYTES], sealed[_PUBLIC_BYTES : _PUBLIC_BYTES + _NONCE_BYTES]
        try:
            content = self._cipher(public).decrypt(
                nonce, sealed[_PUBLIC_BYTES + _NONCE_BYTES :], _bound(self._study_id, place)
            )
        except (InvalidTag, ValueError) as error:
            raise AppError(
                _(
                    "A sealed value of patient {patient} ({variable}) cannot be opened: it was altered."
                ).format(patient=place.patient, variable=place.variable),
                hint=_("Verify the study, and go back to a backup."),
            ) from error
        return Value(*json.loads(content))

    def _cipher(self, public: bytes) -> ChaCha20Poly1305:
        cipher = self._ciphers.get(public)
        if cipher is None:
            shared = self._key.secret.exchange(X25519PublicKey.from_public_bytes(public))
            cipher = ChaCha20Poly1305(_derive(shared, public, self._key.public))
            self._ciphers[public] = cipher
        return cipher


def create_key_file(path: Path, *, study_id: str, passphrase: str) -> PrivateKey:
    """Make a private key and write it into a new file under the passphrase. AppError when it cannot."""
    check_passphrase(passphrase)
    key = PrivateKey(X25519PrivateKey.generate())
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    cipher = ChaCha20Poly1305(derive_key(passphrase, salt))
    content = {
        "format": _FORMAT,
        "study": study_id,
        "public_key": encode(key.public),
        "salt": encode(salt),
        "nonce": encode(nonce),
        "private_key": encode(cipher.encrypt(nonce, key.secret.private_bytes_raw(), study_id.encode())),
    }
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise AppError(
            _("There is a file {file} already, and a key file never takes the place of another.").format(
                file=path
            ),
            hint=_("Choose another name for the key file."),
        ) from error
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise AppError(
            _("The key file {file} could not be written: {reason}.").format(
                file=path, reason=reason_of(error)
            ),
            hint=_("Choose a folder that you may write to."),
        ) from error
    return key


def read_key_file(path: Path, *, study_id: str, passphrase: str) -> PrivateKey:
    """The private key in a key file. AppError when the file, its study or the passphrase is the wrong one."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != _FORMAT:
            raise ValueError(content["format"])
        salt, nonce, secret = (decode(content[name]) for name in ("salt", "nonce", "private_key"))
        study = str(content["study"])
    except OSError as error:
        raise AppError(
            _("The key file {file} could not be read: {reason}.").format(file=path, reason=reason_of(error))
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise AppError(_("{file} is not a key file of this program.").format(file=path)) from error
    if study != study_id:
        raise AppError(
            _("The key file {file} belongs to another study.").format(file=path),
            hint=_("Take the key file that was saved when this study was made."),
        )
    try:
        private = ChaCha20Poly1305(derive_key(passphrase, salt)).decrypt(nonce, secret, study_id.encode())
    except InvalidTag as error:
        raise AppError(_("The passphrase does not open the key file.")) from error
    return PrivateKey(X25519PrivateKey.from_private_bytes(private))


def encode(content: bytes) -> str:
    """Bytes as text."""
    return base64.b64encode(content).decode("ascii")


def decode(text: str) -> bytes:
    """Bytes from text that `encode` made. ValueError when it did not."""
    return base64.b64decode(text, validate=True)


def _bound(study_id: str, place: Place) -> bytes:
    return json.dumps([study_id, *place], ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _derive(shared: bytes, ephemeral: bytes, public_key: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=ephemeral + public_key, info=_SEAL).derive(shared)
