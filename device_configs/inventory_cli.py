"""``zhishou inventory ...``: the declaration looked into, and its documents written."""

from device_configs.documents import cli as document_commands
from device_configs.site.cli import inventory

document_commands.add_commands(inventory)
