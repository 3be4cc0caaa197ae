"""Where the files that ship with the program are: protocols, sample study, icons, fonts, translations."""

from __future__ import annotations

from pathlib import Path


def resource_path(*parts: str) -> Path:
    """The path of a shipped file or folder, for example `resource_path("protocols", "mirocals.toml")`.

    In an installed program `resources` lies inside the package, in the repository beside it. The manual,
    `resource_path("manual", "guide.md")` with its pictures, is in the repository the folder `docs`.
    """
    package = Path(__file__).parent
    installed = package / "resources"
    if installed.is_dir():
        return installed.joinpath(*parts)
    if parts == ("manual", "changelog.md"):
        return package.parent / "CHANGELOG.md"
    if parts[:1] == ("manual",):
        return package.parent.joinpath("docs", *parts[1:])
    return package.parent.joinpath("resources", *parts)
