#!/bin/sh
# First process of a seat: its SNMP agent, with a state directory of its own.
# usage: seat.sh DIRECTORY NAME   (DIRECTORY holds snmpd.conf and the display's state)
set -eu
hostname "$2"
echo ready
export SNMP_PERSISTENT_DIR="$1/snmp"
exec snmpd -f -C -c "$1/snmpd.conf" -Lf "$1/snmpd.log" -p "$1/snmpd.pid" >/dev/null 2>&1
