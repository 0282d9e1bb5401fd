"""What a seat's terminal says of itself over SNMP: whether its host and display are in order."""

from dataclasses import dataclass

from gufo.snmp import SnmpError, SnmpVersion
from gufo.snmp.sync import SnmpSession

UPTIME = "1.3.6.1.2.1.25.1.1.0"
"""hrSystemUptime (HOST-RESOURCES-MIB), in hundredths of a second."""
DISPLAY = "1.3.6.1.4.1.8072.1.3.2.3.1.4.7.100.105.115.112.108.97.121"
"""nsExtendResult."display" (NET-SNMP-EXTEND-MIB): 0 while a display is connected."""
TIMEOUT_S, TRIES = 2.0, 2


@dataclass(frozen=True)
class TerminalReading:
    """``is_display_connected`` None: the terminal does not say."""

    answers: bool
    is_display_connected: bool | None = None
    problem: str = ""

    @property
    def is_in_order(self) -> bool:
        """Whether both are known to be; what is not known is not in order."""
        return self.answers and self.is_display_connected is True


def read_terminal(address: str, community: str) -> TerminalReading:
    """Ask a terminal by SNMP v2c from the network the calling thread stands in."""
    problem = ""
    for _ in range(TRIES):
        try:
            with SnmpSession(
                addr=address, community=community, version=SnmpVersion.v2c, timeout=TIMEOUT_S
            ) as session:
                found = session.get_many([UPTIME, DISPLAY])
        except (OSError, SnmpError) as error:
            problem = str(error) or type(error).__name__
            continue
        result = found.get(DISPLAY)
        connected = result == 0 if isinstance(result, int) else None
        return TerminalReading(answers=True, is_display_connected=connected)
    return TerminalReading(answers=False, problem=problem)
