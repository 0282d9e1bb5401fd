"""Where NAPALM looks for the driver ``h3c_comware``."""

from device_configs.drivers.vendor.h3c_comware import H3cComwareDriver

__all__ = ["H3cComwareDriver"]
