"""A fault has a headline whatever its roots are, in both languages, however many."""

from datetime import UTC, datetime

import pytest

from device_configs.site.model import Site
from incident.wording import headline, root_line
from monitors.alerts.model import Confidence, FaultGroup, State
from monitors.evidence import Element, ElementKind

AT = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize("count", [1, 40])
@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("kind", ["device", "link", "seat", "condition"])
def test_every_root_has_words_and_many_have_room(
    site: Site, kind: str, state: State, count: int
) -> None:
    known = {
        "device": [Element(ElementKind.DEVICE, name) for name in site.devices],
        "link": [Element(ElementKind.LINK, name) for name in site.links],
        "seat": [Element(ElementKind.SEAT_HOST, str(n)) for n in range(1, 73)],
        "condition": [Element.condition("cpu_busy", name) for name in site.devices],
    }[kind]
    roots = tuple(known[i % len(known)] for i in range(count))
    group = FaultGroup(roots, state, next(iter(Confidence)), AT)
    for title in (headline(site, group), root_line(site, group)):
        assert title.zh
        assert title.en
