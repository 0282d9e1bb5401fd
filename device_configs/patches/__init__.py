"""From a running configuration to the intended one: the commands, and why each (docs/patches.md).

Trees of commands are compared by what a device means, and the patch is what a device has to be
given. Pure: texts in, values out. What differs by vendor is data: the YAML files beside this one
say how a command of a view is overwritten, undone, moved, or waits for another, and the command
grammar (:mod:`device_configs.grammar`) says what each line defines and refers to.
"""

from device_configs.patches.execution import apply_patch, states
from device_configs.patches.model import Patch, PatchCommand
from device_configs.patches.parsing import parse_configuration
from device_configs.patches.patch import inverse, make_patch
from device_configs.patches.reasons import Disruption
from device_configs.patches.tree import ConfigurationNode, ConfigurationTree

__all__ = [
    "ConfigurationNode",
    "ConfigurationTree",
    "Disruption",
    "Patch",
    "PatchCommand",
    "apply_patch",
    "inverse",
    "make_patch",
    "parse_configuration",
    "states",
]
