"""What a vendor box is to have: from its running text and a wish to lines and trees (pure)."""

import hashlib
import json
from dataclasses import dataclass

from device_configs.patches.execution import ModelDevice
from device_configs.patches.pairs import differs_in_copied, with_copied_of
from device_configs.patches.parsing import parse_configuration, reader_of
from device_configs.patches.patch import make_patch, patch_between
from device_configs.patches.tree import ConfigurationNode, ConfigurationTree
from device_configs.site.values import Frozen
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message

UNVERIFIED, LEFT = "value not compared", "left as it is"


class KeptTrial(Frozen):
    """What a trial was begun from, kept until it can no longer be asked about.

    ``lines`` lead from ``before`` to what the box is to have; ``own`` are those of them that the
    other half of its pair does not copy to it, the same where there is no such half. ``held``: no
    watch of the box stands behind it. Both hold secrets.
    """

    family: str
    before: str
    lines: tuple[str, ...]
    own: tuple[str, ...]
    held: bool = False


@dataclass(frozen=True)
class BoxPath:
    """From what a box had to what it has if it takes the change; ``held`` as :class:`KeptTrial`."""

    before: ConfigurationTree
    after: ConfigurationTree
    held: bool


@dataclass(frozen=True)
class BoxTarget:
    """``text`` is the way there for people, secrets masked; ``copied`` is true where it changes
    lines that the halves of a pair copy to each other."""

    kept: KeptTrial
    before: ConfigurationTree
    after: ConfigurationTree
    text: str
    copied: bool

    @property
    def path(self) -> BoxPath:
        return BoxPath(self.before, self.after, self.kept.held)

    @property
    def running(self) -> str:
        """Fingerprint of what the box has."""
        return fingerprint(self.before)

    @property
    def intended(self) -> str:
        """Fingerprint of what it is to have; the same exactly where nothing changes."""
        return fingerprint(self.after)


def target_of_rendered(
    family: str, running: str, rendered: str, reach: str | None, *, paired: bool
) -> BoxTarget:
    """The way to a rendered configuration; lines by which the box is managed, and the port with the
    address ``reach``, are left as they are. Raises :class:`Invalid` for a rendered text that nobody
    knows."""
    patch = make_patch(family, running, rendered, reach=reach)
    notes = [f"! {LEFT} ({one.reason}): {' / '.join((*one.views, one.text))}\n"
             for one in patch.left]  # fmt: skip
    notes += [f"! {UNVERIFIED}: {line}\n" for line in patch.unverified]
    text = patch.text + "".join(notes) if patch.lines else ""
    # Where nothing is left the box has the rendered text then; else our model of it says what.
    after = _applied(patch.before, patch.lines) if patch.left else patch.after
    return _target(running, patch.before, after, patch.lines, text, paired=paired)


def target_of_former(family: str, running: str, former: str, *, paired: bool) -> BoxTarget:
    """The way back to what the box had before a change."""
    before, after = (parse_configuration(family, text) for text in (running, former))
    patch = patch_between(reader_of(family, None), before, after, management=True)
    after = _applied(before, patch.lines) if patch.left else after
    return _target(running, before, after, patch.lines, patch.text, paired=paired)


def _target(
    running: str,
    before: ConfigurationTree,
    after: ConfigurationTree,
    lines: tuple[str, ...],
    text: str,
    *,
    paired: bool,
) -> BoxTarget:
    family = before.family
    copied = paired and differs_in_copied(before, after)
    own = lines
    if copied:
        alone = with_copied_of(after, before)
        own = patch_between(reader_of(family, None), before, alone, management=True).lines
    kept = KeptTrial(family=family, before=running, lines=lines, own=own, held=copied)
    return BoxTarget(kept, before, after, text, copied)


def path_of(kept: KeptTrial) -> BoxPath:
    """The path of a trial that somebody else began."""
    before = parse_configuration(kept.family, kept.before)
    return BoxPath(before, _applied(before, kept.lines), kept.held)


def is_same(running: str, tree: ConfigurationTree) -> bool:
    """Whether a configuration as a box shows it is the tree."""
    found = parse_configuration(tree.family, running)
    if found == tree:
        return True
    return patch_between(reader_of(tree.family, None), found, tree, management=True).empty


def fingerprint_of(family: str, running: str) -> str:
    """Of a configuration as a box shows it."""
    return fingerprint(parse_configuration(family, running))


def fingerprint(tree: ConfigurationTree) -> str:
    """The same for configurations that mean the same; secrets are not in it, since a box shows
    another cipher each time."""
    return hashlib.sha256(json.dumps(_shape(tree.inside)).encode()).hexdigest()


def _shape(nodes: tuple[ConfigurationNode, ...]) -> list[object]:
    """As :func:`device_configs.patches.tree.shape`, in an order of its own."""
    nodes = tuple(node for node in nodes if node.inside or not node.rule.document.fixed)
    plain = sorted(
        (
            [
                node.same,
                sorted(node.members) if node.members is not None else None,
                [line.same for line in node.inside]
                if node.rule.document.atomic
                else _shape(node.inside),
            ]
            for node in nodes
        ),
        key=json.dumps,
    )
    return [plain, [node.slot for node in nodes if node.rule.document.move]]


def _applied(before: ConfigurationTree, lines: tuple[str, ...]) -> ConfigurationTree:
    device = ModelDevice(before)
    try:
        for line in lines:
            device.take(line)
    except ValueError as error:
        raise Invalid(
            message("命令语法不认识变更中的一行"),
            str(error).partition(":")[0],
            message("请先为命令语法补充相应的命令形式。"),
        ) from error
    return device.tree()
