"""Compare two builds file by file: `python packaging/compare.py FIRST SECOND`.

Each is a bundle's folder, or a file of dist/ (.tar.gz or .deb, told by its parts). Ends with 1 where any file
stands in one alone, or differs in what it holds, in its rights or in where it points.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Print what differs; 0 when nothing does."""
    if len(arguments) != 2:
        print(__doc__)
        return 2
    first, second = (list_parts(Path(name)) for name in arguments)
    different = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    for name in different:
        where = "" if name in first and name in second else " (in one alone)"
        print(f"differs: {name}{where}")
    print(f"{len(different)} of {len(first.keys() | second.keys())} files differ.")
    return 1 if different else 0


def list_parts(path: Path) -> dict[str, tuple[int, str]]:
    """Every file of a build by its name: its rights, and a digest of what it holds or where it points."""
    if path.is_dir():
        return {
            file.relative_to(path).as_posix(): (
                file.lstat().st_mode,
                f"to {file.readlink()}" if file.is_symlink() else digest(file.read_bytes()),
            )
            for file in path.rglob("*")
            if file.is_symlink() or file.is_file()
        }
    if path.suffix == ".deb":
        data = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(path)], capture_output=True, check=True)
        control = subprocess.run(["dpkg-deb", "--ctrl-tarfile", str(path)], capture_output=True, check=True)
        parts = list_archive(data.stdout)
        return parts | {f"DEBIAN/{name}": part for name, part in list_archive(control.stdout).items()}
    return list_archive(path.read_bytes())


def list_archive(content: bytes) -> dict[str, tuple[int, str]]:
    """The members of a tar archive, their times among what is compared."""
    parts = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            holds = digest(file.read()) if file is not None else f"to {member.linkname}"
            parts[member.name] = (member.mode, f"{holds} {member.mtime} {member.uname}")
    return parts


def digest(content: bytes) -> str:
    """SHA-256 of what a file holds."""
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
