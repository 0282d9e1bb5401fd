"""What agents of small devices answer, as lines of snmpd.conf that override an object each."""

UPS_ON_MAINS = """
override 1.3.6.1.2.1.33.1.2.1.0 integer 2
override 1.3.6.1.2.1.33.1.2.2.0 integer 0
override 1.3.6.1.2.1.33.1.2.3.0 integer 42
override 1.3.6.1.2.1.33.1.2.4.0 integer 97
override 1.3.6.1.2.1.33.1.2.5.0 integer 547
override 1.3.6.1.2.1.33.1.2.7.0 integer 25
override 1.3.6.1.2.1.33.1.3.3.1.2.1 integer 499
override 1.3.6.1.2.1.33.1.3.3.1.3.1 integer 231
override 1.3.6.1.2.1.33.1.4.1.0 integer 3
override 1.3.6.1.2.1.33.1.4.4.1.2.1 integer 230
override 1.3.6.1.2.1.33.1.4.4.1.5.1 integer 37
override 1.3.6.1.2.1.33.1.6.1.0 uinteger 0
"""
UPS_ON_BATTERY = UPS_ON_MAINS.replace("33.1.4.1.0 integer 3", "33.1.4.1.0 integer 5")
UPS_EMPTY = UPS_ON_BATTERY.replace("33.1.2.1.0 integer 2", "33.1.2.1.0 integer 3")
UPS_OFF = UPS_ON_MAINS.replace("33.1.4.1.0 integer 3", "33.1.4.1.0 integer 2")
PRINTER = """
override 1.3.6.1.2.1.43.11.1.1.6.1.1 octet_str "Black toner"
override 1.3.6.1.2.1.43.11.1.1.6.1.2 octet_str "Waste box"
override 1.3.6.1.2.1.43.11.1.1.8.1.1 integer 8000
override 1.3.6.1.2.1.43.11.1.1.8.1.2 integer -2
override 1.3.6.1.2.1.43.11.1.1.9.1.1 integer 240
override 1.3.6.1.2.1.43.11.1.1.9.1.2 integer -3
override 1.3.6.1.2.1.25.3.5.1.1.1 integer 3
override 1.3.6.1.2.1.25.3.5.1.2.1 octet_str "$"
"""
"""``$`` is 00100100: low on toner, and jammed."""
SENSORS = """
override 1.3.6.1.2.1.99.1.1.1.1.11 integer 8
override 1.3.6.1.2.1.99.1.1.1.1.12 integer 9
override 1.3.6.1.2.1.99.1.1.1.2.11 integer 9
override 1.3.6.1.2.1.99.1.1.1.2.12 integer 9
override 1.3.6.1.2.1.99.1.1.1.3.11 integer 1
override 1.3.6.1.2.1.99.1.1.1.3.12 integer 0
override 1.3.6.1.2.1.99.1.1.1.4.11 integer 241
override 1.3.6.1.2.1.99.1.1.1.4.12 integer 48
override 1.3.6.1.2.1.99.1.1.1.5.11 integer 1
override 1.3.6.1.2.1.99.1.1.1.5.12 integer 1
override 1.3.6.1.2.1.47.1.1.1.1.7.11 octet_str "Rack R1 front"
override 1.3.6.1.2.1.47.1.1.1.1.7.12 octet_str "Rack R1 humidity"
"""
