"""One meaning a class name: none is defined twice across the packages."""

from collections import defaultdict

from tests.house.sources import classes, modules


def repeated() -> dict[str, list[str]]:
    """The public class names with more than one module. Private ones do not leave theirs."""
    found: dict[str, list[str]] = defaultdict(list)
    for module in modules():
        for name in {node.name for node in classes(module) if not node.name.startswith("_")}:
            found[name].append(module.path)
    return {name: paths for name, paths in sorted(found.items()) if len(paths) > 1}


def test_no_class_name_is_given_twice() -> None:
    found = [f"{name}: {', '.join(paths)}" for name, paths in repeated().items()]
    assert found == [], "\n" + "\n".join(found)
