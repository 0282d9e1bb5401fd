"""What the tests of the grammar share: its folders and the samples in them."""

from pathlib import Path

HERE = Path(__file__).parent
SAMPLES = sorted(HERE.glob("samples/*/*.txt"))
FRAGMENT = "! fragment"


def family_of(sample: Path) -> str:
    """The family a sample file belongs to, by its folder."""
    return sample.parent.name
