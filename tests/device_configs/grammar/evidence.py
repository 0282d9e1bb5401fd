"""Which forms of the grammar a public sample confirms; the others are listed in unproven.md.

``python -m tests.device_configs.grammar.evidence`` writes the list anew.
"""

from pathlib import Path

from device_configs.grammar import FAMILIES, load_family
from device_configs.grammar.check import forms_used
from tests.device_configs.grammar.conftest import SAMPLES, family_of

UNPROVEN = Path(__file__).parents[3] / "device_configs" / "grammar" / "unproven.md"
HEAD = """# Forms that no public sample confirms

Written from the public references named at the head of each data file, and from nothing else: no
sample in `tests/device_configs/grammar/samples` uses them. A line of such a form may be refused by
a device, or be shown by it in another way. Nobody here has seen such a device: "confirmed" means
that a published configuration or a vendor's own example has a line of the form, and an example
stands in the same manuals as the form itself.
`python -m tests.device_configs.grammar.evidence` writes this list anew.
"""


def all_forms(family: str) -> set[tuple[str, str]]:
    """(view, form) of every form of a family's data files."""
    return {
        (command.view, command.form.text)
        for view in load_family(family).views.values()
        for commands in view.commands.values()
        for command in commands
    }


def proven_forms(family: str) -> set[tuple[str, str]]:
    """(view, form) of the forms that a sample uses."""
    return {
        form
        for sample in SAMPLES
        if family_of(sample) == family
        for form in forms_used(family, sample.read_text("utf-8"))
    }


def unproven_text() -> str:
    """What unproven.md has to say."""
    parts = [HEAD]
    for family in FAMILIES:
        forms, proven = all_forms(family), proven_forms(family)
        open_forms = sorted(forms - proven)
        parts.append(
            f"\n## {family}: {len(open_forms)} of {len(forms)} forms ({len(proven)} confirmed)\n"
        )
        last = ""
        for view, form in open_forms:
            if view != last:
                parts.append(f"\n### {view}\n")
                last = view
            parts.append(f"- `{form}`\n")
    return "".join(parts)


if __name__ == "__main__":
    UNPROVEN.write_text(unproven_text(), "utf-8")
