"""Traps and informs: received, limited by sender, verified, and made into hints and evidence.

``reception`` reads the socket, ``inbox`` shares the receiver's time among senders, ``reading``
verifies (with ``message``, ``usm``, ``engines``, ``ber``), ``receiver`` puts them together.
"""

from monitors.collect.traps.receiver import TRAP_PORT, TrapReceiver
from monitors.collect.traps.state import TrapState

__all__ = ["TRAP_PORT", "TrapReceiver", "TrapState"]
