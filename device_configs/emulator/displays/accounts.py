"""The accounts of a box, and its VLANs (pure)."""

from device_configs.emulator.asking import Asked, BoxReply, OperatorCommand, Words
from device_configs.emulator.displays.ports import ports_of
from device_configs.emulator.number_lists import read_numbers


def _vrp_users(asked: Asked, _: Words) -> BoxReply:
    aaa = asked.state.running.find(("aaa",))
    words = [line.text.split() for line in aaa.lines] if aaa is not None else []
    names = list(dict.fromkeys(w[1] for w in words if w[0] in ("local-user", "manager-user")))
    rule = "  " + "-" * 76
    rows = []
    for name in names:
        types = [w[3:] for w in words if w[:3] == ["local-user", name, "service-type"]]
        kind = types[0][0][0].upper() if types and types[0] else "A"
        rows.append(f"  {name:<31}{'A':<7}{kind:<10}-            -")
    return asked.reply(
        rule, "  User-name                      State  AuthMask  AdminLevel", rule, *rows, rule,
        f"  Total {len(rows)} user(s)",
    )  # fmt: skip


def _comware_users(asked: Asked, _: Words) -> BoxReply:
    lines = ["Total {} local users matched.", ""]
    count = 0
    for line in asked.state.running.lines:
        if line.view != "local-user":
            continue
        count += 1
        words = [below.text.split() for below in line.lines]
        services = [" ".join(w[1:]) for w in words if w[0] == "service-type"]
        roles = [w[2] for w in words if w[:2] == ["authorization-attribute", "user-role"]]
        lines += [
            f"Device management user {line.text.split()[1]}:",
            "  State:                      Active",
            f"  Service type:               {'/'.join(services)}",
            "  User group:                 system",
            "  Bind attributes:",
            "  Authorization attributes:",
            f"    User role list:           {', '.join(roles)}",
        ]
    lines[0] = lines[0].format(count)
    return asked.reply(*lines)


def _vlans(asked: Asked, _: Words) -> BoxReply:
    named: dict[int, str] = {1: ""}
    for line in asked.state.running.lines:
        words = line.text.split()
        if words[:2] == ["vlan", "batch"]:
            for number in read_numbers(words[2:]):
                named.setdefault(number, "")
        elif line.view == "vlan":
            texts = [b.text.partition(" ")[2] for b in line.lines if b.text.startswith("desc")]
            named[int(words[1])] = texts[0] if texts else ""
    if asked.state.kind.comware:
        rows = [
            f"{number:<10}{text or f'VLAN {number:04}':<34}"
            + " ".join(p.short for p in ports_of(asked.state) if p.bridged and p.vlan == number)
            for number, text in sorted(named.items())
        ]
        return asked.reply(
            "Brief information about all VLANs:", "Supported Minimum VLAN ID: 1",
            "Supported Maximum VLAN ID: 4094", "Default VLAN ID: 1",
            "VLAN ID   Name                              Port", *(row.rstrip() for row in rows),
        )  # fmt: skip
    rule = "-" * 80
    return asked.reply(
        f"The total number of vlans is : {len(named)}", rule,
        "VID  Status  Property      MAC-LRN Statistics Description", rule,
        *(f"{n:<5}{'enable':<8}{'default':<14}{'enable':<8}{'disable':<11}{t or f'VLAN {n:04}'}"
          for n, t in sorted(named.items())),
    )  # fmt: skip


VRP_ACCOUNTS = (
    OperatorCommand("display local-user ...", _vrp_users),
    OperatorCommand("display vlan ...", _vlans),
)
COMWARE_ACCOUNTS = (
    OperatorCommand("display local-user ...", _comware_users),
    OperatorCommand("display vlan brief", _vlans),
)
