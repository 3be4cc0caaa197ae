"""Keep the translations in step with the code: `python packaging/translations.py update|check|compile`.

update    bring the texts of the code into every `.po`: new ones empty, vanished ones removed
check     say what a translator still has to do, and fail if it is anything
compile   write the `.mo` files that the program reads

The files name no source lines, carry no dates and keep the order of the code, so that they change when a text
changes and not otherwise.
"""

from __future__ import annotations

import ast
import io
import re
import string
import sys
from collections.abc import Collection, Iterator, Mapping
from gettext import c2py
from operator import itemgetter
from pathlib import Path
from typing import IO

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from build_hook import compile_catalogues

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "resources" / "locale"
CODE = ROOT / "mirocals_desktop"
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "N_": None, "ngettext": (1, 2)}
COMMENT_TAG = "TRANSLATORS:"
UNUSED_HEADERS = re.compile(
    r'^"(Project-Id|Report-Msgid|POT-Creation|PO-Revision|Last-Trans|Language-Team|Generated).*\n',
    re.MULTILINE,
)
HEADER = "# Translations of MIROCALS Desktop. Texts come from the code: make translations"


def main(command: str) -> int:
    """Run one of the three commands; the exit code."""
    if command == "compile":
        compile_catalogues(LOCALE)
        return 0
    template = read_template(CODE)
    if command == "update":
        for path in catalogue_paths():
            path.write_text(updated_text(path, template), encoding="utf-8")
        compile_catalogues(LOCALE)
        return 0
    faults = find_unreadable_texts(CODE)
    for path in catalogue_paths():
        faults += check_catalogue(path, template)
    for fault in faults:
        print(fault)
    if faults:
        print(f"{len(faults)} faults in translations. `make translations` brings new texts into the files.")
    return 1 if faults else 0


def catalogue_paths() -> list[Path]:
    """The `.po` files of the program."""
    return sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))


def read_template(code: Path) -> Catalog:
    """Every text of the code that is marked for translation, in the order of the files."""
    template = Catalog()
    found = extract_from_dir(
        code,
        method_map=[("**.py", extract_texts)],  # type: ignore[list-item]  # babel's hints know names alone
        keywords=KEYWORDS,
        comment_tags=(COMMENT_TAG,),
        strip_comment_tags=True,
    )
    for _file, _line, message, comments, context in found:
        template.add(message, auto_comments=comments, context=context)
    return template


def extract_texts(
    file: IO[bytes],
    keywords: Collection[str],
    _tags: Collection[str],
    options: Mapping[str, object],  # noqa: ARG001 (babel gives it by name)
) -> Iterator[tuple[int, str, tuple[str | None, ...], list[str]]]:
    """The marked texts of one module for babel, which before Python 3.12 sees none within an f-string."""
    source = file.read().decode("utf-8")
    comments = dict(enumerate((line.partition("# ")[2] for line in source.splitlines()), start=1))
    calls = [
        (node.lineno, node.col_offset, node.func.id, node.args)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in keywords
    ]
    for line, _column, name, arguments in sorted(calls, key=itemgetter(0, 1)):
        texts = tuple(
            part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else None
            for part in arguments
        )
        yield line, name, texts, [text for text in (comments.get(line - 1, ""),) if COMMENT_TAG in text]


def read_catalogue(path: Path) -> Catalog:
    """The `.po` file, in the language of its folder."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def updated_text(path: Path, template: Catalog) -> str:
    """What the `.po` file should hold: the texts of the code with the translations it has."""
    catalogue = read_catalogue(path)
    catalogue.update(template, no_fuzzy_matching=True, keep_user_comments=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = HEADER
    catalogue.fuzzy = False
    written = io.BytesIO()
    write_po(written, catalogue, width=100, no_location=True, ignore_obsolete=True)
    return UNUSED_HEADERS.sub("", written.getvalue().decode("utf-8")).rstrip("\n") + "\n"


def check_catalogue(path: Path, template: Catalog) -> list[str]:
    """What is wrong in one `.po` file, a sentence each."""
    catalogue = read_catalogue(path)
    where = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    faults = [
        f"{where}: the code has a text that is not here: {short(message)}"
        for message in template
        if message.id and catalogue.get(message.id, message.context) is None
    ]
    for message in catalogue:
        if not message.id:
            continue
        name = short(message)
        if template.get(message.id, message.context) is None:
            faults.append(f"{where}: no longer in the code: {name}")
        elif message.fuzzy:
            faults.append(f"{where}: marked fuzzy, so it is not shown: {name}")
        elif not all(texts(message.string)) or len(texts(message.string)) != expected_forms(
            message, catalogue
        ):
            faults.append(f"{where}: not translated: {name}")
        else:
            faults += [f"{where}: {fault}: {name}" for fault in compare_forms(message, catalogue)]
    if not faults and path.read_text(encoding="utf-8") != updated_text(path, template):
        faults.append(f"{where}: not in the order or form that `make translations` writes")
    return faults


def compare_forms(message: Message, catalogue: Catalog) -> list[str]:
    """How the translation of one text differs where it must not: placeholders, spaces at the ends."""
    faults = []
    sources, translations = texts(message.id), texts(message.string)
    for form, translation in enumerate(translations):
        # "one visit" may go without its number, but only in a form that is shown for one number alone:
        # in French the singular also stands for none.
        allowed = {placeholders(sources[-1])}
        if len(numbers_of_form(form, catalogue)) == 1:
            allowed.add(placeholders(sources[0]))
        if placeholders(translation) not in allowed:
            faults.append(f"placeholders differ ({translation!r})")
        if edges(translation) != edges(sources[0]):
            faults.append(f"spaces at the start or end differ ({translation!r})")
    return faults


def numbers_of_form(form: int, catalogue: Catalog) -> list[int]:
    """The numbers up to 200 that a language shows with one of its plural forms."""
    choose = c2py(catalogue.plural_expr)
    return [number for number in range(201) if choose(number) == form]


def placeholders(text: str) -> frozenset[str] | None:
    """The placeholders of a text with their formats, or None when its braces do not match."""
    try:
        parsed = list(string.Formatter().parse(text))
    except ValueError:
        return None
    return frozenset(
        f"{name}!{conversion}:{form}" for _, name, form, conversion in parsed if name is not None
    )


def edges(text: str) -> tuple[str, str]:
    """The white space before and after a text."""
    bare = text.strip()
    start, _, end = text.partition(bare) if bare else (text, "", "")
    return start, end


def texts(value: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """The forms of a text: one, or one for each plural form."""
    if value is None:
        return ("",)
    return (value,) if isinstance(value, str) else tuple(value)


def expected_forms(message: Message, catalogue: Catalog) -> int:
    """How many forms the translation must have."""
    return catalogue.num_plurals if isinstance(message.id, (tuple, list)) else 1


def short(message: Message) -> str:
    """A text short enough for a line of the report."""
    text = texts(message.id)[0]
    return repr(text if len(text) <= 70 else text[:67] + "...")


def find_unreadable_texts(code: Path) -> list[str]:
    """Calls of `_()` whose text no translator would ever see, such as f-strings and texts glued by `+`."""
    faults = []
    for path in sorted(code.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
                count = len(KEYWORDS[node.func.id] or (1,))
                bad = [part for part in node.args[:count] if isinstance(part, (ast.JoinedStr, ast.BinOp))]
                where = path.relative_to(code.parent)
                faults += [
                    f"{where}:{part.lineno}: give {node.func.id}() one plain text; .format() it outside"
                    for part in bad
                ]
    return faults


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ("update", "check", "compile"):
        sys.exit("usage: translations.py update|check|compile")
    sys.exit(main(sys.argv[1]))
