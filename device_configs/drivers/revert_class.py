"""What takes an unconfirmed change back."""

from enum import StrEnum


class RevertClass(StrEnum):
    """What undoes a change that nobody confirms, from the surest to the weakest."""

    NATIVE = "native"
    """The platform's own commit-confirmed, independent of the session that made the change."""
    TIMER = "timer"
    """A timer that the driver leaves on the device, independent of session and controller."""
    REBOOT = "reboot"
    """A scheduled restart into the saved configuration: minutes without the device."""
    INVERSE = "inverse"
    """An inverse patch sent by the controller: a session that is cut off cannot send it."""

    @property
    def survives_the_controller(self) -> bool:
        """Whether the change goes back though controller and session are gone."""
        return self is not RevertClass.INVERSE
