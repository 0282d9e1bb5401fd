"""Modules are small: half of them, and nine of ten, hold no more lines than stated here."""

from statistics import median, quantiles

from tests.house.sources import modules

MEDIAN, NINE_OF_TEN = 100, 230
"""Lines."""
SHOWN = 20


def test_modules_are_small() -> None:
    sizes = {module.path: module.lines for module in modules() if module.lines}
    largest = sorted(sizes, key=lambda path: -sizes[path])[:SHOWN]
    listed = "\n".join(f"{sizes[path]:5} {path}" for path in largest)
    middle, most = median(sizes.values()), quantiles(sizes.values(), n=10)[-1]
    print(f"{len(sizes)} modules, median {middle:g}, nine of ten up to {most:g}\n{listed}")
    assert (middle <= MEDIAN, most <= NINE_OF_TEN) == (True, True), listed
