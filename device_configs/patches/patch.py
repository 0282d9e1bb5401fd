"""The patch between two configurations (pure)."""

from collections.abc import Iterable

from device_configs.patches.differences import Differences, Nodes
from device_configs.patches.model import LeftLine, Patch, PatchCommand
from device_configs.patches.operations import Doing, LeftNode, Operation
from device_configs.patches.ordering import in_order
from device_configs.patches.parsing import parse_with, reader_of
from device_configs.patches.reading import CommandReader
from device_configs.patches.secret_marks import SecretMarks, secret_place
from device_configs.patches.secret_words import masked_words
from device_configs.patches.tree import ConfigurationNode, ConfigurationTree
from device_configs.patches.writing import PatchWriter
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message


def make_patch(
    family: str,
    running: str,
    intended: str,
    *,
    platform: str | None = None,
    management: bool = False,
    reach: str | None = None,
    marks: SecretMarks | None = None,
    shown: bool = False,
) -> Patch:
    """The commands that lead from a running configuration to the intended one.

    ``running`` and ``intended`` are texts as the device shows them, or as they are rendered.
    Lines by which the device is managed, and the interface with the address ``reach``, are changed
    only with ``management``. A secret that the device shows as a cipher is sent again when
    ``marks`` say that it is another one; where they say nothing it counts as there and is named in
    ``unverified``. ``shown``: the device showed both texts, so that another cipher is another
    secret.
    Raises KeyError for an unknown family or platform, and
    :class:`~ops_core.kernel.errors.Invalid` when the intended text has a line that nobody knows.
    """
    reader = reader_of(family, platform)
    old, new = parse_with(reader, running), parse_with(reader, intended)
    return patch_between(
        reader, old, new, management=management, reach=reach, marks=marks, shown=shown
    )


def inverse(patch: Patch, *, management: bool = True) -> Patch:
    """The patch that takes a patch back."""
    reader = reader_of(patch.family, patch.before.platform)
    changed = bool(patch.secrets)
    return patch_between(reader, patch.after, patch.before, management=management, shown=changed)


def patch_between(
    reader: CommandReader,
    old: ConfigurationTree,
    new: ConfigurationTree,
    *,
    management: bool,
    reach: str | None = None,
    marks: SecretMarks | None = None,
    shown: bool = False,
) -> Patch:
    """The patch between two trees that one reader read, as :func:`make_patch` makes it."""

    def guards(node: ConfigurationNode) -> bool:
        return not management and (node.rule.document.guarded or _reached(node, reach))

    def secret_state(
        views: Nodes, running: ConfigurationNode, intended: ConfigurationNode
    ) -> bool | None:
        if running.secrets == intended.secrets:
            return True
        if shown:
            return False
        place = secret_place(views, intended)
        return None if marks is None else marks.hold(place, running.secrets, intended.secrets)

    found = Differences(reader.knowledge, secret_state, guards, _defined(new.inside))
    found.compare(old, new)
    if found.refused:
        raise _refusal(reader, found.refused)
    operations = in_order(found.operations)
    writer = PatchWriter(old)
    for operation in operations:
        writer.send(operation)
    return Patch(
        reader.knowledge.family,
        old,
        new,
        tuple(_command(reader, operation) for operation in operations),
        tuple(writer.finished()),
        tuple(_left(reader, one) for one in found.left),
        tuple(_masked(reader, one.node.text) for one in found.unverified),
        tuple(_masked(reader, one.node.text) for one in found.secrets),
    )


def _defined(nodes: Nodes) -> frozenset[tuple[str, str, tuple[str, ...] | None]]:
    return frozenset(name for node in nodes for name in node.all_names()[0])


def _reached(node: ConfigurationNode, reach: str | None) -> bool:
    """Whether a view is the interface with this address."""
    return reach is not None and any(
        inner.words[:3] == ("ip", "address", reach) for inner in node.inside
    )


def _command(reader: CommandReader, operation: Operation) -> PatchCommand:
    views = tuple(_masked(reader, view.text) for view in operation.views)
    text = _masked(reader, operation.text)
    return PatchCommand(
        (*views, text) if operation.opens else views,
        "" if operation.opens else text,
        operation.doing is Doing.UNDO,
        operation.disrupts,
    )


def _left(reader: CommandReader, left: LeftNode) -> LeftLine:
    return LeftLine(
        tuple(_masked(reader, view.text) for view in left.views),
        _masked(reader, left.node.text),
        left.reason,
    )


def _masked(reader: CommandReader, text: str) -> str:
    bare = text.removeprefix("undo ")
    shown, _ = masked_words(reader.knowledge, bare)
    return text[: len(text) - len(bare)] + shown


def _refusal(reader: CommandReader, refused: Iterable[LeftNode]) -> Invalid:
    lines = [
        " / ".join(_masked(reader, node.text) for node in (*one.views, one.node)) for one in refused
    ]
    return Invalid(
        message("目标配置中有命令语法不认识的行"),
        "\n".join(lines),
        message("请更正这些行，或先为命令语法补充相应的命令形式。"),
    )
