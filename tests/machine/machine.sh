# What a virtual machine boots in tests/cgroup2 and tests/power: QEMU, Debian's kernel, an initramfs. To be sourced.
machine=${TMPDIR:-/tmp}/sagebrush-machine
mkdir -p "$machine"

# QEMU, and a kernel in $machine/kernel; sets `version`.
get_machine() {
  if ! command -v qemu-system-x86_64 busybox > /dev/null; then
    apt-get install -qq -y --no-install-recommends qemu-system-x86 busybox-static
  fi
  if [ ! -d "$machine/kernel/boot" ]; then
    local package
    package=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: //p' | head -1)
    (cd "$machine" && apt-get download "$package" && dpkg -x "$package"_*.deb kernel && rm "$package"_*.deb)
  fi
  version=$(ls "$machine/kernel/lib/modules")
}

# A directory $1 with busybox, what it takes to use virtio's devices, and the modules at the paths that follow; the rest is in the kernel.
new_initramfs() {
  rm -rf "$1"
  mkdir -p "$1/bin" "$1/lib/modules/$version"
  cp "$(command -v busybox)" "$1/bin"
  (cd "$machine/kernel/lib/modules/$version" &&
    find kernel/fs/{jbd2,mbcache.ko} kernel/drivers/virtio kernel/drivers/block/virtio_blk.ko kernel/lib/crc16.ko kernel/crypto/crc32c_generic.ko \
      kernel/arch/x86/crypto/crc32c-intel.ko "${@:2}" -name '*.ko' -exec cp --parents {} "$1/lib/modules/$version" \;)
  busybox depmod -b "$1" "$version"
}

# Makes $1.cpio of it, with an init from stdin.
pack_initramfs() {
  cat > "$1/init"
  chmod +x "$1/init"
  (cd "$1" && find . | busybox cpio -o -H newc 2> /dev/null) > "$1.cpio"
}
