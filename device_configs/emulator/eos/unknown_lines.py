"""Which lines stand in no command form of EOS that we know (pure): nobody says that they are wrong,
for the forms are those of what is rendered and no grammar."""

from collections.abc import Iterator, Sequence

from device_configs.emulator.eos.commands import GLOBAL, known_line, modes


def unknown_lines(within: Sequence[str], lines: Sequence[str]) -> Iterator[str]:
    """The lines, and those that open the views around them, that no form holds; what stands in a
    view of which nothing is known is unknown as well."""
    mode: str | None = GLOBAL
    for header in within:
        mode = _opened(mode, header)
        if mode is None:
            yield header
            yield from lines
            return
    for line in lines:
        if not _is_known(mode, line):
            yield line


def _opened(mode: str | None, header: str) -> str | None:
    """The mode that a line enters; None for a line that enters none that is known."""
    known = None if mode is None else known_line(mode, tuple(header.split()))
    return known.command.opens if known is not None and known.command.opens else None


def _is_known(mode: str | None, line: str) -> bool:
    """``no`` and ``default`` take a form back as a whole or by its first words."""
    words = tuple(line.split())
    if mode is None or known_line(mode, words) is not None:
        return mode is not None
    if words[0] not in ("no", "default") or len(words) == 1:
        return False
    rest = words[1:]
    begins = (c.form.tokens[: len(rest)] for c in modes()[mode])
    return known_line(mode, rest) is not None or any(
        len(tokens) == len(rest) and all(t.fits(w) for t, w in zip(tokens, rest, strict=True))
        for tokens in begins
    )
