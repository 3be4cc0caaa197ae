"""Where the files that ship with the program are: protocols, sample study, icons, fonts, translations."""

from __future__ import annotations

from pathlib import Path


def resource_path(*parts: str) -> Path:
    """The path of a shipped file or folder, for example `resource_path("protocols", "mirocals.toml")`.

    In an installed program `resources` lies inside the package, in the repository beside it.
    """
    package = Path(__file__).parent
    installed = package / "resources"
    root = installed if installed.is_dir() else package.parent / "resources"
    return root.joinpath(*parts)
