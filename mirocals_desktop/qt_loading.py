"""Loads Qt without two things that PySide does at every start, and that cost a sixth of it."""

from __future__ import annotations

import builtins
import contextlib
import importlib
import importlib.util
import marshal
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

SUPPORT: Final = "shibokensupport/"  # the folder of PySide's own Python code, inside its library


def load_qt() -> None:
    """Load Qt, and leave Python's import and compile as they were.

    For `from __feature__ import ...`, which the program does not use, PySide puts an import of its own in
    the place of Python's. It reads the source of every module that is imported later and keeps it: a third
    of the time that the libraries take, and 70 MB.
    """
    plain = builtins.__import__
    with support_compiled_once(cache_path()):
        importlib.import_module("PySide6.QtWidgets")
    builtins.__import__ = plain


def cache_path() -> Path:
    """Where the compiled support code is kept: beside the compiled modules of the program, as one of them."""
    return Path(importlib.util.cache_from_source(str(Path(__file__).with_name("shibokensupport.py"))))


@contextlib.contextmanager
def support_compiled_once(path: Path) -> Iterator[None]:
    """While it lasts, PySide's support code comes from `path` where it was compiled before.

    PySide keeps that code as text inside its library, where Python has no place for what it compiled, and
    compiles it again at every start: 50 ms. Here as in Python's own compiled modules, code counts only with
    the hash of the text that it was made from; a file that is missing, damaged or of another version of
    PySide is written anew, and one that cannot be written is done without.
    """
    kept = _read(path)
    known = dict(kept)
    plain: Callable[..., Any] = builtins.compile

    def compile_once(source: Any, filename: Any, mode: str, *options: Any, **named: Any) -> Any:
        if options or named or mode != "exec" or not str(filename).startswith(SUPPORT):
            return plain(source, filename, mode, *options, **named)
        made_from = importlib.util.source_hash(source)
        if known.get(filename, (b"", None))[0] != made_from:
            known[filename] = (made_from, plain(source, filename, mode))
        return known[filename][1]

    vars(builtins)["compile"] = compile_once
    try:
        yield
    finally:
        vars(builtins)["compile"] = plain
    if known != kept and not sys.dont_write_bytecode:
        _write(path, known)


def _read(path: Path) -> dict[str, tuple[bytes, Any]]:
    try:
        content = path.read_bytes()
        if content.startswith(importlib.util.MAGIC_NUMBER):
            # As trusted as Python's own compiled modules, which lie in the same folder.
            compiled = content[len(importlib.util.MAGIC_NUMBER) :]
            kept: dict[str, tuple[bytes, Any]] = marshal.loads(compiled)  # noqa: S302
            return kept
    except (OSError, ValueError, EOFError, TypeError):
        return {}  # as if it had never been written: it is compiled again
    return {}


def _write(path: Path, known: dict[str, tuple[bytes, Any]]) -> None:
    with contextlib.suppress(OSError):  # a folder that is read-only: the next start compiles again
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}")
        unfinished.write_bytes(importlib.util.MAGIC_NUMBER + marshal.dumps(known))
        unfinished.replace(path)
