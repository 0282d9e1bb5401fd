"""SNMP's messages on the wire, for what reads agents and for what receives traps; no I/O.

BER (RFC 3417 section 8), the user security of version 3 (RFC 3414, RFC 3826) and the parts of a
message that all versions' senders and receivers share. Who is believed is decided elsewhere.
"""
