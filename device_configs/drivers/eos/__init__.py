"""Arista EOS, by the driver that comes with NAPALM."""
