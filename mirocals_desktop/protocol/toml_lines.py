"""The line of every table, key and list element of a TOML text, which `tomllib` does not tell.

The text must already have been read by `tomllib` without error: this scanner believes that it is well formed.
"""

from __future__ import annotations

import re
from typing import Final

TomlPath = tuple[str | int, ...]
"""Where a value is: keys of tables and positions in lists, for example ("variables", 3, "unit")."""

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR: Final = re.compile(r"[^,\]}#\n]+")


def read_lines(text: str) -> dict[TomlPath, int]:
    """The line (from 1) of each value of the text, by its path."""
    scanner = _Scanner(text)
    scanner.read_document()
    return scanner.lines


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.lines: dict[TomlPath, int] = {(): 1}
        self.line = 1
        self.counted = 0
        self.list_lengths: dict[TomlPath, int] = {}

    def read_document(self) -> None:
        table: TomlPath = ()
        self.skip_blank()
        while self.at < len(self.text):
            if self.text.startswith("[[", self.at):
                self.at += 2
                name = self.resolve(self.read_key())
                position = self.list_lengths.get(name, 0)
                self.list_lengths[name] = position + 1
                table = (*name, position)
                self.note(name)
                self.note(table)
                self.skip_past("]]")
            elif self.text[self.at] == "[":
                self.at += 1
                table = self.resolve(self.read_key())
                self.note(table)
                self.skip_past("]")
            else:
                self.read_pair(table)
            self.skip_blank()

    def resolve(self, name: TomlPath) -> TomlPath:
        """A table's name with the position of the last element wherever it goes through a list of tables."""
        path: TomlPath = ()
        for key in name[:-1]:
            path = (*path, key)
            if path in self.list_lengths:
                path = (*path, self.list_lengths[path] - 1)
        return (*path, name[-1])

    def read_pair(self, table: TomlPath) -> None:
        start = self.at
        path = (*table, *self.read_key())
        self.note(path, at=start)
        self.skip_past("=")
        self.read_value(path)

    def read_key(self) -> TomlPath:
        keys: list[str] = []
        while True:
            self.skip_spaces()
            quote = self.text[self.at]
            if quote in "\"'":
                start = self.at + 1
                self.skip_string()
                keys.append(self.text[start : self.at - 1])
            elif found := _BARE_KEY.match(self.text, self.at):
                keys.append(found.group())
                self.at = found.end()
            self.skip_spaces()
            if not self.text.startswith(".", self.at):
                return tuple(keys)
            self.at += 1

    def read_value(self, path: TomlPath) -> None:
        self.skip_blank()
        sign = self.text[self.at]
        if sign in "\"'":
            self.skip_string()
        elif sign == "[":
            self.read_members("]", path)
        elif sign == "{":
            self.read_members("}", path)
        else:
            found = _SCALAR.match(self.text, self.at)
            self.at = found.end() if found else self.at + 1

    def read_members(self, close: str, path: TomlPath) -> None:
        """The elements of a list or the pairs of an inline table, up to its closing sign."""
        self.at += 1
        position = 0
        self.skip_blank()
        while self.text[self.at] != close:
            if close == "}":
                self.read_pair(path)
            else:
                self.note((*path, position))
                self.read_value((*path, position))
            position += 1
            self.skip_blank()
            if self.text[self.at] == ",":
                self.at += 1
                self.skip_blank()
        self.at += 1

    def skip_string(self) -> None:
        quote = self.text[self.at]
        fence = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(fence)
        while not self.text.startswith(fence, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        self.at += len(fence)
        while len(fence) == 3 and self.text.startswith(quote, self.at):  # a quote just before the fence
            self.at += 1

    def skip_past(self, sign: str) -> None:
        self.at = self.text.index(sign, self.at) + len(sign)

    def skip_spaces(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in " \t":
            self.at += 1

    def skip_blank(self) -> None:
        """Past blanks, line ends and comments."""
        while self.at < len(self.text):
            if self.text[self.at] in " \t\n":
                self.at += 1
            elif self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = end if end >= 0 else len(self.text)
            else:
                return

    def note(self, path: TomlPath, *, at: int | None = None) -> None:
        place = self.at if at is None else at
        if place > self.counted:  # the scanner only goes forward, so lines are counted once
            self.line += self.text.count("\n", self.counted, place)
            self.counted = place
        self.lines.setdefault(path, self.line)
