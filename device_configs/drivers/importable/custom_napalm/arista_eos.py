"""Where NAPALM looks for the driver ``arista_eos`` (its own one is ``eos``)."""

from device_configs.drivers.eos.driver import AristaEosDriver

__all__ = ["AristaEosDriver"]
