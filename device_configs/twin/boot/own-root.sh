# Read by device.sh and seat.sh: mounts a node's own root over the machine's, which stays untouched
# below it. usage: directory=... name=... ; . own-root.sh   (directory holds upper, work and root)

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
for link in fd fd/0:stdin fd/1:stdout fd/2:stderr; do
    ln -s "/proc/self/${link%%:*}" "dev/${link##*:}"
done
# What the supervisor writes while the node runs.
if [ -d "$directory/outside" ]; then
    mkdir run/outside
    mount --bind "$directory/outside" run/outside
fi
mount -t proc proc proc
mount -t sysfs sysfs sys
pivot_root . mnt
umount -l /mnt
