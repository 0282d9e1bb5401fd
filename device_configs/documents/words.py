"""The words for what is declared, in the language of a document."""

from collections.abc import Callable

from device_configs.site.model import Action, Half, LinkKind, Weekday

Translate = Callable[[str], str]
"""Gives the text of a Chinese source string in the reader's language."""


def half_word(half: Half, translate: Translate) -> str:
    _ = translate
    return {Half.A: _("A平面"), Half.B: _("B平面"), Half.SHARED: _("共用")}[half]


def link_word(kind: LinkKind, translate: Translate) -> str:
    _ = translate
    return {
        LinkKind.ROUTED: _("互联"),
        LinkKind.INLINE: _("串接"),
        LinkKind.ACCESS: _("接入"),
        LinkKind.TRUNK: _("干道"),
        LinkKind.CIRCUIT: _("专线"),
        LinkKind.MANAGEMENT: _("管理线"),
        LinkKind.SEAT: _("座席线"),
    }[kind]


def action_word(action: Action, translate: Translate) -> str:
    _ = translate
    return {Action.ALLOW: _("允许"), Action.DENY: _("拒绝")}[action]


def weekday_word(day: Weekday, translate: Translate) -> str:
    _ = translate
    return {
        Weekday.MONDAY: _("周一"),
        Weekday.TUESDAY: _("周二"),
        Weekday.WEDNESDAY: _("周三"),
        Weekday.THURSDAY: _("周四"),
        Weekday.FRIDAY: _("周五"),
        Weekday.SATURDAY: _("周六"),
        Weekday.SUNDAY: _("周日"),
    }[day]
