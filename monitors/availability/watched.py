"""Of what the states are recorded: every circuit and every watched device."""

from device_configs.site.model import Site
from monitors.evidence import Element, ElementKind

WATCHED = (ElementKind.CIRCUIT, ElementKind.DEVICE)


def watched_elements(site: Site) -> tuple[Element, ...]:
    """Circuits first."""
    circuits = [Element(ElementKind.CIRCUIT, name) for name in site.circuits]
    devices = [Element.device(d.name) for d in site.watched]
    return (*circuits, *devices)
