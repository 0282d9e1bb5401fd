"""What daemons run with, without what changes by itself."""

from device_configs.backups.running import steady_frr, steady_ruleset

RULESET = """\
table inet filter {
    set talkers {
        type ipv4_addr
        size 65535
        flags dynamic,timeout
        timeout 1m
        elements = { 10.1.0.1 expires 10s, 10.1.0.2 expires 20s,
                 10.1.0.3 expires 30s }
    }

    set regions {
        type ipv4_addr
        elements = { 10.9.0.1 }
    }
}
table netdev cut {
    chain i {
        policy drop;
    }
}
"""


def test_members_that_packets_bring_are_left_out_and_declared_ones_stay() -> None:
    steady = steady_ruleset(RULESET)
    assert "10.1.0" not in steady
    assert "netdev" not in steady
    assert "10.9.0.1" in steady
    assert steady.count("{") == steady.count("}")


def test_what_frr_says_beside_its_configuration_is_left_out() -> None:
    text = "Building configuration...\n\nCurrent configuration:\n!\nhostname a\n!\nend\n"
    assert steady_frr(text) == "hostname a\nend\n"
