"""Typed reading of the tables of a protocol: mistakes are collected with their lines."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from mirocals_desktop.i18n import _
from mirocals_desktop.protocol.model import Label, Limits
from mirocals_desktop.protocol.toml_lines import TomlPath, read_lines

Value = TypeVar("Value")

_MISSING: Final = object()


class Mistakes:
    """What is wrong in a protocol, each with the line it stands in."""

    def __init__(self, text: str = "") -> None:
        """`text` is the TOML text; without one the mistakes have no lines."""
        self._text = text
        self._found: list[tuple[TomlPath, str]] = []

    def add(self, path: TomlPath, message: str) -> None:
        """Note a mistake at a path; one that is not in the text counts for the table around it."""
        self._found.append((path, message))

    def __bool__(self) -> bool:
        return bool(self._found)

    def sentences(self) -> list[str]:
        """The mistakes in the order of the text, each with its line where there is one."""
        lines = read_lines(self._text) if self._text else {}

        def line_of(path: TomlPath) -> int:
            while path and path not in lines:
                path = path[:-1]
            return lines.get(path, 0)

        found = sorted(
            {(line_of(path), message): None for path, message in self._found}, key=lambda item: item[0]
        )
        return [
            _("Line {line}: {mistake}").format(line=line, mistake=message) if line else message
            for line, message in found
        ]


class Table:
    """One table of the file. Each method reads one key; `finish` refuses the keys that nobody read."""

    def __init__(self, content: object, path: TomlPath, mistakes: Mistakes) -> None:
        self.path = path
        self.mistakes = mistakes
        self._asked: list[str] = []
        self._content: Mapping[str, object] = {}
        if isinstance(content, Mapping):
            self._content = content
        else:
            self.say(_("a table is expected here, like {example}").format(example="{ en = …, fr = … }"))

    def say(self, message: str, *, key: str | int | None = None) -> None:
        """Note a mistake in this table, or at one of its keys."""
        self.mistakes.add(self.path if key is None else (*self.path, key), message)

    def has(self, key: str) -> bool:
        """Whether the key is written in the table."""
        return key in self._content

    def text(self, key: str, *, default: str | None = None, empty: bool = False) -> str:
        """A text; without a default it must be there and, unless `empty`, say something."""
        value = self._value(key, str, _("a text in quotes"), default)
        if value is None:
            return ""
        if default is None and not empty and not value.strip():
            self.say(_("“{key}” is empty").format(key=key), key=key)
        return value

    def one_of(self, key: str, allowed: Sequence[str], *, default: str | None = None) -> str:
        """A text that is one of `allowed`."""
        value = self.text(key, default=default)
        if value not in allowed and (self.has(key) or default is not None):
            self.say(
                _("“{key}” is “{value}”; allowed are {allowed}").format(
                    key=key, value=value, allowed=", ".join(allowed)
                ),
                key=key,
            )
            return allowed[0]
        return value or allowed[0]

    def flag(self, key: str) -> bool:
        """True or false; false when the key is not there."""
        return bool(self._value(key, bool, _("true or false"), default=False))

    def whole(self, key: str, *, default: int) -> int:
        """A whole number."""
        value = self._value(key, int, _("a whole number"), default)
        return default if value is None else value

    def optional_whole(self, key: str) -> int | None:
        """A whole number, or None when the key is not there."""
        if not self.has(key):
            self._asked.append(key)
            return None
        return self._value(key, int, _("a whole number"), default=None)

    def number(self, key: str, *, default: float | None = None) -> float:
        """A number; without a default it must be there."""
        value = self._value(key, float, _("a number"), default)
        return 1.0 if value is None else value

    def label(self, key: str = "label") -> Label:
        """A text in both languages: `{ en = "...", fr = "..." }`, or one text for both."""
        if isinstance(self._content.get(key), str):
            text = self.text(key)
            return Label(text, text)
        if not self.has(key):
            self.text(key)
            return Label("", "")
        self._asked.append(key)
        table = Table(self._content[key], (*self.path, key), self.mistakes)
        label = Label(table.text("en"), table.text("fr"))
        table.finish()
        return label

    def limits(self, key: str) -> Limits:
        """A range `{ low = ..., high = ... }`, either end left out where it is open."""
        if not self.has(key):
            self._asked.append(key)
            return Limits()
        table = self.table(key)
        low = table.number("low") if table.has("low") else None
        high = table.number("high") if table.has("high") else None
        table.finish(also=("low", "high"))
        if low is not None and high is not None and low > high:
            self.say(_("“{key}”: low is above high").format(key=key), key=key)
        return Limits(low, high)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, none of them empty."""
        found: list[str] = []
        for position, item in enumerate(self._list(key)):
            if isinstance(item, str) and item.strip():
                found.append(item)
            else:
                self.mistakes.add(
                    (*self.path, key, position), _("“{key}” holds texts in quotes only").format(key=key)
                )
        return tuple(found)

    def numbers(self, key: str) -> tuple[float, ...]:
        """A list of numbers."""
        found: list[float] = []
        for position, item in enumerate(self._list(key)):
            if isinstance(item, int | float) and not isinstance(item, bool) and math.isfinite(item):
                found.append(float(item))
            else:
                self.mistakes.add(
                    (*self.path, key, position), _("“{key}” holds numbers only").format(key=key)
                )
        return tuple(found)

    def table(self, key: str) -> Table:
        """A table inside this one; an empty one with a mistake noted when it is not there."""
        self._asked.append(key)
        if not self.has(key):
            self.say(_("“{key}” is missing").format(key=key))
        return Table(self._content.get(key, {}), (*self.path, key), self.mistakes)

    def tables(self, key: str, read: Callable[[Table], Value]) -> tuple[Value, ...]:
        """What `read` makes of each table of a list; every key of each must be known."""
        found: list[Value] = []
        for position, item in enumerate(self._list(key)):
            table = Table(item, (*self.path, key, position), self.mistakes)
            found.append(read(table))
            table.finish()
        return tuple(found)

    def finish(self, *, also: Sequence[str] = ()) -> None:
        """Note every key that nobody asked for, with what is allowed."""
        allowed = sorted({*self._asked, *also})
        for key in self._content:
            if key in allowed:
                continue
            near = difflib.get_close_matches(key, allowed, n=1)
            message = (
                _("“{key}” is not known here; did you mean “{near}”?").format(key=key, near=near[0])
                if near
                else _("“{key}” is not known here; allowed are {allowed}").format(
                    key=key, allowed=", ".join(allowed)
                )
            )
            self.say(message, key=key)

    def _list(self, key: str) -> Sequence[object]:
        self._asked.append(key)
        value = self._content.get(key, [])
        if isinstance(value, list | tuple):
            return value
        self.say(_("“{key}” must be a list in square brackets").format(key=key), key=key)
        return ()

    def _value(self, key: str, kind: type[Value], expected: str, default: Value | None) -> Value | None:
        self._asked.append(key)
        value = self._content.get(key, _MISSING)
        if value is _MISSING:
            if default is None:
                self.say(_("“{key}” is missing").format(key=key))
            return default
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if (
            not isinstance(value, kind)
            or (kind is int and isinstance(value, bool))
            or (isinstance(value, float) and not math.isfinite(value))
        ):
            self.say(_("“{key}” must be {expected}").format(key=key, expected=expected), key=key)
            return default
        return value
