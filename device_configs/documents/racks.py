"""The rack view as rows: each cabinet with what stands in it, from the top down (pure)."""

from dataclasses import dataclass

from device_configs.documents.places import units_of
from device_configs.documents.speech import Speech
from device_configs.documents.tables import Column, Row, Table
from device_configs.documents.words import half_word
from device_configs.site.model import Asset, Device, Rack, Site


@dataclass(frozen=True, slots=True)
class Mounted:
    """A device in its height units."""

    device: Device
    asset: Asset

    @property
    def top(self) -> int:
        """The uppermost unit it takes."""
        return self.asset.unit + self.asset.height - 1


@dataclass(frozen=True, slots=True)
class Cabinet:
    """A rack and its devices, the uppermost first; ``unplaced`` have no declared unit."""

    rack: Rack
    mounted: tuple[Mounted, ...]
    unplaced: tuple[Device, ...]

    @property
    def free_units(self) -> int:
        return self.rack.units - sum(one.asset.height for one in self.mounted)


def cabinets(site: Site) -> tuple[Cabinet, ...]:
    """Every rack, in the order of the declaration, empty ones included."""
    return tuple(_cabinet(site, rack) for rack in site.racks.values())


def _cabinet(site: Site, rack: Rack) -> Cabinet:
    inside = [device for device in site.devices.values() if device.rack == rack.name]
    mounted = [Mounted(device, device.asset) for device in inside if device.asset is not None]
    return Cabinet(
        rack=rack,
        mounted=tuple(sorted(mounted, key=lambda one: -one.asset.unit)),
        unplaced=tuple(device for device in inside if device.asset is None),
    )


def rack_table(site: Site, speech: Speech) -> Table:
    """Devices by rack from the top down, with what the asset register knows of them."""
    _ = speech.gettext
    columns = (
        Column(_("机柜")), Column(_("机柜名称")), Column(_("机房")), Column(_("U位")),
        Column(speech.pgettext("document", "设备")), Column(_("名称")), Column(_("角色")),
        Column(_("平面")), Column(_("厂商型号")), Column(_("序列号")), Column(_("购置日期")),
        Column(_("电源数"), numeric=True), Column(_("供电")), Column(_("管理地址")),
    )  # fmt: skip
    rows = tuple(
        row
        for cabinet in cabinets(site)
        for row in (
            *(_row(cabinet.rack, one.device, speech) for one in cabinet.mounted),
            *(_row(cabinet.rack, device, speech) for device in cabinet.unplaced),
        )
    )
    return Table("racks", _("机柜设备表"), columns, rows)


def _row(rack: Rack, device: Device, speech: Speech) -> Row:
    asset = device.asset
    return (
        rack.name,
        speech.title(rack.title),
        rack.room,
        "" if asset is None else units_of(asset),
        device.name,
        speech.title(device.title),
        speech.title(device.role.title),
        half_word(device.half, speech.gettext),
        "" if asset is None else f"{asset.vendor} {asset.model}",
        "" if asset is None else asset.serial,
        "" if asset is None else asset.purchased.isoformat(),
        "" if asset is None else asset.power_supplies,
        speech.comma.join(device.feeds),
        str(device.management_address or ""),
    )


def occupancy_table(site: Site, speech: Speech) -> Table:
    """How full each rack is, and where it draws its power."""
    _ = speech.gettext
    columns = (
        Column(_("机柜")), Column(_("机柜名称")), Column(_("机房")),
        Column(_("总U数"), numeric=True), Column(_("空闲U数"), numeric=True),
        Column(_("设备数量"), numeric=True), Column(_("供电"), wide=True),
    )  # fmt: skip
    rows = tuple(
        (
            cabinet.rack.name,
            speech.title(cabinet.rack.title),
            cabinet.rack.room,
            cabinet.rack.units,
            cabinet.free_units,
            len(cabinet.mounted) + len(cabinet.unplaced),
            "\n".join(f"{f} {speech.title(site.feeds[f].title)}" for f in cabinet.rack.feeds),
        )
        for cabinet in cabinets(site)
    )
    return Table("occupancy", _("机柜占用"), columns, rows)
