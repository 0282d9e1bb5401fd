#!/bin/sh
# First process of a device. Mounts the device's own root over the machine's, which stays
# untouched below it, starts sshd and what the deployment left in /etc/rc.local, and waits.
# usage: device.sh DIRECTORY NAME   (DIRECTORY holds upper, work and root)
set -eu
directory=$1
name=$2

hostname "$name"
mount -t overlay -o "lowerdir=/,upperdir=$directory/upper,workdir=$directory/work" "$name" "$directory/root"
cd "$directory/root"
mount -t tmpfs -o mode=755 run run
mount -t tmpfs -o mode=1777 tmp tmp
# A device node tree of its own: a shared /dev would share /dev/log with the machine.
mount -t tmpfs -o mode=755 dev dev
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty dev
mkdir dev/pts dev/shm run/sshd run/lock
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
for name in fd fd/0:stdin fd/1:stdout fd/2:stderr; do
    ln -s "/proc/self/${name%%:*}" "dev/${name##*:}"
done
mount -t proc proc proc
mount -t sysfs sysfs sys
pivot_root . mnt
umount -l /mnt
sysctl -q -e -p /etc/sysctl.d/10-twin.conf
if [ -s /etc/ssh/sshd_config ]; then
    /usr/sbin/sshd >/dev/null || echo "sshd did not start" >&2
fi
if [ -x /etc/rc.local ]; then
    setsid /etc/rc.local </dev/null >/var/log/rc.local 2>&1 &
fi
echo ready
exec tini -- sleep infinity </dev/null >/dev/null 2>&1
