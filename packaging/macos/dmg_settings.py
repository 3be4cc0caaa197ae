"""What the disk image looks like: the program beside the folder it is dragged to.

dmgbuild -s packaging/macos/dmg_settings.py "MIROCALS Desktop" dist/mirocals-desktop-X.Y.Z-macos.dmg
"""

from __future__ import annotations

APP = "MIROCALS Desktop.app"

format = "UDZO"  # noqa: A001 (dmgbuild reads this name)
files = [f"build/package/{APP}"]
symlinks = {"Applications": "/Applications"}
icon_locations = {APP: (140, 120), "Applications": (420, 120)}
icon = "build/package/extra/icon.icns"
background = None
window_rect = ((200, 200), (560, 300))
icon_size = 96
default_view = "icon-view"
