"""Write `resources/licences.json`: what the program ships with, in which version, under which licence.

The list is what the project's own dependencies bring on any system, at the versions of `requirements.lock`,
without what the bundle leaves out, and what else is in it. About, the bill of materials and the folder of
texts are made from it, and a build whose bundle holds anything else fails (`check_bundle`).
`python packaging/licences.py check` fails when the file is not current.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from email.message import Message
from importlib.metadata import PackageNotFoundError, distribution, requires
from pathlib import Path
from typing import TypedDict, cast

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "resources" / "licences.json"
PROJECT = "mirocals-desktop"
SYSTEMS = ({"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
           {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
           {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"})  # fmt: skip
TROVE = {
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
# What a package says in words or not at all, read in the licence file that it carries.
READ_BY_HAND = {
    "autograd-gamma": "MIT",
    "colorama": "BSD-3-Clause",
    "contourpy": "BSD-3-Clause",
    "cycler": "BSD-3-Clause",
    "defusedxml": "PSF-2.0",
    "kiwisolver": "BSD-3-Clause",
    "olefile": "BSD-2-Clause",
    "pandas": "BSD-3-Clause",
    "scipy": "BSD-3-Clause",
    "sqlcipher3": "Zlib",
}
# What dependencies ask for and nothing uses: it is in no bundle (see `bundle.py`).
LEFT_OUT = frozenset(
    {
        "contourpy",
        "cycler",
        "fonttools",
        "kiwisolver",
        "matplotlib",
        "packaging",
        "pillow",
        "pyparsing",
        "tzdata",
    }
)
LINUX = "the packages for Linux"
# Libraries inside packages, of the system that a package is built on, and files of this repository that
# others made. The last word finds the files of those that lie beside the program.
INSIDE = (
    ("Brotli", "MIT", LINUX, r"libbrotli"),
    ("bzip2", "bzip2-1.0.6", LINUX, r"libbz2\."),
    ("GCC runtime (libgfortran)", "GPL-3.0-or-later WITH GCC-exception-3.1", "numpy, scipy", r"libgfortran-"),
    ("GCC runtime (libquadmath)", "LGPL-2.1-or-later", "numpy, scipy", r"libquadmath-"),
    ("ICU", "Unicode-3.0", "PySide6_Essentials", r"libicu"),
    ("keyutils", "LGPL-2.1-or-later", LINUX, r"libkeyutils\."),
    ("libffi", "MIT", LINUX, r"libffi\."),
    ("libxkbcommon", "MIT", LINUX, r"libxkbcommon"),
    ("MIT Kerberos", "MIT", LINUX, r"lib(gssapi_krb5|k5crypto|krb5|krb5support|com_err)\."),
    ("OpenBLAS", "BSD-3-Clause", "numpy, scipy", r"libscipy_openblas"),
    ("OpenSSL", "Apache-2.0", "the program, cryptography, sqlcipher3", r"lib(ssl|crypto)\."),
    ("PyInstaller (start of the program)", "GPL-2.0-or-later WITH Bootloader-exception", "the program", ""),
    ("Python", "PSF-2.0", "the program", r"libpython"),
    ("Qt", "LGPL-3.0-only", "PySide6_Essentials", r"lib(Qt6|pyside6|shiboken6)"),
    ("ReadStat", "MIT", "pyreadstat", ""),
    ("SQLCipher", "BSD-3-Clause", "sqlcipher3", ""),
    ("SQLite", "blessing", "the program, sqlcipher3", r"libsqlite3\."),
    ("Liberation Sans", "OFL-1.1", "the program", ""),
    ("XCB", "MIT", LINUX, r"libxcb-"),
    ("XZ Utils (liblzma)", "0BSD", LINUX, r"liblzma\."),
    ("Zstandard", "BSD-3-Clause", LINUX, r"libzstd\."),
)


class Component(TypedDict):
    """One part of the program; `inside` names the package that carries it, empty for a package itself."""

    name: str
    version: str
    licence: str
    inside: str


def main(command: str) -> int:
    """Write the file, or check it."""
    text = json.dumps(list_components(), indent=1, ensure_ascii=False) + "\n"
    if command == "check":
        if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
            return 0
        print("resources/licences.json is not current: run `make licences`.")
        return 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


def list_components() -> list[Component]:
    """Every package that ships with the program, what some of them carry inside, and what lies beside."""
    found: list[Component] = []
    for name in shipped_packages():
        package = distribution(name)
        found.append(
            {
                "name": package.metadata["Name"],
                "version": package.version,
                "licence": read_licence(name),
                "inside": "",
            }
        )
    found += [
        {"name": name, "version": "", "licence": licence, "inside": inside}
        for name, licence, inside, _files in INSIDE
    ]
    return sorted(found, key=lambda component: component["name"].lower())


def runtime_packages() -> list[str]:
    """The names of all packages that the project's dependencies bring, on any of the three systems."""
    seen: set[str] = set()
    waiting = [Requirement(text) for text in requires(PROJECT) or []]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in seen or not is_wanted(requirement):
            continue
        try:
            needs = requires(name)
        except PackageNotFoundError:
            sys.exit(f"{name} is needed at run time but not installed here, so its licence cannot be read.")
        seen.add(name)
        waiting += [Requirement(text) for text in needs or []]
    return sorted(seen)


def shipped_packages() -> list[str]:
    """The names of the packages that are in the bundle."""
    return [name for name in runtime_packages() if name not in LEFT_OUT]


def is_wanted(requirement: Requirement) -> bool:
    """Whether a requirement holds on any of the systems, without extras."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({**system, "extra": ""}) for system in SYSTEMS)


def read_licence(name: str) -> str:
    """The licence of an installed package as an SPDX expression."""
    if name in READ_BY_HAND:
        return READ_BY_HAND[name]
    metadata = cast(Message, distribution(name).metadata)  # what it is, on every Python
    said = [metadata.get("License-Expression"), metadata.get("License")]
    said += [
        TROVE.get(line.rsplit(" :: ", 1)[1])
        for line in metadata.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    for text in said:
        try:
            return str(canonicalize_license_expression(text or ""))
        except InvalidLicenseExpression:
            continue
    sys.exit(f"The licence of {name} is not given as an SPDX expression: read it and add it to READ_BY_HAND.")


def write_texts(folder: Path) -> None:
    """Put the licence texts of everything that ships into a folder, one folder for each package.

    Qt and PySide come without theirs in the package, so these lie in `packaging/licence_texts`.
    """
    for name in (*shipped_packages(), "pyinstaller"):
        package = distribution(name)
        for path in package.files or []:
            inside = [part for part in path.parts if part.endswith(".dist-info")]
            if inside and any(word in path.name.lower() for word in ("licen", "copying", "notice")):
                below = path.parts[path.parts.index(inside[0]) + 1 :]
                target = folder.joinpath(name, *(part for part in below if part != "licenses"))
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(package.locate_file(path)), target)
    shutil.copytree(ROOT / "packaging" / "licence_texts", folder, dirs_exist_ok=True)
    shutil.copyfile(ROOT / "LICENSE", folder / "mirocals-desktop.txt")
    fonts = ROOT / "resources" / "fonts" / "LICENSE-liberation.txt"
    shutil.copyfile(fonts, folder / "liberation-sans.txt")
    python = (
        Path(sys.base_prefix) / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "LICENSE.txt"
    )
    for text in (python, Path(sys.base_prefix) / "LICENSE.txt"):
        if text.exists():
            shutil.copyfile(text, folder / "python.txt")
            break


def check_bundle(folder: Path, modules: Iterable[str]) -> None:
    """End where the bundle has a Python package or a library that is not listed, or lacks one that is.

    `modules` are the names in the program's archive. On Linux the texts of the system's libraries join the
    folder of texts, out of the system's own documentation.
    """
    present = {name.split(".")[0] for name in modules} | {
        path.name.split(".")[0] for path in folder.iterdir()
    }
    for name in shipped_packages():
        tops = top_modules(name)
        if tops and not tops & present:
            sys.exit(f"{name} is listed in packaging/licences.py and does not ship.")
    for name in LEFT_OUT & set(runtime_packages()):
        if top_modules(name) & present:
            sys.exit(f"{name} ships, and packaging/licences.py leaves it out.")
    if not sys.platform.startswith("linux"):
        return
    for path in sorted(folder.glob("lib*.so*")):
        row = next((row for row in INSIDE if row[3] and re.match(row[3], path.name)), None)
        if row is None:
            sys.exit(f"{path.name} ships and is not in packaging/licences.py.")
        if row[2].startswith((LINUX, "the program")) and row[0] not in ("Python", "Qt"):
            write_system_text(path.name, folder / "mirocals_desktop" / "resources" / "licences" / "linux")


def top_modules(name: str) -> set[str]:
    """What a package is imported by."""
    parts = {
        path.parts[0] for path in distribution(name).files or [] if path.suffix in (".py", ".so", ".pyd")
    }
    return {
        part.split(".")[0] for part in parts if not part.endswith((".dist-info", ".libs")) and part != ".."
    }


def write_system_text(library: str, folder: Path) -> None:
    """Copy what the system says about the rights on one of its libraries."""
    answer = subprocess.run(["dpkg", "-S", f"*/{library}"], capture_output=True, text=True, check=False)
    names = [line.split(":")[0] for line in answer.stdout.splitlines()]
    texts = [text for name in names if (text := Path("/usr/share/doc", name, "copyright")).exists()]
    if not texts:
        sys.exit(f"The licence of {library} was not found: build where Debian's packages are installed.")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(texts[0], folder / f"{texts[0].parent.name}.txt")


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["check"]):
        sys.exit("usage: licences.py [check]")
    sys.exit(main("".join(sys.argv[1:])))
