"""The Linux packages: a .deb for Debian and Ubuntu, and a portable archive for everything else.

Both hold the same bundle. The .deb adds what a desktop reads (`packaging/linux`) and depends on the system's
libraries that the bundle's own files name and do not bring.
"""

from __future__ import annotations

import gzip
import os
import platform
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from app_icons import write_hicolor
from system_libraries import WINDOW

ROOT: Final = Path(__file__).resolve().parent.parent
PARTS: Final = ROOT / "packaging" / "linux"
NAME: Final = "mirocals-desktop"
ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64"}
OF_THE_LIBC: Final = re.compile(
    r"(libc|libm|libdl|libpthread|librt|libutil|ld-linux[-\w]*|libresolv)\.so\.\d+"
)
PACKAGES: Final = {
    **WINDOW,
    "libcups.so.2": "libcups2",
    "libgcc_s.so.1": "libgcc-s1",
    "libstdc++.so.6": "libstdc++6",
    "libuuid.so.1": "libuuid1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-glx.so.0": "libgl1",
}
RENAMED: Final = ("libglib2.0-0",)  # has another name since 64-bit time came to Debian 13 and Ubuntu 24.04
# libxcb alone comes with libgl1; these are opened at run time, so no file of the bundle names them
AT_RUN_TIME: Final = ("libegl1", "libgl1", "fonts-dejavu-core | fonts-liberation | fonts-freefont-ttf")


def write_packages(bundle: Path, folder: Path, *, version: str) -> list[Path]:
    """Write both packages into a folder; the .deb only where dpkg-deb is."""
    written = [write_archive(bundle, folder, version=version)]
    if shutil.which("dpkg-deb"):
        written.append(write_deb(bundle, folder, version=version))
    return written


def write_archive(bundle: Path, folder: Path, *, version: str) -> Path:
    """The portable archive: unpack it anywhere and start `mirocals-desktop` in it."""
    target = folder / f"{NAME}-{version}-linux-{platform.machine()}.tar.gz"
    moment = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = moment
        return entry

    with (
        target.open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=moment) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for path in sorted(bundle.rglob("*")):
            inside = f"{NAME}-{version}/{path.relative_to(bundle).as_posix()}"
            archive.add(path, inside, recursive=False, filter=plain)
    return target


def write_deb(bundle: Path, folder: Path, *, version: str) -> Path:
    """The Debian package, made by dpkg-deb from a tree with the files in their places."""
    architecture = ARCHITECTURES.get(platform.machine(), platform.machine())
    target = folder / f"{NAME}_{version}_{architecture}.deb"
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name) / "tree"
        lay_out(bundle, tree, version=version)
        size = sum(path.lstat().st_size for path in tree.rglob("*") if not path.is_dir()) // 1024
        control = (
            (PARTS / "control.in")
            .read_text(encoding="utf-8")
            .format(
                version=version,
                architecture=architecture,
                size=size,
                depends=", ".join(find_dependencies(bundle)),
            )
        )
        (tree / "DEBIAN").mkdir()
        (tree / "DEBIAN" / "control").write_text(control, encoding="utf-8")
        for path in (tree, *tree.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z10", "--build", str(tree), str(target)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return target


def lay_out(bundle: Path, tree: Path, *, version: str) -> None:
    """Put everything where a Debian system expects it."""
    share = tree / "usr" / "share"
    shutil.copytree(bundle, tree / "usr" / "lib" / NAME, symlinks=True)
    programs = tree / "usr" / "bin"
    programs.mkdir(parents=True)
    (programs / NAME).symlink_to(f"../lib/{NAME}/{NAME}")
    copy(PARTS / f"{NAME}.desktop", share / "applications")
    copy(PARTS / "org.mirocals.desktop.metainfo.xml", share / "metainfo")
    copy(PARTS / f"{NAME}.xml", share / "mime" / "packages")
    fixed = ROOT / "resources" / "icons" / "fixed"
    hicolor = share / "icons" / "hicolor"
    write_hicolor(fixed / f"{NAME}.svg", hicolor, context="apps", name=NAME)
    write_hicolor(fixed / "mirocals-study.svg", hicolor, context="mimetypes", name="application-x-mirocals")
    manual = (PARTS / f"{NAME}.1").read_text(encoding="utf-8").replace("@VERSION@", version)
    pack(manual, share / "man" / "man1" / f"{NAME}.1.gz")
    pack((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), share / "doc" / NAME / "changelog.gz")
    copy(PARTS / "copyright", share / "doc" / NAME)


def copy(path: Path, folder: Path) -> None:
    """Copy a file into a folder that may not be there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, folder / path.name)


def pack(text: str, target: Path) -> None:
    """Write a text compressed, without a time in it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(text.encode("utf-8"), 9, mtime=0))


def find_dependencies(bundle: Path) -> list[str]:
    """The Debian packages of all libraries that the bundle's files need and the bundle does not hold.

    Raises ValueError for a library that no package is known for: then the bundle would not start elsewhere.
    """
    here = {path.name for path in bundle.rglob("*.so*")}
    needed: set[str] = set()
    newest = (2, 17)
    for path in [bundle / NAME, *bundle.rglob("*.so*")]:
        if path.is_symlink():
            continue
        said = subprocess.run(
            ["readelf", "--dynamic", "--version-info", "--wide", str(path)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        needed |= set(re.findall(r"\(NEEDED\).*\[(.+?)\]", said))
        versions = (tuple(map(int, v.split("."))) for v in re.findall(r"Name: GLIBC_(2\.\d+)", said))
        newest = max([newest, *((v[0], v[1]) for v in versions)])
    outside = {name for name in needed - here if not OF_THE_LIBC.fullmatch(name)}
    unknown = sorted(outside - set(PACKAGES))
    if unknown:
        raise ValueError(f"no package is known for {', '.join(unknown)}, which the bundle needs")
    packages = {PACKAGES[name] for name in outside} | set(AT_RUN_TIME)
    names = [f"{name}t64 | {name}" if name in RENAMED else name for name in packages]
    return sorted([f"libc6 (>= {newest[0]}.{newest[1]})", *names])
