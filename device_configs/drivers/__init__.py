"""NAPALM drivers for the platforms the site is made of: FRR, Huawei VRP, H3C Comware, Arista EOS.

Each stands on netmiko, follows NAPALM's contract (load, compare, commit with a revert, confirm,
roll back, getters) and says by ``revert_class`` what takes a change back when nobody confirms it.
``napalm.get_network_driver("frr" | "huawei_vrp" | "h3c_comware" | "arista_eos")`` finds them by
the modules in ``importable/``. What each can do: docs/drivers.md.
"""
