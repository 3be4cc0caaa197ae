"""Write `requirements.lock` anew: exact versions with hashes for Linux, Windows and macOS, and no host names.

`python packaging/lock.py` keeps the versions that still fit; with `--upgrade` it takes the newest.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESOLVER = "uv==0.13.9"  # needed here alone, so it is in no environment of the project


def main(arguments: list[str]) -> int:
    """Resolve with a resolver in an environment of its own; its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        programs = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin")
        subprocess.run([str(programs / "python"), "-m", "pip", "install", "--quiet", RESOLVER], check=True)
        options = ["--extra", "dev", "--universal", "--python-version", "3.11", "--fork-strategy", "fewest",
                   "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"]  # fmt: skip
        return subprocess.call(
            [str(programs / "uv"), "pip", "compile", "pyproject.toml", *options,
             "--output-file", "requirements.lock", "--quiet", *arguments],
            cwd=ROOT,
        )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
