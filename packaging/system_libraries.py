"""Find the system libraries that Qt and its letters need on Linux, and install the missing ones.

    python3 packaging/system_libraries.py offscreen    what tests and pictures need
    python3 packaging/system_libraries.py window       what a real window needs besides
    python3 packaging/system_libraries.py python       what `python3 -m venv` needs

Each library is looked for as the program will: by asking the loader for it. On Debian and Ubuntu the missing
packages are installed with apt where that needs no password (root, or sudo that asks nothing); otherwise the
one line to run is printed. Elsewhere the libraries are named. Written for Python 3.8, since it has to speak
before any newer one is found.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

# What Qt's own files name as needed (readelf -d), each with the package that has it or always brings it.
# Debian 13 and Ubuntu 24.04 renamed some packages for 64-bit time: `NAME` there is `NAMEt64`.
OFFSCREEN = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
WINDOW = {
    **OFFSCREEN,
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libgl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-cursor0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-cursor0",
    "libxcb-render-util.so.0": "libxcb-cursor0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-cursor0",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxkbcommon-x11-0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
FONT_PACKAGE = "fonts-dejavu-core"
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
FONT_SUFFIXES = (".ttf", ".otf", ".ttc")
PROFILES = ("python", "offscreen", "window")


def main(profile: str) -> int:
    """Make sure that everything of the profile is there; 0 when it is, 1 with a message when it is not."""
    if not sys.platform.startswith("linux"):
        return 0
    missing = find_missing(profile)
    if not missing:
        return 0
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        print(
            "MIROCALS Desktop needs these from your system: "
            + ", ".join(sorted(missing))
            + ".\nInstall them with its package manager, then run the command again."
        )
        return 1
    rights = rights_to_install()
    if rights is not None:
        install(missing, rights)
        importlib.invalidate_caches()  # Python may have looked for its own venv module in vain
        missing = find_missing(profile)
        if not missing:
            return 0
    print(
        "MIROCALS Desktop needs system packages that are missing. Run this once, then the command again:\n\n"
        "    sudo apt-get update && sudo apt-get install --yes --no-install-recommends "
        + " ".join(package_names(missing))
        + "\n"
    )
    return 1


def find_missing(profile: str) -> dict[str, str]:
    """What is missing, each with the Debian package that brings it."""
    missing: dict[str, str] = {}
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        missing["Python's venv module"] = "python{}.{}-venv".format(*sys.version_info)
    if profile == "python":
        return missing
    for library, package in (WINDOW if profile == "window" else OFFSCREEN).items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing[library] = package
    if not has_font():
        missing["a font (DejaVu Sans for instance)"] = FONT_PACKAGE
    return missing


def has_font() -> bool:
    """Whether the system has any scalable font: without one Qt paints every letter as a box."""
    for folder in FONT_FOLDERS:
        for _, _, files in os.walk(os.path.expanduser(folder)):  # noqa: PTH111 (no home must not raise)
            if any(name.lower().endswith(FONT_SUFFIXES) for name in files):
                return True
    return False


def rights_to_install() -> list[str] | None:
    """The words before apt-get that let it install without asking: none for root, sudo, or None."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is not None:
        answer = subprocess.run(
            ["sudo", "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        if answer.returncode == 0:
            return ["sudo", "-n"]
    return None


def install(missing: dict[str, str], rights: list[str]) -> None:
    """Install the packages; the list of packages is fetched first when apt has none or an old one."""
    if not all(known_to_apt(package) for package in package_names(missing)):
        run_apt(rights, "update")
    names = package_names(missing)
    print("Installing system packages: " + " ".join(names), flush=True)
    words = ("install", "--yes", "--no-install-recommends", *names)
    if not run_apt(rights, *words):
        run_apt(rights, "update")
        run_apt(rights, *words)


def run_apt(rights: list[str], *words: str) -> bool:
    """Run apt-get without a question; its warnings and errors are seen."""
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    command = [*rights, *environment, "apt-get", "--quiet=2", *words]
    answer = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    return answer.returncode == 0


def package_names(missing: dict[str, str]) -> list[str]:
    """The packages under the names that this release of the system knows, each once."""
    names = []
    for package in sorted(set(missing.values())):
        renamed = package + "t64"
        names.append(renamed if known_to_apt(renamed) and not known_to_apt(package) else package)
    return names


def known_to_apt(package: str) -> bool:
    """Whether apt can install a package of that name: it has a candidate version."""
    environment = {**os.environ, "LC_ALL": "C"}
    answer = subprocess.run(
        ["apt-cache", "policy", package], capture_output=True, text=True, check=False, env=environment
    )
    return "Candidate:" in answer.stdout and "Candidate: (none)" not in answer.stdout


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in PROFILES:
        sys.exit("usage: {} {}".format(Path(sys.argv[0]).name, "|".join(PROFILES)))
    sys.exit(main(sys.argv[1]))
