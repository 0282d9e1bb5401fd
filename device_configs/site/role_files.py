"""Roles from their files: the standard ones beside this module, and those of a declaration."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from device_configs.site.faults import Faults
from device_configs.site.model.role import ROLE_NAME, DeviceRole, RoleProperties
from device_configs.site.wording import add_problems
from device_configs.site.yaml_files import read_yaml

FOLDER = "roles"
"""Folder of a declaration whose files add roles; one of a standard role's name replaces it."""
STANDARD = Path(__file__).parent / FOLDER


@cache
def standard_roles() -> Mapping[str, DeviceRole]:
    """The roles that every site knows. Raises SiteInvalid for files that cannot be used."""
    faults = Faults()
    found = _read(STANDARD, faults)
    faults.raise_if_any()
    return found


def read_roles(declaration: Path, faults: Faults) -> Mapping[str, DeviceRole]:
    """All roles of a site by name, in a stable order: standard ones first, then its own."""
    own = declaration / FOLDER
    if own.exists() and not own.is_dir():
        faults.add(FOLDER, "-", "is no folder", "make it a folder with a file for each role")
        return standard_roles()
    return {**standard_roles(), **_read(own, faults)}


def roles_where(roles: Mapping[str, DeviceRole], has: str) -> tuple[str, ...]:
    """Names of the roles with a property, as a fault lists what is allowed."""
    return tuple(name for name, role in roles.items() if getattr(role, has))


def _read(folder: Path, faults: Faults) -> dict[str, DeviceRole]:
    found = (_role(folder, path, faults) for path in _files(folder))
    return {role.name: role for role in found if role is not None}


def _files(folder: Path) -> Iterable[Path]:
    return sorted(folder.glob("*.yml"))


def _role(folder: Path, path: Path, faults: Faults) -> DeviceRole | None:
    """The role of one file, which names it; what is wrong with it becomes faults."""
    file = f"{FOLDER}/{path.name}"
    document = read_yaml(folder.parent, file, faults)
    if document is None:
        faults.withhold(file, path.stem)
        return None
    try:
        properties = RoleProperties.model_validate(document)
    except ValidationError as error:
        add_problems(error, file, "", document, RoleProperties, faults)
        faults.withhold(file, path.stem)
        return None
    if not re.fullmatch(ROLE_NAME, path.stem):
        faults.add(file, "-", f"{path.stem!r} is no name for a role",
                   "write a small letter, then small letters, digits and underscores")  # fmt: skip
        return None
    return DeviceRole(name=path.stem, **dict(properties))
