"""Why a command interrupts something, and why a line is left (pure)."""

from enum import StrEnum


class Disruption(StrEnum):
    """What a command interrupts although its configuration ends as intended."""

    ADDRESS = "address"
    """An interface loses its address for a moment, or for good."""
    BGP_SESSION = "bgp_session"
    INTERFACE = "interface"
    """An interface goes down, or all of its configuration is written anew."""
    ROUTING_PROCESS = "routing_process"
    """A routing process starts anew."""
    MASTER = "master"
    """A gateway's master may move."""
    PAIR = "pair"
    """Hot standby is re-negotiated."""
    RULE = "rule"
    """A rule is absent for a moment."""
    SPANNING_TREE = "spanning_tree"


class LeftReason(StrEnum):
    """Why a line of the device stays although the intended text does not have it, or lacks it."""

    MANAGEMENT = "management"
    """The way by which the device is managed; changed only when asked for."""
    UNKNOWN = "unknown"
    """The command grammar does not know the line."""
    NO_UNDO = "no_undo"
    """There is no safe command that takes the line back."""
