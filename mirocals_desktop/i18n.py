"""Translation for every layer, without Qt: `_()` for a text, `ngettext()` for one that counts.

The source text is English; other languages are gettext catalogues in `resources/locale`.
"""

from __future__ import annotations

import gettext
from math import floor, log10
from typing import Final

from mirocals_desktop.resources import resource_path

LANGUAGES: Final = {"en": "English", "fr": "Français"}

_THIN: Final = "\u202f"  # the narrow no-break space between thousands, as Qt writes it in French
_SIGNS: Final = {"point": (",", "."), "comma": (_THIN, ","), "en": (",", "."), "fr": (_THIN, ",")}

_catalogue: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"
_numbers = ""


def set_language(code: str) -> None:
    """Translate from now on into the language `code`; one the program does not speak becomes English."""
    global _catalogue, _language  # the one place that holds the language of the process
    _language = code if code in LANGUAGES else "en"
    if _language == "en":  # the source text
        _catalogue = gettext.NullTranslations()
    else:
        _catalogue = gettext.translation("mirocals", str(resource_path("locale")), languages=[_language])


def language() -> str:
    """The code of the language that texts are translated into: "en" or "fr"."""
    return _language


def set_number_signs(code: str) -> None:
    """Write numbers in sentences with a decimal "point" or "comma" from now on; "" as the language does."""
    global _numbers  # beside the language, which it goes with
    _numbers = code


def amount(value: float, digits: int = 6) -> str:
    """A number in a sentence: with signs between thousands, a broken one with so many digits that count."""
    thousands, decimal = _SIGNS[_numbers or _language]
    text = f"{value:,}" if isinstance(value, int) else _broken(float(value), digits)
    return text.translate({ord(","): thousands, ord("."): decimal})


def _broken(value: float, digits: int) -> str:
    if not 1e-4 <= abs(value) < 1e15:  # also 0, and what is no number
        return f"{value:.{digits}g}"
    text = f"{value:,.{max(digits - 1 - floor(log10(abs(value))), 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _(text: str) -> str:
    """The text in the user's language."""
    return _catalogue.gettext(text) if text else ""


def every_language(text: str) -> tuple[str, ...]:
    """The text in every language that the program speaks: files may have been written in any of them."""
    folder = str(resource_path("locale"))
    others = (code for code in LANGUAGES if code != "en")
    found = (gettext.translation("mirocals", folder, languages=[code]).gettext(text) for code in others)
    return tuple(dict.fromkeys((text, *found)))


def ngettext(singular: str, plural: str, count: int) -> str:
    """The singular or plural text for `count`, in the user's language."""
    return _catalogue.ngettext(singular, plural, count)


def quoted(text: object) -> str:
    """The text in the quotation marks of the language."""
    return _("“{text}”").format(text=text)


def N_(text: str) -> str:  # noqa: N802 (gettext's own name for a text that is translated later)
    """Mark a module-level text for translation; show it with `_()`."""
    return text


def titled(label: object, value: object) -> str:
    """What something is called and what it is, with the colon as the language writes it."""
    return _("{label}: {value}").format(label=label, value=value)
