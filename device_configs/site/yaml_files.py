"""YAML files of a declaration, read so that whatever is wrong with them becomes a fault."""

from pathlib import Path
from typing import Any

import yaml

from device_configs.site.faults import Faults


class _StrictLoader(yaml.CSafeLoader):
    """The safe loader, which besides refuses a key that stands twice in one mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands twice", key.start_mark
                )
            if isinstance(key, yaml.ScalarNode):
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(folder: Path, file: str, faults: Faults) -> Any:
    """What a file holds; None where it cannot be read or is empty, which ``faults`` then say."""
    try:
        document = yaml.load((folder / file).read_text("utf-8"), _StrictLoader)  # noqa: S506
    except OSError as error:
        refuse_file(faults, file, "-", f"cannot be read ({error.strerror})", "create the file")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "-"
        problem = getattr(error, "problem", None) or "is no YAML"
        refuse_file(faults, file, where, str(problem), "mend the YAML syntax there")
    else:
        if document is None:
            refuse_file(faults, file, "-", "is empty", "write what it declares")
        return document
    return None


def refuse_file(faults: Faults, file: str, path: str, found: str, remedy: str) -> None:
    """A fault that keeps the whole file from being read."""
    faults.add(file, path, found, remedy)
    faults.withhold(file, None)
