"""Every text of the screens has its English."""

import ast
import re
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
PACKAGES = ("wallboard", "ops_core", "incident", "monitors", "device_configs", "seat_assets")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "message": None, "pgettext": ((1, "c"), 2)}


def used() -> set[tuple[str | None, str]]:
    """Texts marked for translation, with their contexts."""
    found = set()
    options = {"**/templates/**.html": {"silent": "false", "trimmed": "true"}}
    for package in PACKAGES:
        for _, _, text, _, context in extract_from_dir(
            ROOT / package, METHODS, options, keywords=KEYWORDS
        ):
            if isinstance(text, str) and text:
                found.add((context, text))
    return found


def test_no_text_lacks_its_english() -> None:
    source = (ROOT / "wallboard/locale/en/LC_MESSAGES/messages.po").read_bytes()
    catalogue = read_po(BytesIO(source))
    lacking = [
        text
        for context, text in sorted(used(), key=str)
        if (entry := catalogue.get(text, context)) is None or not entry.string
    ]
    assert lacking == []


def test_values_have_the_same_names_in_both_languages() -> None:
    source = (ROOT / "wallboard/locale/en/LC_MESSAGES/messages.po").read_bytes()
    for entry in read_po(BytesIO(source)):
        if isinstance(entry.id, str) and isinstance(entry.string, str) and entry.id:
            pattern = r"%\(\w+\)[sd]|\{\w+\}"
            assert set(re.findall(pattern, entry.id)) == set(re.findall(pattern, entry.string))


def claims() -> set[str]:
    """Texts of proofs (templates, texts without values, titles) and of the platform's figures."""
    found: set[str] = set()
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                chosen = {"Finding": node.args[1:4], "claim": node.args[:1],
                          "RequirementEvidence": node.args[:1] + node.args[2:],
                          "_but": node.args[:1], "_not_on": node.args[:1],
                          "Measure": node.args[1:2]}  # fmt: skip
                if node.func.id == "Finding" and "proofs" not in path.parts:
                    continue
                found |= {text for one in chosen.get(node.func.id, []) for text in plain(one)}
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                is_text = node.targets[0].id in ("TITLE", "_WHAT", "_WHY", "_REMEDY")
                is_text = is_text and "proofs" in path.parts
                found |= {text for text in plain(node.value) if is_text}
    return found


def plain(node: ast.expr) -> set[str]:
    """The texts that an expression may be."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    if isinstance(node, ast.IfExp):
        return plain(node.body) | plain(node.orelse)
    return {t for one in node.values for t in plain(one)} if isinstance(node, ast.Dict) else set()


def test_no_word_of_a_proof_lacks_its_chinese() -> None:
    source = (ROOT / "wallboard/locale/zh/LC_MESSAGES/messages.po").read_bytes()
    catalogue = {entry.id: entry.string for entry in read_po(BytesIO(source)) if entry.id}
    files = re.compile(r"(\w+\.yml)?")
    texts = claims()
    assert len(texts) > 180
    assert [t for t in sorted(texts) if not catalogue.get(t) and not files.fullmatch(t)] == []
    for text, chinese in catalogue.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", str(chinese)))
