"""``zhishou net ...``: the declared network: text checked, proved, documented."""

import typer

from device_configs.proofs.cli import add_commands as add_proofs
from ops_core.kernel.command_line import RefusingGroup

net = typer.Typer(
    name="net",
    help="The declared network: text checked, proved, documented.",
    no_args_is_help=True,
    cls=RefusingGroup,
)
add_proofs(net)
