"""Where the web face is reached, as the environment says it."""

import pytest
from pydantic import ValidationError

from ops_core.kernel.settings import load_settings
from ops_core.kernel.web_address import Origin, host_name, origin_of, proxy_network


def test_without_a_setting_only_the_machine_itself_is_answered() -> None:
    settings = load_settings()
    assert settings.accepted_hosts == {"127.0.0.1", "localhost", "[::1]"}
    assert (settings.public_origin, settings.web_trusted_proxies) == (None, ())
    assert str(settings.own_origin) == "http://127.0.0.1:8000"


def test_a_centre_behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "WEB_HOST": "0.0.0.0",
        "WEB_PUBLIC_URL": "https://Centre.example:443/",
        "WEB_ALLOWED_HOSTS": "wall.example, 10.1.2.3,",
        "WEB_TRUSTED_PROXIES": "10.0.0.5, 10.8.0.0/28",
    }.items():
        monkeypatch.setenv(f"ZHISHOU_{name}", value)
    settings = load_settings()
    assert settings.public_origin == Origin("https", "centre.example", 443)
    assert str(settings.public_origin) == "https://centre.example"
    assert {"centre.example", "wall.example", "10.1.2.3", "127.0.0.1"} < settings.accepted_hosts
    assert settings.web_trusted_proxies == ("10.0.0.5", "10.8.0.0/28")
    assert str(settings.own_origin) == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("variable", "value", "remedy"),
    [
        ("WEB_HOST", "centre.example", "give an IP address"),
        ("WEB_PUBLIC_URL", "centre.example", "https://centre.example"),
        ("WEB_PUBLIC_URL", "https://centre.example/wall", "scheme and host alone"),
        ("WEB_PUBLIC_URL", "ftp://centre.example", "scheme and host alone"),
        ("WEB_PUBLIC_URL", "https://centre.example:99999", "scheme and host alone"),
        ("WEB_ALLOWED_HOSTS", "*", "without scheme, port or wildcard"),
        ("WEB_ALLOWED_HOSTS", "centre.example:8000", "without scheme, port or wildcard"),
        ("WEB_ALLOWED_HOSTS", "https://centre.example", "without scheme, port or wildcard"),
        ("WEB_TRUSTED_PROXIES", "*", "address or network of a proxy"),
        ("WEB_TRUSTED_PROXIES", "10.0.0.5/24", "without host bits"),
        ("WEB_TRUSTED_PROXIES", "0.0.0.0/0", "trusts everybody"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_give(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, remedy: str
) -> None:
    monkeypatch.setenv(f"ZHISHOU_{variable}", value)
    with pytest.raises(ValidationError, match=remedy) as refused:
        load_settings()
    assert variable.lower() in str(refused.value)


@pytest.mark.parametrize(
    ("text", "name"),
    [("LOCALHOST", "localhost"), ("::1", "[::1]"), ("[::1]", "[::1]"), ("10.0.0.1", "10.0.0.1")],
)
def test_a_host_is_named_as_the_header_names_it(text: str, name: str) -> None:
    assert host_name(text) == name


def test_a_port_other_than_the_scheme_s_belongs_to_the_origin() -> None:
    assert str(origin_of("http://[2001:db8::1]:8080")) == "http://[2001:db8::1]:8080"
    assert proxy_network("[::1]") == "::1"
