"""Site-specific lines: by the grammar of the device's platform, and without secrets.

Of Arista EOS no grammar is known, only command forms: a line in none of them is unknown and not
wrong, and the proof of parity names it (:mod:`device_configs.proofs.parity`).
"""

from collections.abc import Iterator

from device_configs.site.documents import DeviceDocument, Documents
from device_configs.site.faults import Faults
from device_configs.site.model import SiteLines

HOSTS, LINUX = "hosts.yml", "frr"


def check(documents: Documents, faults: Faults) -> None:
    """Hold the lines of each device against what its platform knows."""
    for name, (role, device) in documents.known_devices.items():
        for number, found in enumerate(device.site_lines):
            path = f"{name}.site_lines[{number}]"
            if not device.is_deployed(role):
                faults.add(HOSTS, path, f"nothing is brought to {name}", "remove the lines")
            elif device.platform == LINUX and not role.routing:
                faults.add(HOSTS, path, f"{name} runs no routing daemon that could take lines",
                           "remove the lines: on Linux they are lines of FRR")  # fmt: skip
            for finding, remedy in _refused(device, found):
                faults.add(HOSTS, path, finding, remedy)


def _refused(device: DeviceDocument, found: SiteLines) -> Iterator[tuple[str, str]]:
    # Every start reads the declaration; few have such lines.
    from device_configs.grammar import FAMILIES, check_text
    from device_configs.grammar.faults import FaultKind
    from device_configs.grammar.lines import read_line
    from device_configs.grammar.masking import masked

    for text in (*found.within, *found.lines):
        line = read_line(1, text)
        if line is not None and masked(line) != line.text:
            yield "holds a secret", "a declaration names secrets, it never has them"
            return
    if device.platform in FAMILIES:
        for fault in check_text(device.platform, text_of(found), HOSTS):
            if fault.kind is not FaultKind.REFERENCE:
                yield f"{fault.text!r} is no line of {device.platform}", fault.message


def text_of(found: SiteLines) -> str:
    """The lines in their views, as a configuration shows them."""
    opened = [" " * depth + line for depth, line in enumerate(found.within)]
    inside = " " * len(found.within)
    return "\n".join((*opened, *(inside + line for line in found.lines), ""))
