"""What people write down about an item, checked against the fields of its kind (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import Message, message
from ops_core.registers.kinds import FieldType, RegisterField

TITLE_LIMIT, TEXT_LIMIT, REASON_LIMIT = 200, 2_000, 2_000
_LARGEST = 10_000_000


@dataclass(frozen=True, slots=True)
class EntryFault:
    """What is wrong with one field; ``field`` is its name."""

    field: str
    detail: Message


def checked_title(title: str) -> str:
    """Raises :class:`Invalid` for none, a long one, and control characters."""
    text = " ".join(title.split())
    if faults := list(title_faults(text)):
        raise Invalid("名称不正确", faults[0].detail, "请修改后重新提交。")
    return text


def title_faults(title: str) -> Iterator[EntryFault]:
    if not title:
        yield EntryFault("title", message("请填写名称"))
    elif len(title) > TITLE_LIMIT:
        yield EntryFault("title", message("请控制在 {limit} 字以内", limit=TITLE_LIMIT))
    elif not is_plain(title):
        yield EntryFault("title", message("含有控制字符"))


def checked_fields(declared: Sequence[RegisterField], given: Mapping[str, str]) -> dict[str, str]:
    """What was given, trimmed, dates as 2026-11-30; empty ones left out.

    Raises :class:`Invalid` that names each fault.
    Names that are not declared are faults, too.
    """
    faults = list(field_faults(declared, given))
    if faults:
        titles = {field.name: message(field.title) for field in declared}
        listed = tuple(
            message("{field}：{fault}", field=titles.get(f.field, f.field), fault=f.detail)
            for f in faults
        )
        raise Invalid(
            "填写的内容不正确",
            message("{faults}。", faults=listed),
            "请修改后重新提交。",
            members={"faults": [{"field": f.field, "detail": f.detail} for f in faults]},
        )
    dates = {field.name for field in declared if field.type is FieldType.DATE}
    trimmed = {name: value.strip() for name, value in given.items() if value.strip()}
    return {
        name: str(date_of(value)) if name in dates else value for name, value in trimmed.items()
    }


def field_faults(
    declared: Sequence[RegisterField], given: Mapping[str, str]
) -> Iterator[EntryFault]:
    """Everything that is wrong, field by field."""
    for field in declared:
        value = given.get(field.name, "").strip()
        fault = _fault(field, value)
        if fault is not None:
            yield EntryFault(field.name, fault)
    names = {field.name for field in declared}
    for name in given.keys() - names:
        yield EntryFault(name, message("没有这一栏"))


def checked_reason(reason: str, *, required: bool) -> str:
    """Raises :class:`Invalid` for none where one is required, and for a long one."""
    text = reason.strip()
    if required and not text:
        raise Invalid("此步骤须写明理由", "", "请填写理由。")
    if len(text) > REASON_LIMIT:
        raise Invalid("内容过长", "", message("请控制在 {limit} 字以内。", limit=REASON_LIMIT))
    if not is_plain(text):
        raise Invalid("内容含有控制字符", "", "请删除后重新提交。")
    return text


def is_plain(text: str) -> bool:
    """Without a control character; line breaks and tabs are text."""
    return all(c.isprintable() or c in "\n\r\t" or ord(c) > 0x9F for c in text)


def date_of(text: str) -> date | None:
    """The date that ``2026-11-30``, ``2026/11/30`` or ``2026年11月30日`` names; None for none."""
    plain = text.strip().replace("年", "-").replace("月", "-").replace("日", "")
    parts = plain.replace("/", "-").replace(".", "-").split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() for part in parts):
        return None
    try:
        return date(*(int(part) for part in parts))
    except ValueError:
        return None


def checked_date(text: str) -> date:
    """Raises :class:`Invalid`."""
    found = date_of(text)
    if found is None:
        raise Invalid(
            "日期格式不正确",
            message("{text} 不是日期。", text=text or "—"),
            "请写成 2026-11-30 的形式。",
        )
    return found


def _fault(field: RegisterField, value: str) -> Message | None:
    if not value:
        return message("必填") if field.required else None
    if len(value) > TEXT_LIMIT:
        return message("请控制在 {limit} 字以内", limit=TEXT_LIMIT)
    if not is_plain(value):
        return message("含有控制字符")
    match field.type:
        case FieldType.DATE if date_of(value) is None:
            return message("请写成 2026-11-30 的形式")
        case FieldType.NUMBER if not _is_number(value):
            return message("须为不小于 0 的整数")
        case FieldType.CHOICE if value not in field.choices:
            return message("可选：{choices}", choices=tuple(message(c) for c in field.choices))
    return None


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdecimal() and int(value[:9]) <= _LARGEST and len(value) < 9
