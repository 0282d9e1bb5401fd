"""Taking the words of a line of nftables one by one."""

from device_configs.proofs.readers.nft_match import NftLine


def values_of(line: NftLine) -> list[str]:
    """One value, or those of a set in braces."""
    word = line.words.pop()
    if word != "{":
        return [word]
    found = []
    while (word := line.words.pop()) != "}":
        found.append(word.rstrip(","))
    return found


def expect(line: NftLine, *words: str) -> None:
    for expected in words:
        found = line.words.pop()
        if found != expected:
            raise ValueError(f"{found!r} where {expected!r} was expected")
