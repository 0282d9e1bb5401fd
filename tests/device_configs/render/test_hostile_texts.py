"""A hostile text is refused at check, or stands in every rendering as nothing but itself."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from device_configs.render import Secrets, render_device
from device_configs.render.families import families, render_vendor
from device_configs.render.refusal import NotRenderable
from device_configs.site import Site, load_site
from device_configs.site.faults import SiteInvalid
from tests.device_configs.render.changes import EMERGENCY, GUARDED, SIGNED
from tests.profile import examples

INVENTORY = Path(__file__).parents[3] / "inventory"
DEVICES = ("rt-a", "fwi-a", "ips-a", "core-a", "sw-1", "fwx", "gap-a", "vg-a", "bas", "mon")
MARK = "zq"
"""Every hostile text begins with it; nothing in the shipped renderings does."""
WORDS = (
    "\n",
    "\r",
    "\t",
    "\0",
    "\x1b[2J",
    '"',
    "'",
    "`id`",
    "$(id)",
    "\\",
    "?",
    ";",
    "&&",
    "|",
    ">",
    "<",
    "#",
    "!",
    "../",
    "/",
    "{",
    "}",
    "{{ c }}",
    "{% raw %}",
    "%s",
    "*",
    "~",
    "^",
    "[",
    "]",
    "(",
    ")",
    " ",
    "\u2028",
    "\u202e",
    "\u200b",
    "座席",
    "\nuser-interface vty 0 4\n authentication-mode none",
    "\nexit",
    "a",
    "0",
    "-",
    "_",
    ".",
    ",",
    ":",
    "=",
    "+",
    "@",
    "%",
)
Renderings = dict[tuple[str, str], list[str]]


def renderings(site: Site, secrets: Secrets, names: dict[str, str]) -> Renderings:
    """The lines of each device in each family, under the device's shipped name."""
    found: Renderings = {}
    for shipped in DEVICES:
        name = names.get(shipped, shipped)
        found[shipped, "frr"] = [
            line
            for file in render_device(site, secrets, name).files
            for line in file.content.split("\n")
        ]
        for family in families():
            try:
                found[shipped, family] = render_vendor(site, secrets, name, family).split("\n")
            except NotRenderable:
                continue
    return found


def leaves(document: object) -> Iterator[str]:
    """Every text and every key of a file."""
    if isinstance(document, dict):
        for key, value in document.items():
            if isinstance(key, str):
                yield key
            yield from leaves(value)
    elif isinstance(document, list):
        for value in document:
            yield from leaves(value)
    elif isinstance(document, str):
        yield document


def replaced(document: object, old: str, new: str) -> object:
    if isinstance(document, dict):
        return {replaced(k, old, new): replaced(v, old, new) for k, v in document.items()}
    if isinstance(document, list):
        return [replaced(value, old, new) for value in document]
    return new if document == old else document


SHIPPED = {
    path.name: yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    for path in sorted(INVENTORY.glob("*.yml"))
}
ADDED = {
    "protocols.yml": yaml.safe_load(SIGNED.replace("key_id: 7", "algorithm: md5")),
    "circuits.yml": {
        **SHIPPED["circuits.yml"],
        "circuits": [
            {**circuit, "bgp_secret": circuit["name"]} if circuit.get("group") else circuit
            for circuit in SHIPPED["circuits.yml"]["circuits"]
        ],
    },
    "access.yml": yaml.safe_load(GUARDED),
    "accounts.yml": {
        "accounts": [*SHIPPED["accounts.yml"]["accounts"], *yaml.safe_load(EMERGENCY)]
    },
}
"""Files with what the shipped ones leave out and every text of which reaches a device."""
SHIPPED |= ADDED
TEXTS = sorted({text for document in SHIPPED.values() for text in leaves(document)})
hostile = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(
    lambda words: MARK + "".join(words)
)


@pytest.fixture(scope="module")
def plain(secrets: Secrets, tmp_path_factory: pytest.TempPathFactory) -> Renderings:
    return renderings(declared(tmp_path_factory.mktemp("plain"), SHIPPED), secrets, {})


def declared(folder: Path, documents: dict[str, object]) -> Site:
    """The shipped declaration with these files in place of its own where they differ."""
    inventory = folder / "inventory"
    shutil.copytree(INVENTORY, inventory)
    for file, document in documents.items():
        if file in ADDED or document != SHIPPED[file]:
            (inventory / file).write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    try:
        return load_site(inventory)
    finally:
        shutil.rmtree(inventory)


@settings(max_examples=examples(suite=60, nightly=20_000))
@given(old=st.sampled_from(TEXTS), new=hostile)
def test_no_text_of_the_declaration_adds_a_line_to_a_device(
    plain: Renderings,
    secrets: Secrets,
    tmp_path_factory: pytest.TempPathFactory,
    old: str,
    new: str,
) -> None:
    documents = {file: replaced(document, old, new) for file, document in SHIPPED.items()}
    try:
        site = declared(tmp_path_factory.mktemp("hostile"), documents)
    except SiteInvalid:
        return
    known = {account.name: f"ssh-rsa {MARK}" for account in site.accounts} | secrets.login_keys
    try:
        update = {"login_keys": known, "keys": {**secrets.keys, new: secrets.keys.get(old, "")}}
        found = renderings(site, secrets.model_copy(update=update), {old: new})
    except (NotRenderable, KeyError):
        return  # refused with its place, or the devices are others
    for place, lines in found.items():
        assert len(lines) == len(plain[place]), (place, old, new)
        foreign = [line for line in lines if line not in set(plain[place]) and MARK not in line]
        assert all(_moved(line, plain[place]) for line in foreign), (place, old, new, foreign[:3])


def _moved(line: str, known: list[str]) -> bool:
    """Whether a line differs from a known one by its numbers alone: names decide the order."""
    bare = {"".join(c for c in text if not c.isdigit()) for text in known}
    return "".join(c for c in line if not c.isdigit()) in bare


@pytest.mark.parametrize("family", families())
@pytest.mark.parametrize("name", ["a-b", "a" * 31, "a" * 30 + "-", "a" * 80, 'a.b?c,d"e'])
def test_an_object_name_is_fitted_to_what_the_family_takes(family: str, name: str) -> None:
    from device_configs.render.families.family import load_family

    for kind, rule in load_family(family).objects.items():
        fitted = rule.fit(name)
        assert 0 < len(fitted) <= rule.longest, kind
        assert rule.fit(fitted) == fitted
        assert rule.fit("plain") == "plain"
        assert rule.fit(f"{name}x") != fitted


@pytest.mark.parametrize("word", ["two words", "a?", "a'b", 'a"b', "a\nb", "a\\b", "a`b"])
def test_a_secret_that_a_command_line_would_read_otherwise_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="snmp_community"):
        Secrets(
            snmp_community=word,
            snmp_user="a",
            snmp_auth_password="a" * 8,
            snmp_priv_password="a" * 8,
        )
