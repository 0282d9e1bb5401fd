#!/bin/sh
# First process of a seat's terminal. Gives it a root of its own, starts sshd, and is its SNMP agent.
# usage: seat.sh DIRECTORY NAME   (DIRECTORY holds upper, work, root and outside)
set -eu
directory=$1
name=$2
. "$(dirname "$0")/own-root.sh"

/usr/sbin/sshd >/dev/null || echo "sshd did not start" >&2
echo ready
MIBS="" exec snmpd -f -C -c /etc/snmp/snmpd.conf -Lf /var/log/snmpd.log -p /run/snmpd.pid >/dev/null 2>&1
