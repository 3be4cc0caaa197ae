"""The check of the translations finds what a translator has left to do, and what would fail on a screen."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path
from types import ModuleType

import pytest

HEADER = (
    '# Translations of MIROCALS Desktop. Texts come from the code: make translations\nmsgid ""\nmsgstr ""\n'
    '"Language: fr\\n"\n"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n"MIME-Version: 1.0\\n"\n'
    '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
)


@pytest.fixture
def translations(repository: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, as it is imported from its own folder."""
    monkeypatch.syspath_prepend(str(repository / "packaging"))
    return importlib.import_module("translations")


def check(translations: ModuleType, folder: Path, code: str, entries: str) -> list[str]:
    """The faults of a catalogue with these entries, for a program with this code."""
    (folder / "code").mkdir()
    (folder / "code" / "page.py").write_text(code, encoding="utf-8")
    path = folder / "fr" / "LC_MESSAGES" / "mirocals.po"
    path.parent.mkdir(parents=True)
    path.write_text(HEADER + entries, encoding="utf-8")
    faults: list[str] = translations.check_catalogue(path, translations.read_template(folder / "code"))
    return faults


GREETING = 'from x import _\n\n_("Hello {name}")\n'
VISITS = 'from x import ngettext\n\nngettext("one visit", "{count} visits", n)\n'
PLURAL = '\n#, python-brace-format\nmsgid "one visit"\nmsgid_plural "{count} visits"\n'


def test_that_a_translated_text_is_accepted(translations: ModuleType, tmp_path: Path) -> None:
    entry = '\n#, python-brace-format\nmsgid "Hello {name}"\nmsgstr "Bonjour {name}"\n'
    assert check(translations, tmp_path, GREETING, entry) == []


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("", "a text that is not here: 'Hello {name}'"),
        ('\nmsgid "Hello {name}"\nmsgstr ""\n', "not translated: 'Hello {name}'"),
        ('\n#, fuzzy\nmsgid "Hello {name}"\nmsgstr "Bonjour {name}"\n', "marked fuzzy"),
        ('\nmsgid "Hello {name}"\nmsgstr "Bonjour {nom}"\n', "placeholders differ ('Bonjour {nom}')"),
        ('\nmsgid "Hello {name}"\nmsgstr "Bonjour"\n', "placeholders differ ('Bonjour')"),
        ('\nmsgid "Hello {name}"\nmsgstr "Bonjour {name"\n', "placeholders differ"),
        ('\nmsgid "Hello {name}"\nmsgstr "Bonjour {name} "\n', "spaces at the start or end differ"),
        (
            '\nmsgid "Hello {name}"\nmsgstr "Bonjour {name}"\n\nmsgid "Bye"\nmsgstr "Adieu"\n',
            "no longer in the code: 'Bye'",
        ),
    ],
)
def test_that_a_fault_is_named(translations: ModuleType, tmp_path: Path, entry: str, fault: str) -> None:
    faults = check(translations, tmp_path, GREETING, entry)
    assert len(faults) == 1
    assert fault in faults[0]


def test_that_a_singular_that_also_stands_for_none_keeps_its_number(
    translations: ModuleType, tmp_path: Path
) -> None:
    entry = PLURAL + 'msgstr[0] "une visite"\nmsgstr[1] "{count} visites"\n'
    assert "placeholders differ ('une visite')" in check(translations, tmp_path, VISITS, entry)[0]


def test_that_a_plural_with_its_numbers_is_accepted(translations: ModuleType, tmp_path: Path) -> None:
    entry = PLURAL + 'msgstr[0] "{count} visite"\nmsgstr[1] "{count} visites"\n'
    assert check(translations, tmp_path, VISITS, entry) == []


def test_that_a_missing_plural_form_is_named(translations: ModuleType, tmp_path: Path) -> None:
    entry = PLURAL + 'msgstr[0] "{count} visite"\nmsgstr[1] ""\n'
    assert "not translated" in check(translations, tmp_path, VISITS, entry)[0]


@pytest.mark.parametrize("call", ['_(f"Hello {name}")', '_("Hello " + name)', '_("Hello %s" % name)'])
def test_that_a_text_no_translator_would_see_is_named(
    translations: ModuleType, tmp_path: Path, call: str
) -> None:
    (tmp_path / "page.py").write_text(f"from x import _\n\n{call}\n", encoding="utf-8")
    assert len(translations.find_unreadable_texts(tmp_path)) == 1


def test_that_a_catalogue_brought_up_to_date_keeps_its_translations_and_drops_the_rest(
    translations: ModuleType, tmp_path: Path
) -> None:
    entries = '\nmsgid "Bye"\nmsgstr "Adieu"\n\nmsgid "Hello {name}"\nmsgstr "Bonjour {name}"\n'
    check(translations, tmp_path, GREETING + '_("New")\n', entries)
    path = tmp_path / "fr" / "LC_MESSAGES" / "mirocals.po"
    text = translations.updated_text(path, translations.read_template(tmp_path / "code"))
    assert text == HEADER + (
        '\n#, python-brace-format\nmsgid "Hello {name}"\nmsgstr "Bonjour {name}"\n\nmsgid "New"\nmsgstr ""\n'
    )


def test_that_every_language_of_the_program_has_a_catalogue_that_compiles(
    translations: ModuleType, repository: Path, tmp_path: Path
) -> None:
    from mirocals_desktop.i18n import LANGUAGES

    shutil.copytree(repository / "resources" / "locale", tmp_path / "locale")
    compiled = translations.compile_catalogues(tmp_path / "locale")
    assert {path.parent.parent.name for path in compiled} == set(LANGUAGES) - {"en"}
    assert all(path.stat().st_size > 0 for path in compiled)


def test_that_a_text_within_an_f_string_is_found(translations: ModuleType, tmp_path: Path) -> None:
    faults = check(translations, tmp_path, "from x import _\n\ntext = f\"{name}: {_('all')}\"\n", "")
    assert faults == [
        f"{tmp_path / 'fr/LC_MESSAGES/mirocals.po'}: the code has a text that is not here: 'all'"
    ]
