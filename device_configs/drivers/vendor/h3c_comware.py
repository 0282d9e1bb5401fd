"""The NAPALM driver ``h3c_comware``."""

from __future__ import annotations

from typing import ClassVar

from device_configs.drivers.refusals import NotPossible
from device_configs.drivers.revert_class import RevertClass
from device_configs.drivers.vendor.box import VendorBox
from device_configs.drivers.vendor.driver import VendorChange, VendorDriver
from device_configs.drivers.vendor.getters import DisplayGetters
from device_configs.drivers.vendor.one_phase import OnePhaseChange
from device_configs.drivers.vendor.speech import COMWARE, VendorSpeech
from device_configs.drivers.vendor.watches import CommitDelay, PlannedReboot
from ops_core.kernel.i18n import message


class H3cComwareDriver(DisplayGetters, VendorDriver):
    """Comware 7 and 9. ``optional_args["revert"]``: ``native`` (``configuration commit delay``, the
    default), ``reboot`` for releases without it, ``inverse``.
    """

    platform: ClassVar[str] = "h3c_comware"
    device_type: ClassVar[str] = "hp_comware"
    speech: ClassVar[VendorSpeech] = COMWARE
    revert_class: RevertClass = RevertClass.NATIVE

    def _change_of(self, box: VendorBox) -> VendorChange:
        match self._revert:
            case "" | "native":
                watch: CommitDelay | PlannedReboot | None = CommitDelay(box)
            case "reboot":
                watch = PlannedReboot(box)
            case "inverse":
                watch = None
            case _:
                raise NotPossible(message("revert 只能是 native、reboot 或 inverse。"))
        self.revert_class = watch.revert_class if watch else RevertClass.INVERSE
        return OnePhaseChange(box, watch, management=self._management)
