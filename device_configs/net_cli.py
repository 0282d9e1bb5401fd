"""``zhishou net ...``: the declared network before it meets a device."""

import typer

from device_configs.grammar import cli as grammar_commands
from ops_core.kernel.command_line import RefusingGroup

net = typer.Typer(
    name="net",
    help="The declared network: text checked, proved, documented.",
    no_args_is_help=True,
    cls=RefusingGroup,
)


@net.callback()
def _group() -> None:
    """Keeps ``net`` a group while it has one command."""


grammar_commands.add_commands(net)
