"""The rendered trees of a site with what was read back from them, or why that failed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jinja2 import TemplateError

from device_configs.proofs.facts import Facts, Unreadable, read_facts
from device_configs.proofs.verdict import Finding
from device_configs.render import Secrets, Tree, render_device
from device_configs.site.model import Site


@dataclass(frozen=True)
class Renderings:
    """Facts by device, and the reason for each device that has none."""

    facts: Mapping[str, Facts]
    unreadable: Mapping[str, str]

    def undecided(self) -> tuple[Finding, ...]:
        """What no proof over renderings can decide."""
        return tuple(
            Finding(
                (name,),
                "nothing is known of its configuration",
                reason,
                "mend the declaration, or add a reader for the platform to proofs/facts.py",
            )
            for name, reason in sorted(self.unreadable.items())
        )


def render_all(site: Site, secrets: Secrets) -> tuple[dict[str, Tree], dict[str, str]]:
    """The tree of each device, and the reason for each that cannot be rendered."""
    trees, failed = {}, {}
    for name in site.devices:
        try:
            trees[name] = render_device(site, secrets, name)
        except (LookupError, StopIteration, ValueError, OSError, TemplateError) as error:
            failed[name] = f"it cannot be rendered ({type(error).__name__}: {error})"
    return trees, failed


def read_renderings(
    site: Site,
    trees: Mapping[str, Tree],
    failed: Mapping[str, str],
    read: Callable[[str, Tree], Facts] = read_facts,
) -> Renderings:
    """Read every tree back."""
    facts, unreadable = {}, dict(failed)
    for name, tree in trees.items():
        try:
            facts[name] = read(site.devices[name].platform, tree)
        except Unreadable as reason:
            unreadable[name] = str(reason)
    return Renderings(facts, unreadable)
