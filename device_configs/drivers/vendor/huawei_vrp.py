"""The NAPALM driver ``huawei_vrp``."""

from __future__ import annotations

from typing import ClassVar

from device_configs.drivers.refusals import NotPossible
from device_configs.drivers.revert_class import RevertClass
from device_configs.drivers.vendor.box import VendorBox
from device_configs.drivers.vendor.driver import VendorChange, VendorDriver
from device_configs.drivers.vendor.getters import DisplayGetters
from device_configs.drivers.vendor.one_phase import OnePhaseChange
from device_configs.drivers.vendor.speech import HUAWEI, VendorSpeech
from device_configs.drivers.vendor.two_phase import TwoPhaseChange
from device_configs.drivers.vendor.watches import PlannedReboot
from ops_core.kernel.i18n import message


class HuaweiVrpDriver(DisplayGetters, VendorDriver):
    """VRP 8 (NE, CE) in two phases; VRP 5 (AR, S) and USG line by line.

    Which of them a box is, its prompt in the system view says. ``optional_args["revert"]`` of VRP 5
    and USG: ``reboot`` (default) or ``inverse``.
    """

    platform: ClassVar[str] = "huawei_vrp"
    device_type: ClassVar[str] = "huawei"
    speech: ClassVar[VendorSpeech] = HUAWEI
    revert_class: RevertClass = RevertClass.NATIVE
    """Of VRP 8 until the box is open; then that of the box."""

    def _change_of(self, box: VendorBox) -> VendorChange:
        box.to_system_view()
        two_phase = box.terminal.prompt.mark != ""
        box.to_user_view()
        if two_phase:
            self.revert_class = RevertClass.NATIVE
            return TwoPhaseChange(box, management=self._management)
        match self._revert:
            case "" | "reboot":
                self.revert_class = RevertClass.REBOOT
                return OnePhaseChange(box, PlannedReboot(box), management=self._management)
            case "inverse":
                self.revert_class = RevertClass.INVERSE
                return OnePhaseChange(box, None, management=self._management)
        raise NotPossible(message("revert 只能是 reboot 或 inverse。"))
