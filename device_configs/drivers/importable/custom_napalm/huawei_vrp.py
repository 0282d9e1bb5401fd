"""Where NAPALM looks for the driver ``huawei_vrp``."""

from device_configs.drivers.vendor.huawei_vrp import HuaweiVrpDriver

__all__ = ["HuaweiVrpDriver"]
