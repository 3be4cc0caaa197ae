"""What belongs into the bundle and what does not: shared by PyInstaller's spec and the tests.

Everything left out here was seen to be needed by nothing: `packaging/package.py` runs the frozen self-test
after every build. `numpy.f2py` and `PySide6.QtOpenGL` look as if they could go, and cannot.
"""

from __future__ import annotations

import re
from typing import Final

EXCLUDED_MODULES: Final = [
    "IPython",
    "PIL",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "_pytest",
    "babel",
    "coverage",
    "fontTools",
    "hypothesis",
    "jedi",
    "matplotlib",
    "mypy",
    "odf",
    "pip",
    "psutil",
    "pyarrow",
    "pygments",
    "pyqtgraph.examples",
    "pyqtgraph.opengl",
    "pytest",
    "readline",  # for prompts, and under the GPL
    "rich",
    "setuptools",
    "tkinter",
    "turtle",
    "unittest.mock",
    "wheel",
]

PLUGINS: Final = {
    "platforms": ("xcb", "wayland", "offscreen", "minimal", "windows", "cocoa"),
    "imageformats": ("svg", "ico", "jpeg", "icns"),
    "iconengines": ("svg",),
    "platforminputcontexts": ("compose", "ibus"),
    "platformthemes": ("xdgdesktopportal",),
    "styles": ("windows", "mac"),
    "wayland": ("",),
    "xcbglintegrations": ("",),
    "printsupport": ("",),
}
"""Of Qt's plugins, by folder (whose name may go on), those whose names have one of these words."""

LANGUAGES: Final = ("en", "fr")

# Libraries that belong to the system: they go with its display, fonts and message bus, and the package of the
# system depends on them. Others that a system may lack (the small ones of xcb) come along.
_OF_THE_SYSTEM: Final = re.compile(
    r"lib(EGL|GL|GLX|GLdispatch|OpenGL|X11|X11-xcb|Xau|Xdmcp|Xext|xcb|xcb-glx|drm|gbm|wayland-\w+"
    r"|glib-2\.0|gthread-2\.0|gobject-2\.0|gio-2\.0|gmodule-2\.0|fontconfig|freetype|dbus-1|systemd|udev"
    r"|cups|stdc\+\+|gcc_s|z|expat|uuid|selinux|mount|blkid|cap|gcrypt|gpg-error|bsd|md)"
    r"(-[0-9a-f]{8,})?\.so(\.\d+)*$"
)
_NEVER: Final = re.compile(
    r"(^|/)(libQt6|Qt6?)(Qml|Quick|Pdf|VirtualKeyboard|Designer|Help|Test|Sql|Concurrent|UiTools|Labs)\w*"
    r"|/qmltooling/|/tls/|/networkinformation/|/egldeviceintegrations/|/generic/|/sqldrivers/"
    r"|(^|/)(tests?|_?testing)/.*\.(py|pyi|csv|json|txt|npz|npy|mat|sav|dat|wav|arff|nc)$"
    r"|\.dist-info/RECORD$"  # names the folder in which pip wrote it
    r"|\.pyi$|/pyqtgraph/(examples|icons/.*\.py)|(^|/)PySide6/(qml|metatypes|typesystems|glue|scripts)/",
    re.IGNORECASE,
)


def is_wanted(target: str) -> bool:
    """Whether a file goes into the bundle, by where it would stand in it."""
    path = target.replace("\\", "/")
    name = path.rsplit("/", 1)[-1]
    if path.startswith(("mirocals_desktop/", "shiboken6/files.dir/")):
        return True
    if _NEVER.search(path) or ("/" not in path and _OF_THE_SYSTEM.match(name)):
        return False
    plugin = re.search(r"/plugins/([^/]+)/[^/]+$", path)
    if plugin:
        return any(
            plugin[1].startswith(folder) and any(word in name.lower() for word in words)
            for folder, words in PLUGINS.items()
        )
    translation = re.search(r"/translations/(\w+?)_([a-z]{2}(?:_[A-Z]{2})?)\.qm$", path)
    if translation:
        return translation[1] == "qtbase" and translation[2] in LANGUAGES
    return True


def macos_properties(version: str) -> dict[str, object]:
    """What macOS reads of the program: its document type, its languages, that it follows light and dark."""
    return {
        "CFBundleDisplayName": "MIROCALS Desktop",
        "CFBundleShortVersionString": version,
        "CFBundleLocalizations": list(LANGUAGES),
        "LSApplicationCategoryType": "public.app-category.medical",
        "LSMinimumSystemVersion": "13.0",
        "NSHighResolutionCapable": True,
        "NSRequiresAquaSystemAppearance": False,
        "NSHumanReadableCopyright": "Apache-2.0",
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": "MIROCALS study",
                "CFBundleTypeRole": "Editor",
                "LSHandlerRank": "Owner",
                "LSItemContentTypes": ["org.mirocals.study"],
            },
        ],
        "UTExportedTypeDeclarations": [
            {
                "UTTypeIdentifier": "org.mirocals.study",
                "UTTypeDescription": "MIROCALS study",
                "UTTypeConformsTo": ["public.data"],
                "UTTypeTagSpecification": {
                    "public.filename-extension": ["mirocals"],
                    "public.mime-type": ["application/x-mirocals"],
                },
            },
        ],
    }
