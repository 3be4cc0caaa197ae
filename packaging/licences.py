"""Write `resources/licences.json`: what the program is made of, in which version, under which licence.

The list is what the project's own dependencies bring on any system, at the versions of `requirements.lock`.
`python packaging/licences.py check` fails when the file is not current.
"""

from __future__ import annotations

import json
import shutil
import sys
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
# Libraries inside packages, and the files of this repository that others made.
INSIDE = (
    ("GCC runtime (libgfortran)", "GPL-3.0-or-later WITH GCC-exception-3.1", "numpy, scipy"),
    ("GCC runtime (libquadmath)", "LGPL-2.1-or-later", "numpy, scipy"),
    ("OpenBLAS", "BSD-3-Clause", "numpy, scipy"),
    ("OpenSSL", "Apache-2.0", "cryptography, sqlcipher3"),
    ("Python", "PSF-2.0", "the program"),
    ("Qt", "LGPL-3.0-only", "PySide6_Essentials"),
    ("ReadStat", "MIT", "pyreadstat"),
    ("SQLCipher", "BSD-3-Clause", "sqlcipher3"),
    ("SQLite", "blessing", "sqlcipher3"),
    ("Liberation Sans", "OFL-1.1", "the program"),
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
    """Every package that the program needs at run time, and what some of them carry inside, by name."""
    found: list[Component] = []
    for name in runtime_packages():
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
        for name, licence, inside in INSIDE
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
    for name in runtime_packages():
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


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["check"]):
        sys.exit("usage: licences.py [check]")
    sys.exit(main("".join(sys.argv[1:])))
