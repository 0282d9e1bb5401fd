"""The command grammar: every line of a configuration text fits its view, or is a named fault.

Data files per family (``huawei_vrp/``, ``h3c_comware/``) hold the command forms of the vendors'
public references in the vendors' own notation; see docs/grammar.md.
"""

from device_configs.grammar.check import check_text
from device_configs.grammar.family import FAMILIES, load_family
from device_configs.grammar.faults import CommandFault
from device_configs.grammar.views import CommandFamily

__all__ = ["FAMILIES", "CommandFamily", "CommandFault", "check_text", "load_family"]
