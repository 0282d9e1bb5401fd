"""What a vendor box is to have: from its running text and a wish to lines and trees (pure)."""

import hashlib
import json
from dataclasses import dataclass, replace

from device_configs.patches.execution import ModelDevice
from device_configs.patches.model import Patch
from device_configs.patches.pairs import differs_in_copied, with_copied_of
from device_configs.patches.parsing import parse_configuration, reader_of
from device_configs.patches.patch import make_patch, patch_between
from device_configs.patches.secret_marks import (
    SecretMarks,
    ShownSecrets,
    hash_of_secrets,
    replaced_secrets,
    secrets_in,
)
from device_configs.patches.tree import ConfigurationNode, ConfigurationTree
from device_configs.site.values import Frozen
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message

LEFT, SECRET = "left as it is", "a secret changes"
UNKNOWN = "unknown whether the secret is the declared one, and it is left"
SET_UNKNOWN = "unknown whether the secret is the declared one, and it is set"


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
    after: str = ""
    """What it comes to, where the box said so itself."""
    sets_unknown: bool = False
    """Whether secrets are set of which nothing was known: they may have been the same before."""


@dataclass(frozen=True)
class BoxPath:
    """From what a box had to what it has if it takes the change; ``held`` as :class:`KeptTrial`.

    ``replaced`` are the secrets it showed before in places where it is given others: it is old
    while it shows them, whatever else it shows.
    """

    before: ConfigurationTree
    after: ConfigurationTree
    held: bool
    replaced: ShownSecrets
    sets_unknown: bool = False

    @property
    def only_secrets(self) -> bool:
        """Whether nothing else changes."""
        return bool(self.replaced) and self.before == self.after

    def is_before(self, running: str) -> bool:
        """Whether a configuration as the box shows it is the former one."""
        return is_same(running, self.before) and not self._shows_others(running)

    def is_after(self, running: str) -> bool:
        """Whether it is the new one."""
        if not is_same(running, self.after):
            return False
        return self._shows_others(running) or not self.only_secrets or self.sets_unknown

    def is_either(self, running: str) -> bool:
        """Whether what the box shows tells nothing: it had the secrets that it was given."""
        return self.sets_unknown and self.is_before(running) and self.is_after(running)

    def _shows_others(self, running: str) -> bool:
        if not self.replaced:
            return False
        shown = secrets_in(parse_configuration(self.before.family, running))
        return any(shown.get(place) != secrets for place, secrets in self.replaced.items())


@dataclass(frozen=True)
class BoxTarget:
    """``text`` is the way there for people, secrets masked; ``copied`` is true where it changes
    lines that the halves of a pair copy to each other."""

    kept: KeptTrial
    before: ConfigurationTree
    after: ConfigurationTree
    text: str
    copied: bool
    secrets: str = ""
    """Hash of what secrets change; empty where none does."""
    unknown: tuple[str, ...] = ()
    """Lines with secrets of which nobody knows whether the device has them, which are left as they
    are; secrets masked."""

    @property
    def path(self) -> BoxPath:
        replaced = replaced_secrets(self.before, self.after) if self.secrets else {}
        return BoxPath(self.before, self.after, self.kept.held, replaced, self.kept.sets_unknown)

    @property
    def running(self) -> str:
        """Fingerprint of what the box has."""
        return fingerprint(self.before)

    @property
    def reached(self) -> str:
        """Fingerprint of what it shows once it is there."""
        return fingerprint(self.after)

    @property
    def intended(self) -> str:
        """Fingerprint of what it is to have; the same exactly where nothing changes."""
        found = fingerprint(self.after)
        if not self.secrets:
            return found
        return hashlib.sha256(f"{found} {self.secrets}".encode()).hexdigest()


def target_of_rendered(
    family: str,
    running: str,
    rendered: str,
    reach: str | None,
    *,
    paired: bool,
    marks: SecretMarks | None = None,
) -> BoxTarget:
    """The way to a rendered configuration; lines by which the box is managed, and the port with the
    address ``reach``, are left as they are. Raises :class:`Invalid` for a rendered text that nobody
    knows."""
    patch = make_patch(family, running, rendered, reach=reach, marks=marks)
    notes = [f"! {LEFT} ({one.reason}): {' / '.join((*one.views, one.text))}\n"
             for one in patch.left]  # fmt: skip
    unknown = _unknown_secrets(family, running, rendered, reach, marks)
    notes += [f"! {SET_UNKNOWN if line in unknown else SECRET}: {line}\n" for line in patch.secrets]
    notes += [f"! {UNKNOWN}: {line}\n" for line in patch.unverified]
    text = patch.text + "".join(notes) if patch.lines else ""
    # Where nothing is left the box has the rendered text then; else our model of it says what.
    whole = not patch.left and not patch.secrets
    after = patch.after if whole else _applied(patch.before, patch.lines)
    found = _target(running, patch, after, text, paired=paired, key=marks.key if marks else b"")
    kept = found.kept.model_copy(update={"sets_unknown": bool(unknown)})
    return replace(found, kept=kept, unknown=patch.unverified)


def _unknown_secrets(
    family: str, running: str, rendered: str, reach: str | None, marks: SecretMarks | None
) -> frozenset[str]:
    """What ``marks`` set although nothing is known of it."""
    if marks is None or not marks.sets_unknown:
        return frozenset()
    known = replace(marks, sets_unknown=False)
    patch = make_patch(family, running, rendered, reach=reach, marks=known)
    return frozenset(patch.unverified)


def target_of_former(family: str, running: str, former: str, *, paired: bool) -> BoxTarget:
    """The way back to what the box had before a change."""
    before, after = (parse_configuration(family, text) for text in (running, former))
    patch = patch_between(reader_of(family, None), before, after, management=True, shown=True)
    after = _applied(before, patch.lines) if patch.left else after
    return _target(running, patch, after, patch.text, paired=paired, key=b"")


def _target(
    running: str,
    patch: Patch,
    after: ConfigurationTree,
    text: str,
    *,
    paired: bool,
    key: bytes,
) -> BoxTarget:
    before, family, lines = patch.before, patch.family, patch.lines
    copied = paired and differs_in_copied(before, after)
    own = lines
    if copied:
        alone = with_copied_of(after, before)
        own = patch_between(reader_of(family, None), before, alone, management=True).lines
    kept = KeptTrial(family=family, before=running, lines=lines, own=own, held=copied)
    secrets = hash_of_secrets(key, before, after) if patch.secrets else ""
    return BoxTarget(kept, before, after, text, copied, secrets)


def path_of(kept: KeptTrial) -> BoxPath:
    """The path of a trial that somebody else began."""
    before = parse_configuration(kept.family, kept.before)
    after = _applied(before, kept.lines)
    replaced = replaced_secrets(before, after)
    return BoxPath(before, after, kept.held, replaced, kept.sets_unknown)


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
