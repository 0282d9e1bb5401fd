#!/bin/sh
# First process of a device. Gives it a root of its own, starts sshd and what the deployment left in
# /etc/rc.local, and waits.
# usage: device.sh DIRECTORY NAME   (DIRECTORY holds upper, work and root)
set -eu
directory=$1
name=$2
. "$(dirname "$0")/own-root.sh"

sysctl -q -e -p /etc/sysctl.d/10-twin.conf
if [ -s /etc/ssh/sshd_config ]; then
    /usr/sbin/sshd >/dev/null || echo "sshd did not start" >&2
fi
if [ -x /etc/rc.local ]; then
    setsid /etc/rc.local </dev/null >/var/log/rc.local 2>&1 &
fi
echo ready
exec tini -- sleep infinity </dev/null >/dev/null 2>&1
