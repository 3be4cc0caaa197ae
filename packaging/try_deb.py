"""Try the Debian package as a person would: install it, open a study by a double-click, remove it.

    python packaging/try_deb.py [PACKAGE.deb]     the newest of dist/ when none is named; needs root

Everything is seen from outside: which files apt brings and takes away, which type and program the desktop
gives a study, and that a window with the study's title appears on a screen of its own (Xvfb). A picture of it
goes to build/try-deb.png. Ends with 1 and a sentence at the first thing that does not hold.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURE: Final = ROOT / "build" / "try-deb.png"
NAME: Final = "mirocals-desktop"
TOOLS: Final = {
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "import": "imagemagick",
    "gio": "libglib2.0-bin",
    "update-mime-database": "shared-mime-info",
    "update-desktop-database": "desktop-file-utils",
}
DISPLAY: Final = ":93"
MOST_SECONDS: Final = 180


def main(arguments: list[str]) -> int:
    """Install, look, open, look, remove, look."""
    if os.geteuid() != 0:
        return fail("installing a package needs root")
    found = sorted((ROOT / "dist").glob("*.deb"), key=lambda path: path.stat().st_mtime)
    if not arguments and not found:
        return fail("there is no package in dist/: run `make package` first")
    package = Path(arguments[0]).resolve() if arguments else found[-1]
    if list_files():
        return fail("the package is installed here already: remove it first")
    apt("update")
    missing = [name for program, name in TOOLS.items() if shutil.which(program) is None]
    apt("install", *missing, str(package))
    try:
        sentence = look() or open_study()
    finally:
        apt("purge", NAME)
    left = [
        path
        for path in (f"/usr/lib/{NAME}", f"/usr/bin/{NAME}", f"/usr/share/doc/{NAME}")
        if Path(path).exists()
    ]
    if not sentence and (left or list_files()):
        sentence = f"files are left after removing: {', '.join(left)}"
    if sentence:
        return fail(sentence)
    print(
        f"Installed, opened by its type, and removed: all held. The picture is {PICTURE.relative_to(ROOT)}."
    )
    return 0


def look() -> str:
    """What the system knows of the program; a sentence about what is wrong."""
    files = list_files()
    for wanted in (
        f"/usr/bin/{NAME}",
        f"/usr/share/applications/{NAME}.desktop",
        f"/usr/share/man/man1/{NAME}.1.gz",
        "/usr/share/icons/hicolor/48x48/mimetypes/application-x-mirocals.png",
    ):
        if wanted not in files:
            return f"{wanted} was not installed"
    if "all is well" not in run(NAME, "--self-test", seconds=600):
        return "the self-test of the installed program failed"
    return ""


def open_study() -> str:
    """Open a study the way a double-click does, and look at the window; a sentence about what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "a study.mirocals"
        run(NAME, "sample", str(study), seconds=600)
        kind = run("gio", "info", "--attributes=standard::content-type,standard::icon", str(study))
        if "standard::content-type: application/x-mirocals" not in kind:
            return "the system does not know the type of a study"
        if "application-x-mirocals" not in kind.split("standard::icon", 1)[-1]:
            return "a study has no icon of its own"
        if f"{NAME}.desktop" not in run("gio", "mime", "application/x-mirocals"):
            return "a study would be opened by another program"
        screen = subprocess.Popen(["Xvfb", DISPLAY, "-screen", "0", "1280x800x24"], stderr=subprocess.DEVNULL)
        environment = {
            **os.environ,
            "DISPLAY": DISPLAY,
            "HOME": folder,
            "XDG_CONFIG_HOME": f"{folder}/config",
        }
        environment.pop("QT_QPA_PLATFORM", None)
        opened = None
        try:
            time.sleep(2)
            opened = subprocess.Popen(["gio", "open", str(study)], env=environment, start_new_session=True)
            end = time.monotonic() + MOST_SECONDS
            while time.monotonic() < end:
                titles = subprocess.run(
                    ["xdotool", "search", "--onlyvisible", "--name", "synthetic"],
                    env=environment, capture_output=True, text=True, check=False,
                )  # fmt: skip
                if titles.stdout.strip():
                    time.sleep(5)  # the page is drawn
                    PICTURE.parent.mkdir(exist_ok=True)
                    subprocess.run(["import", "-window", "root", str(PICTURE)], env=environment, check=True)
                    return ""
                time.sleep(0.5)
            return "no window with the study's title appeared"
        finally:
            if opened is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(opened.pid, signal.SIGTERM)
            screen.terminate()
            screen.wait()


def list_files() -> list[str]:
    """The files of the installed package; none when it is not installed."""
    answer = subprocess.run(["dpkg", "--listfiles", NAME], capture_output=True, text=True, check=False)
    return answer.stdout.splitlines() if answer.returncode == 0 else []


def run(*command: str, seconds: int = 60) -> str:
    """What a command says, in no environment but the least."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    answer = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=seconds, env=environment, cwd="/"
    )
    return answer.stdout


def apt(*words: str) -> None:
    """Run apt-get without a question."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(
        ["apt-get", "--quiet=2", "--yes", *words], check=True, env=environment, stdout=subprocess.DEVNULL
    )


def fail(sentence: str) -> int:
    """Say what does not hold."""
    print(f"This did not hold: {sentence}.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
