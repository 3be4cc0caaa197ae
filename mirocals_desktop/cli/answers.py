"""What a command says: one JSON object for machines, or a text for people."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any

from mirocals_desktop.progress import Report, ignore


def answer(options: argparse.Namespace, content: Mapping[str, Any], text: str) -> None:
    """One object for machines, or the text for people."""
    if options.json:
        print_json(content)
    else:
        say(text)


def progress() -> Report:
    """Progress on the terminal, where there is one to show it."""
    if not sys.stderr.isatty():
        return ignore

    def show(fraction: float, message: str) -> None:
        end = "\n" if fraction >= 1 else ""
        sys.stderr.write(f"\r\033[K{message} {fraction:.0%}{end}")
        sys.stderr.flush()

    return show


def say(text: str) -> None:
    """Write for people."""
    print(text)


def print_json(content: Mapping[str, Any]) -> None:
    """Write one JSON object."""
    print(json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False))


def say_error(text: str) -> None:
    """Write what went wrong, apart from the answer."""
    print(text, file=sys.stderr)
