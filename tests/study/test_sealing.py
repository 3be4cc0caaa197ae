"""Sealed values open only with their key, at their own place, unaltered; and tell nothing by their length."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from mirocals_desktop.errors import AppError
from mirocals_desktop.study import sealing
from mirocals_desktop.study.sealing import Opener, Place, PrivateKey, Sealer, Value

KEY = PrivateKey(X25519PrivateKey.generate())
PLACE = Place("P-1", "treg_percent", "V4", 0)
VALUE = Value(12.5, "", "<", "%", "<12,5 %")
PASSPHRASE = "correct horse battery"


def seal(value: Value = VALUE, place: Place = PLACE, *, study: str = "s1") -> bytes:
    return Sealer(KEY.public, study_id=study).seal(value, place)


@given(
    st.builds(
        Value,
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        st.text(),
        st.sampled_from(["", "<", ">"]),
        st.text(),
        st.text(max_size=600),
    ),
    st.builds(Place, st.text(), st.text(), st.text(), st.integers(0, 99)),
)
def test_that_any_value_comes_back_from_its_seal(value: Value, place: Place) -> None:
    assert Opener(KEY, study_id="s1").open(seal(value, place), place) == value


@pytest.mark.parametrize(
    "place",
    [
        PLACE._replace(patient="P-2"),
        PLACE._replace(variable="treg_count"),
        PLACE._replace(visit="V5"),
        PLACE._replace(record=1),
    ],
)
def test_that_a_sealed_value_opens_at_its_own_place_only(place: Place) -> None:
    with pytest.raises(AppError, match="altered"):
        Opener(KEY, study_id="s1").open(seal(), place)


def test_that_a_sealed_value_opens_in_its_own_study_only() -> None:
    with pytest.raises(AppError, match="altered"):
        Opener(KEY, study_id="s1").open(seal(study="s2"), PLACE)


def test_that_another_key_opens_nothing() -> None:
    other = PrivateKey(X25519PrivateKey.generate())

    with pytest.raises(AppError, match="altered"):
        Opener(other, study_id="s1").open(seal(), PLACE)


@given(st.integers(0, len(seal()) - 1), st.integers(1, 255))
def test_that_a_changed_byte_is_found(position: int, change: int) -> None:
    content = bytearray(seal())
    content[position] ^= change

    try:
        opened = Opener(KEY, study_id="s1").open(bytes(content), PLACE)
    except AppError:
        return
    # X25519 ignores the highest bit of a public key, but the key is part of what derives the cipher
    pytest.fail(f"opened as {opened}")


@pytest.mark.parametrize("content", [b"", b"short", bytes(44), bytes(300)])
def test_that_what_is_no_sealed_value_is_refused(content: bytes) -> None:
    with pytest.raises(AppError, match="altered"):
        Opener(KEY, study_id="s1").open(content, PLACE)


def test_that_the_length_of_a_sealed_value_tells_nothing() -> None:
    arms = [Value(None, arm, "", "", raw) for arm, raw in (("il2", "IL-2LD 2 MIU/day"), ("placebo", "P"))]

    assert len({len(seal(value)) for value in (*arms, VALUE)}) == 1


def test_that_the_same_value_is_sealed_differently_each_time() -> None:
    sealer = Sealer(KEY.public, study_id="s1")

    assert len({sealer.seal(VALUE, PLACE) for _ in range(5)} | {seal(), seal()}) == 7


def test_that_a_private_key_is_not_shown() -> None:
    assert KEY.secret.private_bytes_raw().hex() not in repr(KEY)
    assert "X25519" not in repr(KEY)


# --- key files ---------------------------------------------------------------------------------------------


def test_that_a_key_file_gives_the_key_back(tmp_path: Path) -> None:
    path = tmp_path / "study.key"

    key = sealing.create_key_file(path, study_id="s1", passphrase=PASSPHRASE)

    assert sealing.read_key_file(path, study_id="s1", passphrase=PASSPHRASE).public == key.public
    content = path.read_bytes()
    assert key.secret.private_bytes_raw() not in content
    assert sealing.encode(key.secret.private_bytes_raw()).encode() not in content
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_that_a_key_file_opens_with_its_own_passphrase_and_study_only(tmp_path: Path) -> None:
    path = tmp_path / "study.key"
    sealing.create_key_file(path, study_id="s1", passphrase=PASSPHRASE)

    with pytest.raises(AppError, match="passphrase does not open"):
        sealing.read_key_file(path, study_id="s1", passphrase=PASSPHRASE + " ")
    with pytest.raises(AppError, match="another study"):
        sealing.read_key_file(path, study_id="s2", passphrase=PASSPHRASE)


def test_that_a_key_file_made_out_to_another_study_does_not_open(tmp_path: Path) -> None:
    path = tmp_path / "study.key"
    sealing.create_key_file(path, study_id="s1", passphrase=PASSPHRASE)
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"study": "s2"}))

    with pytest.raises(AppError, match="passphrase does not open"):
        sealing.read_key_file(path, study_id="s2", passphrase=PASSPHRASE)


def test_that_a_key_file_never_takes_the_place_of_another_file(tmp_path: Path) -> None:
    path = tmp_path / "study.key"
    path.write_text("precious")

    with pytest.raises(AppError, match="already"):
        sealing.create_key_file(path, study_id="s1", passphrase=PASSPHRASE)

    assert path.read_text() == "precious"


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "key", '{"format": "other"}', '{"format": "mirocals key 1"}']
)
def test_that_what_is_no_key_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "study.key"
    path.write_text(content)

    with pytest.raises(AppError, match="not a key file"):
        sealing.read_key_file(path, study_id="s1", passphrase=PASSPHRASE)


def test_that_a_missing_key_file_or_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="could not be read"):
        sealing.read_key_file(tmp_path / "no.key", study_id="s1", passphrase=PASSPHRASE)
    with pytest.raises(AppError, match="could not be written"):
        sealing.create_key_file(tmp_path / "no" / "a.key", study_id="s1", passphrase=PASSPHRASE)
    with pytest.raises(AppError, match="too short"):
        sealing.create_key_file(tmp_path / "a.key", study_id="s1", passphrase="short")
    assert list(tmp_path.iterdir()) == []
