"""Rules from YAML; every fault of a file at once, with its place.

Rules about many kinds of devices stand in files here, those about one profile's values in it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from monitors.alerts.rules.state import AlertRule
from monitors.collect.profiles import FOLDER as PROFILES

SHIPPED = Path(__file__).parent

States = Mapping[tuple[str, str], Mapping[str, int]]
"""(measurement, field) -> number by word, as a profile lists an enumeration."""


class RulesInvalid(Exception):
    """Rule files that cannot be used; one line for each fault."""


def load_rules(directory: Path = SHIPPED, profiles: Path = PROFILES) -> tuple[AlertRule, ...]:
    """All rules of both folders' ``*.yml``, by file and order. Raises RulesInvalid."""
    rules: list[AlertRule] = []
    faults: list[str] = []
    for path in (*sorted(directory.glob("*.yml")), *sorted(profiles.glob("*.yml"))):
        document = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
        states = _states_of(document)
        for position, entry in enumerate(document.get("rules", ())):
            try:
                rules.append(AlertRule.model_validate(_in_numbers(entry, states)))
            except ValidationError as error:
                faults += [
                    f"{path.name}: rules[{position}].{'.'.join(map(str, fault['loc']))}: "
                    f"{fault['msg']}"
                    for fault in error.errors()
                ]
    names = [rule.name for rule in rules]
    faults += [
        f"{name}: declared twice" for name in sorted({n for n in names if names.count(n) > 1})
    ]
    if faults:
        raise RulesInvalid("\n".join(faults))
    return tuple(rules)


def _in_numbers(entry: dict[str, Any], states: States) -> dict[str, Any]:
    """The entry with the words of its field's enumeration as numbers; unknown ones stay."""
    words = states.get((entry.get("measurement", ""), entry.get("field", "")), {})
    any_of = entry.get("any_of", ())
    return {**entry, "any_of": [words.get(word, word) for word in any_of]}


def _states_of(document: Mapping[str, Any]) -> States:
    return {
        (measurement, item["name"]): {word: number for number, word in item["states"].items()}
        for measurement, item in _objects(document)
        if "states" in item and "name" in item
    }


def _objects(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for group in document.get("scalars", ()):
        yield from ((group["measurement"], item) for item in group["fields"])
    for table in document.get("tables", ()):
        for item in (*table["columns"], *table.get("fields", ())):
            yield table["measurement"], item
