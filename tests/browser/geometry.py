# ruff: noqa: E501 - the scripts read better unbroken
"""What a ruler would find on a page: overflow, overlap, letters that are too small."""

import time
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.pace import is_over


@dataclass(frozen=True)
class Letter:
    """A text as it is drawn; sizes in CSS px of the viewport."""

    text: str
    size: float
    han: bool


SOON_S = 1
OFTEN_MS, SELDOM_MS = 50, 250
"""Between two looks of a wait: within the first :data:`SOON_S`, and after it."""

TEXTS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, text = node.textContent.trim(), holder = node.parentElement;
    if (!text || !holder.checkVisibility({visibilityProperty: true})) continue;
    let size = parseFloat(getComputedStyle(holder).fontSize);
    const svg = holder.closest('svg');
    if (svg) size *= svg.getScreenCTM().a;
    found.push([text, size]);
  }
  return found;
}"""

OVERFLOWING = """() => {
  const names = (e) => e.id || e.className.baseVal || e.className || e.tagName;
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth || root.scrollHeight > innerHeight) found.push('page');
  for (const tile of document.querySelectorAll('.tile')) {
    const room = tile.getBoundingClientRect();
    for (const e of tile.querySelectorAll('*')) {
      if (!e.checkVisibility({visibilityProperty: true})) continue;
      if (e.closest('defs') || e.closest('.outage[hidden]')) continue;
      const box = e.getBoundingClientRect();
      if (!box.width) continue;
      if (box.left < room.left - 1 || box.right > room.right + 1
          || box.top < room.top - 1 || box.bottom > room.bottom + 1) found.push(names(e) + ' ' + e.textContent.trim().slice(0, 30));
    }
  }
  return found;
}"""

OVERLAPPING = """() => {
  const leaves = [];
  const range = document.createRange();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.textContent.trim() || !node.parentElement.checkVisibility({visibilityProperty: true})) continue;
    range.selectNodeContents(node);
    const clip = node.parentElement.closest('b, .who, .strip span')?.getBoundingClientRect();
    for (const box of range.getClientRects()) {
      const inset = box.height * 0.22;
      const right = clip ? Math.min(box.right, clip.right) : box.right;
      leaves.push([node.textContent.trim(), box.left, right, box.top + inset, box.bottom - inset, node]);
    }
  }
  const found = [];
  for (let i = 0; i < leaves.length; i++) for (let j = i + 1; j < leaves.length; j++) {
    const a = leaves[i], b = leaves[j];
    if (a[5] !== b[5] && a[1] < b[2] - 1 && b[1] < a[2] - 1 && a[3] < b[4] - 1 && b[3] < a[4] - 1) found.push(a[0] + ' | ' + b[0]);
  }
  return found;
}"""

OUTSIDE_THEIR_BOX = """() => [...document.querySelectorAll('.node, .circuit')].flatMap((group) => {
  const frame = group.querySelector('.frame').getBBox();
  return [...group.querySelectorAll('text')].filter((text) => {
    const box = text.getBBox();
    return box.x < frame.x || box.x + box.width > frame.x + frame.width;
  }).map((text) => text.textContent);
})"""


def texts(page: Page) -> list[Letter]:
    return [
        Letter(text, size, any("一" <= character <= "鿿" for character in text))
        for text, size in page.evaluate(TEXTS)
    ]


def overflowing(page: Page) -> list[str]:
    return list(page.evaluate(OVERFLOWING))


def overlapping(page: Page) -> list[str]:
    return list(page.evaluate(OVERLAPPING))


def outside_their_box(page: Page) -> list[str]:
    return list(page.evaluate(OUTSIDE_THEIR_BOX))


def wait_for(page: Page, expression: str, timeout_s: float = 30) -> None:
    """Wait until an expression holds. Playwright's own wait evaluates in the page: the policy forbids.

    What has not come soon is looked for less often: each look takes the processors that what is
    waited for needs.
    """
    begun = time.monotonic()
    while not page.evaluate(expression):
        if is_over(begun, timeout_s):
            raise AssertionError(f"not within {timeout_s} s: {expression}")
        page.wait_for_timeout(OFTEN_MS if time.monotonic() - begun < SOON_S else SELDOM_MS)
