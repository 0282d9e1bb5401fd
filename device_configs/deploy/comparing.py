"""What devices have, as far as the trees intended for them go: all are asked at once."""

import logging
from collections.abc import Mapping
from pathlib import Path

from device_configs.deploy.access import ask_devices
from device_configs.deploy.fingerprint import DeviceReading, question_of, reading_of
from device_configs.render.tree import Tree
from device_configs.site.model import Site

log = logging.getLogger(__name__)


def read_devices(
    site: Site, state_directory: Path, trees: Mapping[str, Tree]
) -> dict[str, DeviceReading]:
    """What each device of ``trees`` has, in that order; called from a thread that reaches them.

    A device that does not answer, or whose answer cannot be read, is not among them: what is the
    matter with it is for Ansible to say.
    """
    questions = {name: question_of(tree) for name, tree in trees.items()}
    found = {}
    for name, answer in ask_devices(site, state_directory, questions).items():
        if answer.problem:
            log.info("%s could not be compared: %s", name, answer.problem)
        elif (reading := reading_of(answer.output)) is not None:
            found[name] = reading
    return found
