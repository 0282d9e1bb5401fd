"""Where NAPALM looks for the driver ``frr`` (a package of its own would break its command line)."""

from device_configs.drivers.frr.driver import FrrDriver

__all__ = ["FrrDriver"]
