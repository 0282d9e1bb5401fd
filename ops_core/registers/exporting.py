"""Registers as tables to take away."""

from collections.abc import Callable, Iterator, Sequence
from zoneinfo import ZoneInfo

from ops_core.kernel.exported_tables import TableFormat, written_table
from ops_core.kernel.i18n import Message, message, translate
from ops_core.registers.importing import header_of
from ops_core.registers.kinds import RegisterKind
from ops_core.registers.read import ListedItem

Say = Callable[[str], str]


def register_table(
    kind: RegisterKind,
    items: Sequence[ListedItem],
    language: str,
    zone: ZoneInfo,
    as_format: TableFormat,
) -> bytes:
    """The items with all that is written down of them, in a reader's language."""
    return written_table(
        _rows(kind, items, lambda text: translate(text, language), zone), as_format
    )


def plan_template(kind: RegisterKind, as_format: TableFormat) -> bytes:
    """The header that an import takes, in Chinese, and no row."""
    return written_table(iter([[str(title) for title in header_of(kind)]]), as_format)


def _rows(
    kind: RegisterKind, items: Sequence[ListedItem], say: Say, zone: ZoneInfo
) -> Iterator[list[str]]:
    heads: list[Message] = [
        message("编号"), message("名称"), message("状态"), message("到期日"), message("完成时间"),
        message("是否逾期"), message("列入计划的人"),
    ]  # fmt: skip
    yield [*map(say, heads), *(say(message(field.title)) for field in kind.every_field)]
    for listed in items:
        item = listed.item
        done = "" if item.done_at is None else f"{item.done_at.astimezone(zone):%Y-%m-%d %H:%M}"
        yield [
            item.number, item.title, say(kind.state_word(item.state)), item.due_on.isoformat(),
            done, say(message("是") if listed.is_overdue else message("否")), item.planned_by,
            *(item.fields.get(field.name, "") for field in kind.every_field),
        ]  # fmt: skip
