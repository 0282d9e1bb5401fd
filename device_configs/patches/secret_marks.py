"""What is remembered of secrets that were set on a device: keyed hashes, never the secrets (pure).

A device shows a cipher of what it was given. A mark says of one place of the configuration what was
given there last, and what the device showed for it afterwards.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from device_configs.patches.secret_words import secret_mark
from device_configs.patches.tree import ConfigurationNode, ConfigurationTree

Nodes = tuple[ConfigurationNode, ...]
ShownSecrets = Mapping[str, tuple[str, ...]]
"""Secrets of a configuration, as it is written, by :func:`secret_place`."""


@dataclass(frozen=True, slots=True)
class SecretMark:
    """Of one place: hashes of what was ``given``, and of what the device has ``shown`` since."""

    given: str
    shown: str


@dataclass(frozen=True, slots=True)
class SecretMarks:
    """The marks of one device by the hash of their place; ``key`` is that device's own salt.

    ``sets_unknown``: what nothing is known of counts as different, so that it is set.
    """

    key: bytes
    of: Mapping[str, SecretMark]
    sets_unknown: bool = False

    def hold(self, place: str, running: tuple[str, ...], intended: tuple[str, ...]) -> bool | None:
        """Whether a device that shows ``running`` has ``intended``; None where nothing was ever
        set there from here, and False with ``sets_unknown``.

        What it shows otherwise than after it was set may have been changed on the device: it
        counts as different.
        """
        mark = self.of.get(self._hash(place, ()))
        if mark is None:
            return False if self.sets_unknown else None
        return mark == SecretMark(self._hash(place, intended), self._hash(place, running))

    def after(
        self, before: ConfigurationTree, after: ConfigurationTree, running: ConfigurationTree
    ) -> "SecretMarks":
        """The marks once a device has taken the way from ``before`` to ``after``, and shows
        ``running``. What was not sent keeps its mark, or goes on having none."""
        had, shown = secrets_in(before), secrets_in(running)
        kept: dict[str, SecretMark] = {}
        for place, given in secrets_in(after).items():
            name = self._hash(place, ())
            if had.get(place) != given:
                kept[name] = SecretMark(
                    self._hash(place, given), self._hash(place, shown.get(place, ()))
                )
            elif name in self.of:
                kept[name] = self.of[name]
        return SecretMarks(self.key, kept)

    def _hash(self, place: str, secrets: tuple[str, ...]) -> str:
        return secret_mark(self.key, place, secrets)


def secret_place(views: Nodes, node: ConfigurationNode) -> str:
    """Where a secret stands: its view and its line, masked."""
    return "\n".join((*(view.slot for view in views), node.same))


def secrets_in(tree: ConfigurationTree) -> dict[str, tuple[str, ...]]:
    """Every secret of a configuration, as it is written there, by its place."""
    return dict(_secrets(tree.inside, ()))


def replaced_secrets(before: ConfigurationTree, after: ConfigurationTree) -> ShownSecrets:
    """What stood ``before`` in the places of both whose secrets are others ``after``."""
    new = secrets_in(after)
    return {
        place: old
        for place, old in secrets_in(before).items()
        if place in new and new[place] != old
    }


def hash_of_secrets(key: bytes, before: ConfigurationTree, after: ConfigurationTree) -> str:
    """One keyed hash of all that stands in the place of others ``after``."""
    new = secrets_in(after)
    marks = sorted(secret_mark(key, place, new[place]) for place in replaced_secrets(before, after))
    return secret_mark(key, "\n".join(marks), ())


def _secrets(nodes: Nodes, views: Nodes) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in nodes:
        if node.secrets:
            yield secret_place(views, node), node.secrets
        yield from _secrets(node.inside, (*views, node))
