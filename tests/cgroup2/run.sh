#!/usr/bin/env bash
# Proves that limits hold where control groups are version 2 and belong to systemd, as on a fresh Debian 12: for root, for
# a user's own service, in a delegated group, and without any of these; and that the package's unit does what it says.
# usage: tests/cgroup2/run.sh [unit], as root, after `make build` (of runtime_test as well) and `make deb`
# It boots Debian's kernel in a virtual machine whose disk is this machine's, read-only, below a memory of its own; so it runs the same
# build (SAGEBRUSH_BUILD_DIR, or build/) with this machine's systemd. inside.sh is what runs there.
# Takes about 12 minutes, as the processor is emulated; with SAGEBRUSH_VM_ACCEL=kvm, where that works, fewer.
source "$(dirname "$0")/../../tools/strict.sh"
source tests/machine/machine.sh
here=$PWD/tests/cgroup2
work=${TMPDIR:-/tmp}/sagebrush-cgroup2
build=$(realpath "${SAGEBRUSH_BUILD_DIR:-build}")
mkdir -p "$work"
cd "$work"

get_machine
new_initramfs "$work/initramfs" kernel/net/9p kernel/fs/{9p,netfs,fscache,overlayfs,ext4}
pack_initramfs "$work/initramfs" << END
#!/bin/busybox sh
set -e
/bin/busybox --install -s /bin
mkdir -p /proc /dev /disk /memory /root
mount -t devtmpfs dev /dev
mount -t proc proc /proc
for module in virtio_pci virtio_blk 9pnet_virtio 9p overlay crc32c_generic ext4; do modprobe \$module; done
mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=524288,cache=loose host /disk
mount -t tmpfs -o mode=755 tmpfs /memory
mkdir -m 755 /memory/upper /memory/work
mount -t overlay -o lowerdir=/disk,upperdir=/memory/upper,workdir=/memory/work overlay /root
mount -t ext4 /dev/vda /root/tmp && chmod 1777 /root/tmp
chmod 755 /root/root  # Python may live there.
printf '%s\n' '[Service]' 'Type=oneshot' 'Environment=SAGEBRUSH_BUILD_DIR=$build' 'ExecStart=$here/inside.sh $*' 'StandardOutput=tty' \
  'StandardError=tty' TTYPath=/dev/ttyS1 '[Unit]' 'After=basic.target' 'SuccessAction=poweroff-force' 'FailureAction=poweroff-force' \
  > /root/etc/systemd/system/cgroup2.service
# It would look through all of /tmp and /var.
ln -sf /dev/null /root/etc/systemd/system/systemd-tmpfiles-setup.service
rm -f /root/.dockerenv  # Or systemd believes to be in a container.
umount /proc
exec switch_root /root /lib/systemd/systemd
END

ls "$build"/sagebrush_*.deb > /dev/null || { echo "tests/cgroup2/run.sh: there is no package in $build: run \`make deb\` first" >&2; exit 1; }
rm -f disk
truncate -s 8G disk
mkfs.ext4 -q disk
accelerator=(-accel "${SAGEBRUSH_VM_ACCEL:-tcg,thread=multi}" -cpu max)
nice -n 5 qemu-system-x86_64 "${accelerator[@]}" -smp 2 -m 6144 -nodefaults -display none -no-reboot -nic none \
  -kernel "$machine/kernel/boot/vmlinuz-$version" -initrd initramfs.cpio \
  -append "console=ttyS0 panic=-1 systemd.unit=basic.target systemd.wants=cgroup2.service systemd.show_status=no" \
  -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
  -drive file=disk,format=raw,if=virtio,cache=unsafe \
  -serial file:console.log -serial stdio | tee output.log
grep -q '^cgroup2: all hold' output.log || { echo "see $work/output.log and console.log there" >&2; exit 1; }
