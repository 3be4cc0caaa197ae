"""Make `.venv` from `requirements.lock`, with nothing but Python itself: `python3 packaging/set_up.py`.

Works on Linux, Windows and macOS. Every package is checked against the hash in the lock, also the two
that come as source and the build tool that they need. A second run compares one stamp and ends.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)  # the Pythons that PySide6 6.10 has wheels for
ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
STAMP = FOLDER / "stamp"
LOCK = ROOT / "requirements.lock"
PYTHON = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
BUILD_TOOLS = ("setuptools",)  # needed before the packages that come as source
AS_IT_IS = ("--no-deps", "--no-build-isolation", "--use-pep517")  # fetch nothing but what is named
PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)


def main() -> None:
    """Bring `.venv` in step with the lock, the project in it, and the compiled translations with theirs."""
    use_a_python_that_fits()
    wanted = fingerprint()
    if not (PYTHON.exists() and STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted):
        STAMP.unlink(missing_ok=True)
        make_environment()
        print("Installing the packages of requirements.lock into .venv: once, some minutes ...", flush=True)
        install_build_tools()
        pip("install", "--require-hashes", *AS_IT_IS, "--requirement", str(LOCK))
        remove_strangers()
        pip("install", "--no-index", *AS_IT_IS, "--editable", str(ROOT))
        STAMP.write_text(wanted, encoding="utf-8")
        print("Done: .venv is ready.", flush=True)
    compile_translations()


def use_a_python_that_fits() -> None:
    """Go on with this Python, or start again with one on the path that is new enough."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        other = shutil.which(f"python3.{minor}")
        if other:
            sys.exit(subprocess.call([other, *sys.argv]))
    sys.exit(
        f"This is Python {sys.version_info[0]}.{sys.version_info[1]}; MIROCALS Desktop needs 3.11 to 3.14. "
        "Install one of these and run the command again."
    )


def fingerprint() -> str:
    """What `.venv` depends on: the lock, the project's name, entry points and build, and the Python."""
    import tomllib  # here, where the Python is known to have it

    digest = hashlib.sha256(f"{sys.version_info[:2]} {sys.base_prefix} {ROOT}".encode())
    digest.update(LOCK.read_bytes().replace(b"\r\n", b"\n"))
    description = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    parts = [description["project"], description["build-system"], description["tool"]["hatch"]]
    digest.update(json.dumps(parts, sort_keys=True).encode())
    return digest.hexdigest()


def make_environment() -> None:
    """An empty environment with pip, unless one of the same Python is there already."""
    if PYTHON.exists():
        found = subprocess.run(
            [str(PYTHON), "-I", "-c", "import pip, sys; print(sys.version_info[:2], sys.base_prefix)"],
            capture_output=True,
            text=True,
            check=False,
        )
        if found.stdout.strip() == f"{sys.version_info[:2]} {sys.base_prefix}":
            return
    if importlib.util.find_spec("ensurepip") is None:  # Debian keeps it in a package of its own
        code = subprocess.call([sys.executable, str(ROOT / "packaging" / "system_libraries.py"), "python"])
        if code:
            sys.exit(code)
    import venv

    print("Making .venv ...", flush=True)
    venv.create(FOLDER, clear=True, with_pip=True)


def install_build_tools() -> None:
    """Install the build tools first, so that nothing is built by what the lock does not know."""
    part = FOLDER / "build-tools.txt"
    part.write_text(part_of_lock(LOCK.read_text(encoding="utf-8"), BUILD_TOOLS), encoding="utf-8")
    pip("install", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", str(part))


def part_of_lock(lock: str, names: tuple[str, ...]) -> str:
    """The entries of some packages, with their hashes."""
    entries = re.split(r"\n(?=\S)", lock.rstrip("\n"))
    chosen = [entry for entry in entries if (name := PACKAGE.match(entry)) and canonical(name[1]) in names]
    if len(chosen) != len(names):
        sys.exit(f"requirements.lock must hold {', '.join(names)}: run 'make lock'.")
    return "\n".join(chosen) + "\n"


def remove_strangers() -> None:
    """Uninstall what an earlier lock brought and this one lacks: the environment is the lock, no more."""
    listing = subprocess.run(
        [str(PYTHON), "-I", "-m", "pip", "list", "--format=freeze"],
        capture_output=True,
        text=True,
        check=True,
    )
    locked = {canonical(name) for name in PACKAGE.findall(LOCK.read_text(encoding="utf-8"))}
    locked |= {"pip", "mirocals-desktop"}
    strangers = [name for name in PACKAGE.findall(listing.stdout) if canonical(name) not in locked]
    if strangers:
        pip("uninstall", "--yes", *strangers)


def compile_translations() -> None:
    """Compile the translations whose source is newer than what was compiled from it."""
    sources = (ROOT / "resources" / "locale").glob("*/LC_MESSAGES/*.po")
    if any(is_older(source.with_suffix(".mo"), source) for source in sources):
        script = ROOT / "packaging" / "translations.py"
        subprocess.run([str(PYTHON), str(script), "compile"], check=True)


def is_older(target: Path, source: Path) -> bool:
    """Whether a made file is missing, or older than what it is made from."""
    return not target.exists() or target.stat().st_mtime < source.stat().st_mtime


def canonical(name: str) -> str:
    """A package name as all tools write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pip(command: str, *arguments: str) -> None:
    """Run pip of the environment; on a failure end with its code, since it has said why."""
    options = ["--disable-pip-version-check", "--no-input"]
    if not sys.stdout.isatty():
        options.append("--quiet")
    environment = {**os.environ, "PIP_USER": "0", "PIP_ROOT_USER_ACTION": "ignore"}
    code = subprocess.call([str(PYTHON), "-I", "-m", "pip", command, *options, *arguments], env=environment)
    if code:
        network = "" if "--no-index" in arguments else "The packages come from the network: is it there? "
        sys.exit(f"pip {command} ended with code {code}; its message is above. {network}Then run this again.")


if __name__ == "__main__":
    main()
