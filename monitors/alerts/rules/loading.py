"""Rules from YAML; every fault of a file at once, with its place."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from monitors.alerts.rules.state import Rule

SHIPPED = Path(__file__).parent


class RulesInvalid(Exception):
    """Rule files that cannot be used; one line for each fault."""


def load_rules(directory: Path = SHIPPED) -> tuple[Rule, ...]:
    """All rules of the directory's ``*.yml``, by file and order. Raises RulesInvalid."""
    rules: list[Rule] = []
    faults: list[str] = []
    for path in sorted(directory.glob("*.yml")):
        for position, entry in enumerate(yaml.safe_load(path.read_text("utf-8"))["rules"]):
            try:
                rules.append(Rule.model_validate(entry))
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
