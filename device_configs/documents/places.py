"""Where a device or a seat stands, in the short form that fits a label (pure)."""

from device_configs.site.model import Asset, Site


def place_of(site: Site, name: str) -> str:
    """``R1-U41`` (rack and lowest unit), ``1-12`` (row and column of a seat); empty outside."""
    seat = site.seats.get(name)
    if seat is not None:
        return f"{seat.row}-{seat.column}"
    device = site.devices[name]
    if device.rack not in site.racks:
        return ""
    return device.rack if device.asset is None else f"{device.rack}-U{device.asset.unit}"


def units_of(asset: Asset) -> str:
    """The height units a device takes: ``U39``, ``U28-35``."""
    top = asset.unit + asset.height - 1
    return f"U{asset.unit}" if top == asset.unit else f"U{asset.unit}-{top}"
