"""Traps and informs: received, limited by sender, verified, and made into triggers and evidence.

``reception`` reads the socket, ``sieve`` has the kernel thin out storms, ``inbox`` shares the
receiver's time among senders, ``reading`` verifies (with ``message``, ``usm``, ``engines``,
``learning``, ``ber``), ``receiver`` puts them together, ``state`` says how it fares.
"""

from monitors.collect.traps.receiver import TRAP_PORT, TrapReceiver
from monitors.collect.traps.state import TrapState

__all__ = ["TRAP_PORT", "TrapReceiver", "TrapState"]
