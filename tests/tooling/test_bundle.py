"""What the packages hold: chosen by name, described in a bill of materials, with icons that systems read."""

from __future__ import annotations

import importlib
import json
import os
import plistlib
import struct
import subprocess
import sys
import tarfile
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def load(repository: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.syspath_prepend(str(repository / "packaging"))
    return importlib.import_module


@pytest.fixture
def bundle(load: object) -> ModuleType:
    return load("bundle")


@pytest.mark.parametrize(
    "path",
    [
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/imageformats/libqsvg.so",
        "PySide6/Qt/translations/qtbase_fr.qm",
        "PySide6/QtOpenGL.abi3.so",  # pyqtgraph opens it
        "PySide6/Qt/lib/libQt6Network.so.6",
        "mirocals_desktop/resources/manual/guide.md",
        "shiboken6/files.dir/shibokensupport/signature/loader.py",
        "numpy/f2py/__init__.py",
        "libxcb-cursor.so.0",
        "libpython3.11.so.1.0",
        "PySide6/Qt/plugins/printsupport/libcupsprintersupport.so",
        "PySide6/QtPrintSupport.abi3.so",
    ],
)
def test_that_what_the_program_needs_is_packed(bundle: ModuleType, path: str) -> None:
    assert bundle.is_wanted(path)
    assert bundle.is_wanted(path.replace("/", "\\"))


@pytest.mark.parametrize(
    "path",
    [
        "PySide6/Qt/lib/libQt6Quick.so.6",
        "PySide6/Qt6Qml.dll",
        "PySide6/Qt/plugins/platformthemes/libqgtk3.so",
        "PySide6/Qt/plugins/imageformats/libqtiff.so",
        "PySide6/Qt/plugins/tls/libqopensslbackend.so",
        "PySide6/Qt/translations/qtbase_de.qm",
        "PySide6/Qt/translations/qtmultimedia_fr.qm",
        "pandas/tests/io/data/x.csv",
        "libX11.so.6",
        "libGL.so.1",
        "libfontconfig.so.1",
        "libstdc++.so.6",
        "libcups.so.2",
        "numpy-2.4.6.dist-info/RECORD",
    ],
)
def test_that_what_nothing_uses_or_the_system_brings_is_left_out(bundle: ModuleType, path: str) -> None:
    assert not bundle.is_wanted(path)


def test_that_no_module_that_is_left_out_is_imported_by_the_program(bundle: ModuleType) -> None:
    excluded = sorted(bundle.EXCLUDED_MODULES)
    script = (
        "import importlib, pkgutil, sys\n"
        f"for name in {excluded!r}:\n    sys.modules[name] = None\n"
        "import mirocals_desktop\n"
        "names = [m.name for m in pkgutil.walk_packages(mirocals_desktop.__path__, 'mirocals_desktop.')]\n"
        "for name in names:\n    name.endswith('__main__') or importlib.import_module(name)\n"
        "import lifelines, scipy.stats, pyqtgraph\nprint(len(names))"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr[-2000:]
    assert int(answer.stdout) > 100


def test_that_macos_is_told_the_type_of_a_study(bundle: ModuleType) -> None:
    properties = plistlib.loads(plistlib.dumps(bundle.macos_properties("1.2.3")))
    [kind] = properties["CFBundleDocumentTypes"]
    [declared] = properties["UTExportedTypeDeclarations"]
    assert kind["LSItemContentTypes"] == [declared["UTTypeIdentifier"]]
    assert declared["UTTypeTagSpecification"]["public.filename-extension"] == ["mirocals"]
    assert properties["CFBundleShortVersionString"] == "1.2.3"


def test_that_the_bill_of_materials_names_everything_that_ships_and_is_the_same_twice(
    load: object, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    build = load("sbom").build_sbom
    bill = build("1.2.3")
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert bill["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    assert bill == build("1.2.3")
    assert bill["serialNumber"] != build("1.2.4")["serialNumber"]
    named = {part["name"].lower() for part in bill["components"]}
    assert {"numpy", "pandas", "pyside6_essentials", "qt", "liberation sans", "sqlcipher", "python"} <= named
    assert "matplotlib" not in named
    assert all(part["licenses"] for part in bill["components"])
    listed = json.loads((repository / "resources" / "licences.json").read_text(encoding="utf-8"))
    assert named == {
        part["name"].lower() for part in listed if part["inside"] != "the packages for Linux"
    } | ({part["name"].lower() for part in listed} if sys.platform.startswith("linux") else set())


def test_that_a_library_that_is_not_listed_is_no_build(load: object, tmp_path: Path) -> None:
    licences = load("licences")
    modules = [name for package in licences.shipped_packages() for name in licences.top_modules(package)]
    licences.check_bundle(tmp_path, modules)
    with pytest.raises(SystemExit, match="matplotlib ships"):
        licences.check_bundle(tmp_path, [*modules, "matplotlib.figure"])
    with pytest.raises(SystemExit, match="pandas is listed"):
        licences.check_bundle(tmp_path, [name for name in modules if name != "pandas"])
    (tmp_path / "libreadline.so.8").touch()
    if sys.platform.startswith("linux"):
        with pytest.raises(SystemExit, match=r"libreadline.so.8 ships"):
            licences.check_bundle(tmp_path, modules)


def test_that_every_package_comes_with_the_text_of_its_licence(load: object, tmp_path: Path) -> None:
    licences = load("licences")
    licences.write_texts(tmp_path)
    without_text = {"pyside6-essentials", "shiboken6"}  # theirs lies in qt-and-pyside
    for name in set(licences.shipped_packages()) - without_text:
        assert any((tmp_path / name).rglob("*")), name
    folders = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert folders - {"qt-and-pyside", "pyinstaller"} <= set(licences.shipped_packages())
    assert "LESSER GENERAL PUBLIC" in (tmp_path / "qt-and-pyside" / "LGPL-3.0.txt").read_text(
        encoding="utf-8"
    )
    assert "SIL OPEN FONT" in (tmp_path / "liberation-sans.txt").read_text(encoding="utf-8").upper()


def test_that_icons_are_written_in_the_forms_of_windows_and_macos(
    load: object, repository: Path, tmp_path: Path, qapp: object
) -> None:
    icons = load("app_icons")
    for name in ("mirocals-desktop", "mirocals-study"):
        drawing = repository / "resources" / "icons" / "fixed" / f"{name}.svg"
        icons.write_ico(drawing, tmp_path / "a.ico")
        icons.write_icns(drawing, tmp_path / "a.icns")
        ico, icns = (tmp_path / "a.ico").read_bytes(), (tmp_path / "a.icns").read_bytes()
        _zero, kind, count = struct.unpack("<HHH", ico[:6])
        assert (kind, count) == (1, 6)
        for number in range(count):
            size, place = struct.unpack("<II", ico[6 + 16 * number + 8 : 6 + 16 * number + 16])
            assert ico[place : place + 4] == b"\x89PNG"
            assert place + size <= len(ico)
        assert icns[:4] == b"icns"
        assert struct.unpack(">I", icns[4:8]) == (len(icns),)


def test_that_windows_is_told_version_and_name(load: object) -> None:
    text = load("package").version_resource("1.2.3")
    assert "filevers=(1, 2, 3, 0)" in text
    assert "StringStruct('ProductName', 'MIROCALS Desktop')" in text


def test_that_the_portable_archive_is_the_same_twice(
    load: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    folder = tmp_path / "bundle"
    (folder / "_internal").mkdir(parents=True)
    (folder / "mirocals-desktop").write_text("#!/bin/sh\n")
    (folder / "_internal" / "a.txt").write_text("a")
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        os.utime(folder / "_internal" / "a.txt", (1, 1 if name == "one" else 2))
        written.append(load("linux_packages").write_archive(folder, tmp_path / name, version="1.2.3"))
    assert written[0].read_bytes() == written[1].read_bytes()
    with tarfile.open(written[0]) as archive:
        assert "mirocals-desktop-1.2.3/_internal/a.txt" in archive.getnames()


def test_that_desktop_type_and_metainfo_speak_of_the_same_program(repository: Path) -> None:
    linux = repository / "packaging" / "linux"
    desktop = (linux / "mirocals-desktop.desktop").read_text(encoding="utf-8")
    kind = ElementTree.parse(linux / "mirocals-desktop.xml").getroot()[0].attrib["type"]
    metainfo = ElementTree.parse(linux / "org.mirocals.desktop.metainfo.xml").getroot()
    assert f"MimeType={kind};" in desktop
    assert "Exec=mirocals-desktop %F" in desktop
    assert metainfo.findtext("launchable") == "mirocals-desktop.desktop"
    assert metainfo.findtext("provides/mediatype") == kind
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert metainfo.findtext("project_license") == project["license"]


def test_that_entitlements_and_installer_can_be_read(repository: Path) -> None:
    with (repository / "packaging" / "macos" / "entitlements.plist").open("rb") as file:
        assert plistlib.load(file)
    script = (repository / "packaging" / "windows" / "mirocals-desktop.iss").read_text(encoding="utf-8")
    assert "PrivilegesRequired=lowest" in script
    assert "ChangesAssociations=yes" in script


@pytest.mark.parametrize("has_console", [True, False], ids=["Windows", "elsewhere"])
def test_that_a_frozen_program_reads_spreadsheets_by_itself_or_its_twin_with_a_console(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_console: bool
) -> None:
    from mirocals_desktop.importing.reader.guard import child_command

    program, console = tmp_path / "mirocals-desktop.exe", tmp_path / "mirocals-desktop-console.exe"
    program.touch()
    if has_console:
        console.touch()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    assert child_command() == [str(console if has_console else program), "--read-spreadsheet"]


def test_that_a_translation_is_compiled_to_the_same_bytes_at_any_time(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(repository / "packaging"))
    hook = importlib.import_module("build_hook")
    folder = tmp_path / "locale" / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "x.po").write_text('msgid ""\nmsgstr ""\n"Language: fr\\n"\n\nmsgid "a"\nmsgstr "b"\n', "utf-8")
    (made,) = hook.compile_catalogues(tmp_path / "locale")
    assert b"POT-Creation-Date: 2000-01-01" in made.read_bytes()


def _of_one_time(part: tarfile.TarInfo) -> tarfile.TarInfo:
    part.mtime = 1
    return part


def test_that_two_builds_are_compared_file_by_file(
    load: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compare = load("compare")
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        (folder / "inner").mkdir(parents=True)
        (folder / "inner" / "same").write_text("a")
        (folder / "other").symlink_to("inner/same")
        with tarfile.open(tmp_path / f"{folder.name}.tar.gz", "w:gz") as archive:
            archive.add(folder / "inner" / "same", "same", filter=_of_one_time)
    assert compare.main([str(first), str(second)]) == 0
    assert compare.main([str(tmp_path / "first.tar.gz"), str(tmp_path / "second.tar.gz")]) == 0
    (second / "inner" / "same").write_text("b")
    (second / "inner" / "new").write_text("")
    assert compare.main([str(first), str(second)]) == 1
    said = capsys.readouterr().out
    assert "differs: inner/same\n" in said
    assert "differs: inner/new (in one alone)" in said
    assert "2 of 3 files differ." in said
