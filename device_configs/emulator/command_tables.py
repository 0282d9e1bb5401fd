"""Which commands each kind of box has, and who takes the answer to each question."""

from collections.abc import Callable
from functools import cache

from device_configs.emulator import comware_changes, rolling_back, saving, two_phase, view_changes
from device_configs.emulator.asking import BoxReply, OperatorCommand
from device_configs.emulator.displays.accounts import COMWARE_ACCOUNTS, VRP_ACCOUNTS
from device_configs.emulator.displays.configuration import (
    CANDIDATE_DISPLAYS,
    CONFIGURATION_DISPLAYS,
)
from device_configs.emulator.displays.interfaces import COMWARE_INTERFACES, VRP_INTERFACES
from device_configs.emulator.displays.neighbors import (
    COMWARE_NEIGHBORS,
    NEIGHBOR_DISPLAYS,
    VRP_NEIGHBORS,
)
from device_configs.emulator.displays.pairs import HRP_DISPLAYS, RBM_DISPLAYS
from device_configs.emulator.displays.terminal import (
    COMWARE_TERMINAL,
    TERMINAL_COMMANDS,
    VRP_TERMINAL,
)
from device_configs.emulator.displays.trials import TRIAL_DISPLAYS
from device_configs.emulator.displays.version import COMWARE_VERSION, VRP_VERSION
from device_configs.emulator.kinds import ChangeManner, VendorKind

ANSWERS: dict[str, Callable[..., BoxReply]] = {
    view_changes.LEAVING: view_changes.leaving_answered,
    two_phase.CONFIRMING: two_phase.confirming_answered,
    two_phase.ABORTING: two_phase.aborting_answered,
    rolling_back.ROLLING_BACK: rolling_back.rollback_answered,
    saving.SAVING: saving.saving_answered,
    saving.NAMING: saving.naming_answered,
    saving.OVERWRITING: saving.overwriting_answered,
    saving.PLANNING: saving.planning_answered,
    saving.REBOOTING: saving.rebooting_answered,
    comware_changes.REPLACING: comware_changes.replacing_answered,
    comware_changes.DELETING: comware_changes.deleting_answered,
}
"""By what the question is about: gets the line that answers it, and the question's values."""


@cache
def commands_of(kind: VendorKind) -> tuple[OperatorCommand, ...]:
    """The commands of a kind besides the lines of its configuration."""
    common = (
        *view_changes.VIEW_COMMANDS,
        *CONFIGURATION_DISPLAYS,
        *TERMINAL_COMMANDS,
        *saving.SAVE_COMMANDS,
        *two_phase.LOCK_COMMANDS,
        *comware_changes.FILE_COMMANDS,
        *NEIGHBOR_DISPLAYS,
    )
    if kind.comware:
        return (
            *common,
            *COMWARE_TERMINAL,
            *COMWARE_VERSION,
            *comware_changes.COMWARE_COMMANDS,
            *COMWARE_INTERFACES,
            *COMWARE_NEIGHBORS,
            *COMWARE_ACCOUNTS,
            *(RBM_DISPLAYS if kind.pair else ()),
        )
    shared = (
        *common,
        *VRP_TERMINAL,
        *VRP_VERSION,
        *VRP_INTERFACES,
        *VRP_NEIGHBORS,
        *VRP_ACCOUNTS,
        *(HRP_DISPLAYS if kind.pair else ()),
    )
    if kind.manner is ChangeManner.TWO_PHASE:
        return (
            *shared,
            *two_phase.COMMIT_COMMANDS,
            *rolling_back.ROLLBACK_COMMANDS,
            *CANDIDATE_DISPLAYS,
            *TRIAL_DISPLAYS,
        )
    return shared
