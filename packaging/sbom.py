"""The software bill of materials of a build, in CycloneDX 1.5: what is in it, in which version and licence.

Two builds of the same source write the same bytes: the time is the source's, the serial number its digest.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
import sys
import uuid
from pathlib import Path
from typing import Any, Final

from licences import LINUX, Component, list_components

_EXPRESSION: Final = re.compile(r"\s(AND|OR|WITH)\s")


def write_sbom(target: Path, *, version: str) -> None:
    """Write the bill for the bundle of this version."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(build_sbom(version), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def build_sbom(version: str) -> dict[str, Any]:
    """The bill as CycloneDX's structure."""
    on_linux = sys.platform.startswith("linux")
    components = [describe(part) for part in list_components() if on_linux or part["inside"] != LINUX]
    digest = hashlib.sha256(json.dumps([version, components], sort_keys=True).encode()).hexdigest()
    moment = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.UTC)
    program = f"mirocals-desktop@{version}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "version": 1,
        "metadata": {
            "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": program,
                "name": "mirocals-desktop",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
        },
        "components": components,
        "dependencies": [{"ref": program, "dependsOn": [part["bom-ref"] for part in components]}],
    }


def describe(part: Component) -> dict[str, Any]:
    """One component; those that a package carries inside name it."""
    licence = part["licence"]
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": f"{part['name']}@{part['version']}" if part["version"] else part["name"],
        "name": part["name"],
        "licenses": [
            {"expression": licence} if _EXPRESSION.search(licence) else {"license": {"id": licence}}
        ],
    }
    if part["version"]:
        found["version"] = part["version"]
        name = re.sub(r"[-_.]+", "-", part["name"]).lower()
        found["purl"] = f"pkg:pypi/{name}@{part['version']}"
    if part["inside"]:
        found["properties"] = [{"name": "mirocals:carried-by", "value": part["inside"]}]
    return found
