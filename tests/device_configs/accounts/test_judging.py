"""Back doors, orphans and unusual use: what is found, what is not, and what stays unknown."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.accounts.judging import AccountFacts, judge_accounts
from device_configs.accounts.model import (
    AccountFinding,
    AccountReason,
    AccountUse,
    DeviceAccounts,
    DoubtReason,
    FoundAccount,
)
from device_configs.site import Site, load_site
from device_configs.site.model import (
    Account,
    AccountKind,
    AccountProtocol,
    ExpectedUse,
    Privilege,
)

SSH = AccountProtocol.SSH
SITE = load_site(Path(__file__).parents[1] / "twin" / "small_site")
NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)  # Tuesday, 14:30 in Shanghai
DEVICES = ("rt-a", "fw-a", "sw-1")
LONG_AGO = NOW - timedelta(days=400)


def declared(**changes: object) -> Account:
    use = {"sessions_per_week": (0, 20), **changes}
    fields = {k: use.pop(k) for k in ("kind", "privilege", "holder") if k in use}
    return Account(
        name="ops", protocol=SSH, devices=DEVICES, purpose="Night duty.",
        expected_use=ExpectedUse.model_validate(use),
        **{"kind": AccountKind.PERSON, "privilege": Privilege.OPERATOR, "holder": "wang"} | fields,
    )  # fmt: skip


def site_with(*accounts: Account) -> Site:
    return SITE.model_copy(update={"accounts": accounts})


def used(device: str, ago: timedelta, source: str = "10.1.1.1") -> AccountUse:
    return AccountUse(device, "ops", SSH, NOW - ago, ip_address(source))


def devices(
    *uses: AccountUse, accounts: tuple[FoundAccount, ...] | None = None
) -> list[DeviceAccounts]:
    there = accounts or tuple(FoundAccount(name, "ops", SSH) for name in DEVICES)
    return [
        DeviceAccounts(
            name,
            tuple(a for a in there if a.device == name),
            tuple(u for u in uses if u.device == name),
            LONG_AGO,
        )
        for name in DEVICES
    ]


def reasons(account: Account, facts: AccountFacts) -> set[tuple[str, AccountReason]]:
    found = judge_accounts(site_with(account), facts, NOW).findings
    return {(one.device, one.reason) for one in found}


RECENT_USE = used("rt-a", timedelta(hours=1))


def test_an_account_in_order_is_no_finding() -> None:
    facts = AccountFacts(devices(RECENT_USE), owners={"wang": True})
    assert reasons(declared(), facts) == set()


def test_undeclared_keys_and_privilege_are_back_doors() -> None:
    accounts = (
        FoundAccount("rt-a", "ops", SSH, keys=frozenset({"SHA256:own", "SHA256:other"})),
        FoundAccount("fw-a", "ops", SSH, is_administrator=True),
        FoundAccount("sw-1", "toor", SSH),
        FoundAccount("sw-1", "ops", AccountProtocol.SNMP),
    )
    facts = AccountFacts(
        devices(RECENT_USE, accounts=accounts), keys={"ops": frozenset({"SHA256:own"})}
    )
    found = judge_accounts(site_with(declared()), facts, NOW).findings
    assert {(f.device, f.name, f.protocol, f.reason, f.detail) for f in found} == {
        ("rt-a", "ops", SSH, AccountReason.UNDECLARED_KEY, "SHA256:other"),
        ("fw-a", "ops", SSH, AccountReason.EXCESS_PRIVILEGE, ""),
        ("sw-1", "toor", SSH, AccountReason.UNDECLARED, ""),
        ("sw-1", "ops", AccountProtocol.SNMP, AccountReason.UNDECLARED, ""),
    }


def test_keys_that_nobody_named_are_unknown_and_no_finding() -> None:
    accounts = (FoundAccount("rt-a", "ops", SSH, keys=frozenset({"SHA256:any"})),)
    facts = AccountFacts(devices(RECENT_USE, accounts=accounts))
    judged = judge_accounts(site_with(declared()), facts, NOW)
    assert judged.findings == ()
    assert DoubtReason.KEYS_UNKNOWN in {doubt.reason for doubt in judged.doubts}


def test_an_account_unused_for_too_long_is_an_orphan_wherever_it_is() -> None:
    facts = AccountFacts(devices(used("rt-a", timedelta(days=91))))
    assert reasons(declared(), facts) == {(name, AccountReason.UNUSED) for name in DEVICES}
    assert reasons(declared(orphaned_after_days=92), facts) == set()


def test_an_orphan_is_not_decided_on_a_record_that_is_too_short() -> None:
    short = devices()
    short[1] = DeviceAccounts("fw-a", short[1].accounts, (), NOW - timedelta(days=30))
    judged = judge_accounts(site_with(declared()), AccountFacts(short), NOW)
    assert judged.findings == ()
    assert ("fw-a", DoubtReason.RECORD_TOO_SHORT) in {(d.device, d.reason) for d in judged.doubts}


def test_a_device_that_was_not_read_is_unknown() -> None:
    unread = devices()
    unread[0] = DeviceAccounts("rt-a", problem="no answer within 30 s")
    judged = judge_accounts(site_with(declared()), AccountFacts(unread), NOW)
    assert judged.findings == ()
    assert ("rt-a", DoubtReason.DEVICE_NOT_READ) in {(d.device, d.reason) for d in judged.doubts}


def test_an_account_whose_owner_may_not_sign_in_any_more_is_an_orphan() -> None:
    facts = AccountFacts(devices(RECENT_USE), owners={"wang": False})
    assert reasons(declared(), facts) == {(name, AccountReason.OWNER_GONE) for name in DEVICES}
    assert reasons(declared(kind=AccountKind.SERVICE), facts) == set()


def test_each_use_of_a_break_glass_account_is_a_finding_and_none_is_none() -> None:
    kept = declared(kind=AccountKind.BREAK_GLASS, sessions_per_week=(0, 0))
    assert reasons(kept, AccountFacts(devices())) == set()
    assert reasons(kept, AccountFacts(devices(RECENT_USE))) == {("rt-a", AccountReason.BREAK_GLASS)}


@pytest.mark.parametrize("source", ["10.2.0.1", "2001:db8:9::1"])
def test_use_from_elsewhere_is_unusual_over_ipv4_and_ipv6(source: str) -> None:
    usual = [ip_network("10.1.0.0/16"), ip_network("2001:db8:1::/48")]
    strange = AccountFacts(devices(used("rt-a", timedelta(hours=1), source)))
    assert reasons(declared(sources=usual), strange) == {("rt-a", AccountReason.SOURCE)}
    for address in ("10.1.0.1", "2001:db8:1::1"):
        at_home = AccountFacts(devices(used("rt-a", timedelta(hours=1), address)))
        assert reasons(declared(sources=usual), at_home) == set()


def test_too_many_sessions_a_week_are_unusual_where_they_were() -> None:
    many = [used("sw-1", timedelta(hours=n + 1)) for n in range(21)]
    assert reasons(declared(), AccountFacts(devices(*many))) == {("sw-1", AccountReason.TOO_MANY)}
    assert reasons(declared(), AccountFacts(devices(*many[:20]))) == set()


def test_too_few_sessions_a_week_are_unusual_where_the_record_is_long_enough() -> None:
    account = declared(sessions_per_week=(5, 20), orphaned_after_days=900)
    facts = AccountFacts(devices(RECENT_USE))
    assert reasons(account, facts) == {(name, AccountReason.TOO_FEW) for name in DEVICES}


_accounts = st.builds(
    FoundAccount,
    st.sampled_from(DEVICES),
    st.sampled_from(["ops", "toor", "guest"]),
    st.just(SSH),
    st.booleans(),
    st.booleans(),
    st.frozensets(st.sampled_from(["SHA256:own", "SHA256:other"])),
)
_uses = st.builds(
    AccountUse,
    st.sampled_from(DEVICES),
    st.sampled_from(["ops", "toor"]),
    st.just(SSH),
    st.timedeltas(timedelta(0), timedelta(days=200)).map(lambda ago: NOW - ago),
    st.sampled_from([None, ip_address("10.1.1.1"), ip_address("2001:db8::1")]),
)
_device = st.builds(
    DeviceAccounts,
    st.sampled_from(DEVICES),
    st.lists(_accounts).map(tuple),
    st.lists(_uses).map(tuple),
    st.sampled_from([None, LONG_AGO, NOW - timedelta(days=3)]),
    st.sampled_from(["", "unreachable"]),
)


@given(
    st.lists(_device, max_size=3, unique_by=lambda answer: answer.device),
    st.randoms(use_true_random=False),
)
def test_the_order_in_which_devices_answer_does_not_matter(
    answers: list[DeviceAccounts], random: "st.Random"
) -> None:
    facts = AccountFacts(answers, keys={"ops": frozenset({"SHA256:own"})})
    shuffled = list(answers)
    random.shuffle(shuffled)
    site = site_with(declared())
    there = judge_accounts(site, facts, NOW)
    assert judge_accounts(site, AccountFacts(shuffled, facts.keys), NOW) == there


@given(st.lists(_device, max_size=3, unique_by=lambda answer: answer.device))
def test_every_undeclared_account_is_a_back_door_and_no_declared_one_is_called_undeclared(
    answers: list[DeviceAccounts],
) -> None:
    judged = judge_accounts(site_with(declared()), AccountFacts(answers), NOW)
    undeclared = {
        (f.device, f.name) for f in judged.findings if f.reason is AccountReason.UNDECLARED
    }
    assert undeclared == {
        (a.device, a.name) for answer in answers for a in answer.accounts if a.name != "ops"
    }


@given(st.lists(_uses))
def test_nothing_is_found_in_devices_that_were_not_read(uses: list[AccountUse]) -> None:
    unread = [DeviceAccounts(name, problem="unreachable") for name in DEVICES]
    judged = judge_accounts(site_with(declared()), AccountFacts(unread), NOW)
    assert judged.findings == ()
    assert {d.device for d in judged.doubts} >= set(DEVICES)


def test_findings_are_ordered_and_given_once() -> None:
    account = FoundAccount("rt-a", "toor", SSH)
    judged = judge_accounts(
        site_with(declared()),
        AccountFacts([DeviceAccounts("rt-a", (account, account), (), LONG_AGO)]),
        NOW,
    )
    assert [f for f in judged.findings if f.name == "toor"] == [
        AccountFinding("rt-a", "toor", SSH, AccountReason.UNDECLARED)
    ]
