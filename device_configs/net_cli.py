"""``zhishou net ...``: the declared network before it meets a device."""

from device_configs import render_cli as render_commands
from device_configs.changes import cli as change_commands
from device_configs.compliance import rules_cli as rule_commands
from device_configs.grammar import cli as grammar_commands
from device_configs.patches import cli as patch_commands
from device_configs.proofs import cli as proof_commands
from ops_core.kernel.command_line import command_group

net = command_group("net", "The declared network: text rendered and checked.")
proof_commands.add_commands(net)
grammar_commands.add_commands(net)
render_commands.add_commands(net)
patch_commands.add_commands(net)
rule_commands.add_commands(net)
change_commands.add_commands(net)
