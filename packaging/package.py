"""Build the bundle with PyInstaller and try it: a build whose self-test fails is no build.

    python packaging/package.py            build/package/mirocals-desktop, and on Linux the files in dist/
    python packaging/package.py --keep     also add size and start to docs/bench-history.jsonl

The frozen program is tried in a folder of its own, without this repository, its environment or any of the
developer's variables, and with a time limit: an exception in a slot would otherwise wait for ever.
"""

from __future__ import annotations

import compileall
import hashlib
import json
import os
import platform
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
HERE: Final = ROOT / "packaging"
BUILD: Final = ROOT / "build" / "package"
EXTRA: Final = BUILD / "extra"
FOLDER: Final = BUILD / "mirocals-desktop"
DIST: Final = ROOT / "dist"
HISTORY: Final = ROOT / "docs" / "bench-history.jsonl"
SELF_TEST_SECONDS: Final = 600
START_ROUNDS: Final = 7
MOST_MEGABYTES: Final = 360


def main(arguments: list[str]) -> int:
    """Build, try, pack; 0 when everything held."""
    if sys.platform.startswith("linux") and not all(map(shutil.which, ("objdump", "readelf", "strip"))):
        print("PyInstaller needs the program objdump, and the package readelf and strip: install binutils.")
        return 1
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["SOURCE_DATE_EPOCH"] = str(source_date())
    from licences import check_bundle

    version = read_version()
    shutil.rmtree(BUILD, ignore_errors=True)
    EXTRA.mkdir(parents=True)
    write_extra(version)
    freeze()
    trim()
    check_bundle(FOLDER / "_internal", archived_modules(program()))
    seconds = try_out(program())
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file() and not path.is_symlink())
    report = {
        "version": version,
        "system": platform.system(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "megabytes": round(size / 1e6, 1),
        "files": sum(1 for path in FOLDER.rglob("*") if path.is_file()),
        "self_test_seconds": round(seconds, 1),
        **measure_start(program()),
    }
    print(f"The bundle has {report['megabytes']} MB in {report['files']} files; its self-test passed.")
    if size > MOST_MEGABYTES * 1e6:
        print(f"That is over {MOST_MEGABYTES} MB: something came in that was not there before.")
        return 1
    if sys.platform.startswith("linux"):
        from linux_packages import write_packages

        DIST.mkdir(exist_ok=True)
        for path in write_packages(FOLDER, DIST, version=version):
            report[path.name] = round(path.stat().st_size / 1e6, 1)
            print(f"{path.relative_to(ROOT)}: {report[path.name]} MB")
        write_checksums(DIST)
    (BUILD / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if "--keep" in arguments:
        line = {"date": time.strftime("%Y-%m-%d"), "package": report}
        with HISTORY.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, sort_keys=True) + "\n")
    return 0


def read_version() -> str:
    """The version that the source states."""
    for line in (ROOT / "mirocals_desktop" / "__init__.py").read_text(encoding="utf-8").splitlines():
        if line.startswith("__version__"):
            return line.split('"')[1]
    sys.exit("mirocals_desktop/__init__.py states no version.")


def source_date() -> int:
    """When the source was last changed: the only time that stands in what is built."""
    if os.environ.get("SOURCE_DATE_EPOCH"):
        return int(os.environ["SOURCE_DATE_EPOCH"])
    answer = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return int(answer.stdout) if answer.returncode == 0 and answer.stdout.strip() else 1_700_000_000


def write_extra(version: str) -> None:
    """What the spec takes from `extra`: resources with manual, licences and SBOM; icons; Qt's signatures."""
    from app_icons import write_icns, write_ico
    from build_hook import compile_catalogues, copy_manual
    from licences import write_texts
    from sbom import write_sbom

    compile_catalogues(ROOT / "resources" / "locale")
    resources = EXTRA / "resources"
    shutil.copytree(ROOT / "resources", resources, ignore=shutil.ignore_patterns("*.po", "*.pot", "manual"))
    copy_manual(ROOT / "docs", resources / "manual")
    write_texts(resources / "licences")
    write_sbom(resources / "sbom.cdx.json", version=version)
    drawing = ROOT / "resources" / "icons" / "fixed" / "mirocals-desktop.svg"
    write_ico(drawing, EXTRA / "icon.ico")
    write_ico(drawing.with_name("mirocals-study.svg"), EXTRA / "study.ico")
    write_icns(drawing, EXTRA / "icon.icns")
    (EXTRA / "version.txt").write_text(version + "\n", encoding="utf-8")
    (EXTRA / "version_info.txt").write_text(version_resource(version), encoding="utf-8")
    unfold_signatures(EXTRA / "files.dir")


def unfold_signatures(target: Path) -> None:
    """Put PySide's signature modules beside it as files, compiled.

    The library carries them as source in an archive and compiles them at every start, which takes a quarter
    of the time until an empty window is painted. It looks for this folder first (its switch is SBK_EMBED).
    """
    import shiboken6  # noqa: F401 (brings the archive)

    loader = sys.modules["shibokensupport"].__loader__
    loader.zfile.extractall(target)  # type: ignore[union-attr]
    compileall.compile_dir(
        target, quiet=1, ddir="files.dir", invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
    )


def version_resource(version: str) -> str:
    """What Windows shows among the properties of the program, in PyInstaller's form."""
    numbers = ", ".join([*version.split("."), "0", "0", "0"][:4])
    texts = {
        "CompanyName": "MIROCALS Desktop",
        "FileDescription": "MIROCALS Desktop",
        "FileVersion": version,
        "LegalCopyright": "Apache-2.0",
        "OriginalFilename": "mirocals-desktop.exe",
        "ProductName": "MIROCALS Desktop",
        "ProductVersion": version,
    }
    rows = ", ".join(f"StringStruct({name!r}, {text!r})" for name, text in texts.items())
    return (
        f"VSVersionInfo(ffi=FixedFileInfo(filevers=({numbers}), prodvers=({numbers})), kids=["
        f"StringFileInfo([StringTable('080904B0', [{rows}])]), "
        "VarFileInfo([VarStruct('Translation', [0x0809, 1200])])])\n"
    )


def freeze() -> None:
    """Run PyInstaller on the spec; its words go to a file, which is shown when it fails."""
    log = BUILD / "pyinstaller.log"
    with log.open("w", encoding="utf-8") as file:
        code = subprocess.call(
            [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN",
             "--distpath", str(BUILD), "--workpath", str(BUILD / "work"),
             str(HERE / "mirocals-desktop.spec")],
            cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, env={**os.environ, "PYTHONHASHSEED": "0"},
        )  # fmt: skip
    if code:
        sys.exit(log.read_text(encoding="utf-8", errors="replace")[-4000:] + f"\nPyInstaller failed: {log}")
    shutil.rmtree(BUILD / "work", ignore_errors=True)


STRIPPED: Final = ("libpython", "lib-dynload/", "sqlcipher3/", "cryptography/")


def trim() -> None:
    """Take the symbols out of what carries them and can do without (numpy's libraries cannot), and remove
    libraries that were gathered for plugins which are left out.
    """
    if not sys.platform.startswith("linux"):
        return
    for library in FOLDER.rglob("*.so*"):
        if not library.is_symlink() and any(word in library.as_posix() for word in STRIPPED):
            subprocess.run(["strip", "--strip-unneeded", str(library)], check=True)
    top = FOLDER / "_internal"
    while True:
        needed = set()
        for path in [program(), *FOLDER.rglob("*.so*")]:
            answer = subprocess.run(
                ["readelf", "--dynamic", "--wide", str(path)], capture_output=True, text=True, check=True
            )
            needed |= set(re.findall(r"\(NEEDED\).*\[(.+?)\]", answer.stdout))
        kept = needed | {path.name for path in top.glob("libpython*")}
        orphans = [path for path in top.glob("lib*.so*") if path.name not in kept]
        if not orphans:
            return
        for path in orphans:
            beyond = path.resolve()
            path.unlink()
            if beyond.exists() and beyond.is_relative_to(FOLDER):
                beyond.unlink()


def archived_modules(path: Path) -> list[str]:
    """The names of the Python modules inside the frozen program."""
    from PyInstaller.archive.readers import CArchiveReader  # type: ignore[import-untyped]

    archive = CArchiveReader(str(path))
    [name] = (name for name in archive.toc if name.endswith(".pyz"))
    return list(archive.open_embedded_archive(name).toc)


def program() -> Path:
    """The frozen program that has an output."""
    if sys.platform == "win32":
        return FOLDER / "mirocals-desktop-console.exe"
    return FOLDER / "mirocals-desktop"


def try_out(path: Path) -> float:
    """Run the frozen self-test where nothing of the developer's is; gives its seconds, ends when it fails."""
    with tempfile.TemporaryDirectory() as home:
        kept = ("SYSTEMROOT", "WINDIR", "TEMP", "TMP") if sys.platform == "win32" else ()
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        environment |= {"HOME": home, "USERPROFILE": home, "QT_QPA_PLATFORM": "offscreen", "LANG": "C.UTF-8"}
        start = time.monotonic()
        try:
            answer = subprocess.run(
                [str(path), "--self-test"], cwd=home, env=environment, capture_output=True, text=True,
                timeout=SELF_TEST_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            sys.exit(f"The frozen self-test did not end within {SELF_TEST_SECONDS} s: this is no build.")
        print(answer.stdout, end="")
        if answer.returncode != 0 or "all is well" not in answer.stdout:
            sys.exit(f"{answer.stderr}\nThe frozen self-test failed: this is no build.")
        return time.monotonic() - start


def measure_start(path: Path) -> dict[str, float]:
    """How the packaged program starts, beside an empty QMainWindow of this environment, in turns.

    Warm in processor seconds until the paint (each takes the least of its runs, since other work can only
    add), cold by the clock, after the system was asked to forget the bundle's files. Linux alone.
    """
    if not sys.platform.startswith("linux"):
        return {}
    sys.path.insert(0, str(HERE / "bench"))
    from bench_start import EMPTY

    def processor(command: list[str], environment: dict[str, str]) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, env=environment, capture_output=True, check=True, timeout=120)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    import resource

    with tempfile.TemporaryDirectory() as home:
        environment = {"HOME": home, "QT_QPA_PLATFORM": "offscreen", "LANG": "C.UTF-8"}
        ours, bare, cold = [], [], []
        for _round in range(START_ROUNDS):
            bare.append(processor([sys.executable, "-c", EMPTY], environment))
            ours.append(processor([str(path), "--until-painted"], environment))
        for _round in range(3):
            for file in FOLDER.rglob("*"):
                if file.is_file():
                    opened = os.open(file, os.O_RDONLY)
                    os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
                    os.close(opened)
            start = time.perf_counter()
            processor([str(path), "--until-painted"], environment)
            cold.append(time.perf_counter() - start)
    print(
        f"Start: {min(ours):.3f} s of processor, an empty window {min(bare):.3f} s; cold {min(cold):.1f} s."
    )
    return {
        "start_processor_seconds": round(min(ours), 3),
        "empty_window_processor_seconds": round(min(bare), 3),
        "start_ratio": round(min(ours) / min(bare), 2),
        "start_cold_seconds": round(min(cold), 2),
    }


def write_checksums(folder: Path) -> None:
    """SHA256SUMS for everything that lies in the folder, as `sha256sum --check` reads it."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != "SHA256SUMS"
    ]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
