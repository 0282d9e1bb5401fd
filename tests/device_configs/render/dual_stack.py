"""The shipped declaration with IPv6 in two segments and on the cable between the core switches."""

from tests.device_configs.render.changes import Edit

SEATS_1, SEATS_2, CORES = "fd12:3456:789a:1::", "fd12:3456:789a:2::", "fd12:3456:789a:fff0::"
CORE_CABLE = "prefix: 10.253.2.12/31"
DUAL = (
    Edit("networks.yml", "    prefix: 10.20.1.0/24\n",
         f"    prefix: 10.20.1.0/24\n    ipv6_prefix: {SEATS_1}/64\n"),
    Edit("networks.yml", "    prefix: 10.20.2.0/24\n",
         f"    prefix: 10.20.2.0/24\n    ipv6_prefix: {SEATS_2}/64\n"),
    Edit("links.yml", CORE_CABLE, f"{CORE_CABLE}, ipv6_prefix: {CORES}/127"),
)  # fmt: skip
