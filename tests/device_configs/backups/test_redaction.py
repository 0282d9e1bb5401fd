"""No secret stays in a text, a changed one can be seen, and nothing else is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.backups.redaction import Redaction, SecretUnknown, WordMask

KEY = b"k" * 32
CANARY = "Kanarienvogel-7"
KNOWN = "our-own-community"

LINUX = [
    f'createUser poller SHA "{CANARY}" AES "{CANARY}x"',
    f"usmUser 1 3 0x80 poller SHA {CANARY} AES 0x{CANARY}",
    f"rocommunity {CANARY} 10.0.0.0/8",
    f"trap2sink 10.255.0.5:162 {CANARY}",
    f"com2sec local default {CANARY}",
    f"    snmptrap -v 2c -c '{CANARY}' 10.255.0.5:162 ''",
    f" neighbor 10.0.0.1 password {CANARY}",
    f"password 8 {CANARY}",
    f"enable password {CANARY}",
    f" ip ospf message-digest-key 1 md5 {CANARY}",
    f"    auth_pass {CANARY}",
    f'    auth_pass "{CANARY} with blanks"',
    f"db_password={CANARY}",
    f"API_KEY: {CANARY}  # the interface's",
    f"server http://user:{CANARY}@10.0.0.1/",
    f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}\n-----END OPENSSH PRIVATE KEY-----",
    "ops:$6$saltsalt$Kanarienvogel-7abcdefghijklmn:20000:0:99999:7:::",
]
VENDOR = [
    f"snmp-agent community read cipher {CANARY}",
    f"local-user ops password irreversible-cipher {CANARY}",
    f"ntp-service authentication-keyid 1 authentication-mode md5 cipher {CANARY}",
    f" peer 10.0.0.1 password simple {CANARY}",
    f"username emergency privilege 15 role network-admin secret sha512 $6$salt${CANARY}",
    f"username emergency privilege 15 role network-admin secret {CANARY}",
    f"tacacs-server host 10.255.0.61 key 7 {CANARY}",
    f"ntp authentication-key 1 md5 7 {CANARY}",
    f"ntp authentication-key 1 sha1 {CANARY}",
]


@pytest.mark.parametrize("line", LINUX)
def test_a_secret_of_a_linux_device_is_not_in_its_text(line: str) -> None:
    shown = Redaction(KEY).linux(f"before\n{line}\nafter\n")
    assert CANARY not in shown
    assert shown.startswith("before\n")
    assert shown.endswith("\nafter\n")


@pytest.mark.parametrize("line", [line for line in LINUX if "\n" not in line])
def test_a_secret_is_in_no_difference(line: str) -> None:
    unified = f"--- a\n+++ a\n@@ -1 +1 @@\n-{line}\n+{line}x\n same\n"
    shown = WordMask().difference(unified)
    assert CANARY not in shown
    assert shown.count("\n") == unified.count("\n")
    assert WordMask().difference(shown) == shown


@pytest.mark.parametrize("mark", ["", "+", "-", " "])
@pytest.mark.parametrize("line", LINUX)
def test_a_secret_is_in_nothing_that_a_program_prints(line: str, mark: str) -> None:
    shown = WordMask().printed(f"before\n{mark}{line}\nafter\n")
    assert CANARY not in shown
    assert shown.startswith("before\n")
    assert shown.endswith("\nafter\n")


@pytest.mark.parametrize("line", VENDOR)
def test_a_secret_of_a_vendors_device_is_not_in_its_text(line: str) -> None:
    assert CANARY not in Redaction(KEY).vendor(f"#\n{line}\n#\n")


@pytest.mark.parametrize("line", LINUX + VENDOR)
def test_a_text_gets_its_secrets_back_as_they_were(line: str) -> None:
    redaction = Redaction(KEY)
    for hide in (redaction.linux, redaction.vendor):
        assert redaction.with_secrets(hide(line + "\n")) == line + "\n"


@pytest.mark.parametrize("line", LINUX)
def test_redacting_twice_changes_nothing_more(line: str) -> None:
    redaction = Redaction(KEY)
    assert redaction.linux(redaction.linux(line)) == redaction.linux(line)


def test_another_secret_reads_otherwise_and_the_same_one_the_same() -> None:
    redaction = Redaction(KEY)
    first, second = redaction.linux("password one"), redaction.linux("password two")
    assert first != second
    assert redaction.linux("password one") == first
    assert Redaction(b"q" * 32).linux("password one") != first


@pytest.mark.parametrize(
    "line",
    [
        " set community 65000:1 additive",
        " bgp community-list standard seats permit 65000:1",
        " area 0 authentication message-digest",
        "PasswordAuthentication no",
        "sshd_apply() { /usr/sbin/sshd -t; }",
        "hostname key-west",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert Redaction(KEY).linux(line) == line


def test_a_secret_that_nobody_has_any_more_is_named_by_its_line() -> None:
    hidden = Redaction(KEY).linux("hostname a\npassword gone\n")
    with pytest.raises(SecretUnknown) as unknown:
        Redaction(KEY).with_secrets(hidden)
    assert unknown.value.args == (2,)


def test_its_representation_shows_no_secret() -> None:
    redaction = Redaction(KEY, (KNOWN,))
    redaction.linux(f"password {CANARY}")
    assert CANARY not in repr(redaction)
    assert KNOWN not in repr(redaction)


@given(st.text(), st.text())
def test_a_known_secret_stays_in_no_text_whatever_surrounds_it(before: str, after: str) -> None:
    redaction = Redaction(KEY, (KNOWN,))
    for hide in (redaction.linux, redaction.vendor):
        assert KNOWN not in hide(f"{before}{KNOWN}{after}")
