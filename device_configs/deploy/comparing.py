"""Which devices are as the declaration has them: all are asked at once, before Ansible starts."""

import logging
from collections.abc import Mapping
from pathlib import Path

from device_configs.deploy.access import ask_devices
from device_configs.deploy.fingerprint import is_unchanged, question_of, reading_of
from device_configs.render.tree import Tree
from device_configs.site.model import Site

log = logging.getLogger(__name__)


def unchanged_devices(
    site: Site, state_directory: Path, trees: Mapping[str, Tree]
) -> tuple[str, ...]:
    """The devices of ``trees`` that are known to be as their tree has them, in that order.

    Called from a thread that reaches the devices. A device that does not answer, or whose answer
    cannot be read, is not among them: what is the matter with it is for the deployment to say.
    """
    questions = {name: question_of(tree) for name, tree in trees.items()}
    answers = ask_devices(site, state_directory, questions)
    found = []
    for name, answer in answers.items():
        if answer.problem:
            log.info("%s could not be compared: %s", name, answer.problem)
            continue
        reading = reading_of(answer.output)
        if reading is not None and is_unchanged(trees[name], reading):
            found.append(name)
    return tuple(found)
