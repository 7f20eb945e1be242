#!/usr/bin/env bash
# What the machine of test_power_cuts.py boots: prints the paths of its kernel and initramfs. usage: tests/power/prepare.sh FILE_SYSTEM
# All is in its memory but the server's data, so that it can be put to sleep before it sees its disk, and woken for each cut.
source "$(dirname "$0")/../../tools/strict.sh"
source tests/machine/machine.sh
get_machine
bin=$(realpath "${SAGEBRUSH_BUILD_DIR:-build}")/bin
root=$machine/power-$1
new_initramfs "$root" kernel/drivers/net/{virtio_net,net_failover}.ko kernel/net/core/failover.ko kernel/fs/"$1" kernel/lib/libcrc32c.ko
mkdir -p "$root/opt" "$root/etc"
echo 'root:x:0:0:root:/:/bin/sh' > "$root/etc/passwd"
cp "$bin"/{sagebrush,sagebrush-supervisor,algorithms.json} "$root/opt"
touch "$root/opt/sagebrush-algorithms"
ldd "$bin/sagebrush" | grep -o "/[^ ]*" | sort -u | xargs cp --parents -L -t "$root"
# The disk is mounted with default options. On waking, the clock stands still, and the kernel has seeded its random numbers anew (vmgenid).
pack_initramfs "$root" << END
#!/bin/busybox sh
set -e
/bin/busybox --install -s /bin
mkdir -p /proc /dev /mnt /tmp
mount -t devtmpfs dev /dev
mount -t proc proc /proc
for module in virtio_pci crc32c_generic virtio_net $1; do modprobe \$module; done
ip link set lo up
ip addr add 10.0.2.15/24 dev eth0
ip link set eth0 up
ip route add default via 10.0.2.2
cat /opt/* /usr/lib*/*/* /lib*/*/* > /dev/null 2>&1 || true
echo asleep
until date -s "\$now" > /dev/null 2>&1; do read -r now; done
modprobe virtio_blk
mount -t $1 /dev/vda /mnt
exec /opt/sagebrush serve --data /mnt/data --listen 0.0.0.0:8443 --listen-tls 0.0.0.0:8444 --lifecycle-day 2
END
echo "$machine/kernel/boot/vmlinuz-$version $root.cpio"
