"""What may fail, alone or with others, and which of those failures the declaration accepts."""

from device_configs.proofs.failures.scenarios import FailedElement, FailedElementKind
from device_configs.site.model import AcceptedRisk, LinkKind, Site


def failed_elements(site: Site) -> tuple[FailedElement, ...]:
    """Everything whose failure is looked at: devices, data cables, shared-risk groups. A line of
    several cables is lost with the last of them.

    Management cables carry nobody's traffic. A seat's own cable cuts that seat and nothing else,
    which needs no search; :func:`seat_cables` lists them.
    """
    found = [
        FailedElement(FailedElementKind.DEVICE, name, frozenset({name})) for name in site.devices
    ]
    found += [
        FailedElement(FailedElementKind.LINK, cable.name, frozenset({cable.name}))
        for link in site.links.values()
        if link.kind not in (LinkKind.MANAGEMENT, LinkKind.SEAT)
        for cable in link.cables
    ]
    found += [
        FailedElement(
            FailedElementKind.GROUP,
            group.name,
            frozenset({*group.devices, *group.links, *group.cables}),
        )
        for group in site.shared_risk_groups.values()
        if group.devices or group.links or group.cables
    ]
    return tuple(found)


def seat_cables(site: Site) -> dict[str, str]:
    """Link name -> seat, for every seat's own cable."""
    return {
        link.name: next(end.device for end in link.ends if end.device in site.seats)
        for link in site.links.values()
        if link.kind is LinkKind.SEAT
    }


class Acceptances:
    """The accepted risks of a site by the element that may fail."""

    def __init__(self, site: Site) -> None:
        self._by_element: dict[str, list[AcceptedRisk]] = {}
        for risk in site.accepted_risks.values():
            for element in risk.elements:
                self._by_element.setdefault(element, []).append(risk)

    def of(self, element: str) -> tuple[AcceptedRisk, ...]:
        """The risks that name the element."""
        return tuple(self._by_element.get(element, ()))

    def accept(self, element: str, service: str, seats: int) -> bool:
        """Whether the declaration lets the element cut so many seats from the service."""
        return any(
            service in risk.services and seats <= risk.seats
            for risk in self._by_element.get(element, ())
        )
