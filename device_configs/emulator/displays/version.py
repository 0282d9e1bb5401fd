"""``display version`` and the serial number (pure)."""

from device_configs.emulator.asking import Asked, BoxReply, OperatorCommand, Words


def _version(asked: Asked, _: Words) -> BoxReply:
    state = asked.state
    kind = state.kind
    uptime = uptime_text(state.now - state.booted)
    if kind.comware:
        return asked.reply(
            kind.software,
            "Copyright (c) 2004-2024 New H3C Technologies Co., Ltd. All rights reserved.",
            f"H3C {kind.model} uptime is {uptime}",
            "Last reboot reason : User reboot",
            "",
            "Boot image: flash:/boot.bin",
            f"Boot image version: {kind.software.partition('Version ')[2]}",
            "",
            "Slot 1:",
            f"Uptime is {uptime}",
            f"H3C {kind.model} with 2 Processors",
            f"BOARD TYPE:         {kind.model}",
            "DRAM:               4096M bytes",
        )
    return asked.reply(
        "Huawei Versatile Routing Platform Software",
        kind.software,
        "Copyright (C) 2012-2024 Huawei Technologies Co., Ltd.",
        f"HUAWEI {kind.model} uptime is {uptime}",
        "",
    )


def _serial(asked: Asked, _: Words) -> BoxReply:
    kind = asked.state.kind
    if kind.comware:
        return asked.reply(
            "Slot 1 CPU 0:",
            f"DEVICE_NAME          : {kind.model}",
            f"DEVICE_SERIAL_NUMBER : {asked.state.serial}",
            "MAC_ADDRESS          : 5C6B-E000-0001",
            "MANUFACTURING_DATE   : 2025-11-20",
            "VENDOR_NAME          : H3C",
        )
    return asked.reply(f"ESN of device: {asked.state.serial}")


def uptime_text(seconds: float) -> str:
    """Both vendors write it alike: ``0 weeks, 1 day, 2 hours, 3 minutes``."""
    minutes = int(seconds) // 60
    days, rest = divmod(minutes, 24 * 60)
    weeks, days = divmod(days, 7)
    hours, minutes = divmod(rest, 60)
    parts = ((weeks, "week"), (days, "day"), (hours, "hour"), (minutes, "minute"))
    return ", ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts)


VRP_VERSION = (
    OperatorCommand("display version", _version),
    OperatorCommand("display esn", _serial),
)
COMWARE_VERSION = (
    OperatorCommand("display version", _version),
    OperatorCommand("display device manuinfo", _serial),
)
