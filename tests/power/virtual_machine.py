"""A virtual machine that runs the server on a disk of its own, whose power goes when it is told."""

import pathlib
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
MEMORY = "768"


class VirtualMachine:
    """`image` has a file system with a data directory of the server as /data. `start` wakes it, `cut` takes the power."""

    def __init__(self, folder, image, file_system, seed):
        self.kernel, self.initramfs = subprocess.run([HERE / "prepare.sh", file_system], cwd=HERE.parents[1], check=True, capture_output=True,
                                                     text=True).stdout.split()
        self.folder, self.console, self.machine = folder, folder / "console.log", None
        self.disk = subprocess.Popen([sys.executable, HERE / "volatile_disk.py", image, folder / "disk.socket", str(seed)],
                                     stdout=subprocess.PIPE, text=True)
        assert self.disk.stdout.readline() == "ready\n"
        self.port, self.tls_port = free_port(), free_port()
        self.fall_asleep()

    def launch(self, *options):
        folder = self.folder
        self.machine = subprocess.Popen([
            "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", MEMORY, "-nodefaults", "-display", "none",
            "-no-reboot", "-kernel", self.kernel, "-initrd", self.initramfs, "-append", "console=ttyS0 quiet panic=-1",
            "-drive", f"file=nbd:unix:{folder}/disk.socket,format=raw,if=virtio,cache=none", "-device", "vmgenid,guid=auto",
            "-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{self.port}-:8443,hostfwd=tcp:127.0.0.1:{self.tls_port}-:8444",
            "-device", "virtio-net-pci,netdev=net,romfile=", "-serial", "stdio", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def wait_for(self, text):
        with open(self.console, "a") as console:
            for line in self.machine.stdout:
                console.write(line)
                console.flush()
                if text in line:
                    return
        raise RuntimeError(f"the machine did not come up: see {self.console}")

    def fall_asleep(self):
        """Boots it, as far as it can go without its disk, and keeps its memory: with an emulated processor that takes a while."""
        monitor = self.folder / "monitor.socket"
        self.launch("-monitor", f"unix:{monitor},server=on,wait=off")
        self.wait_for("asleep")
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(monitor))
            peer.sendall(f"migrate \"exec:cat > {self.folder}/memory\"\nquit\n".encode())
            self.machine.wait()

    def start(self):
        """Until the server is ready."""
        self.launch("-incoming", f"exec:cat {self.folder}/memory")
        self.machine.stdin.write(f"@{time.time():.0f}\n" * 2)  # What comes before it is awake may be lost.
        self.machine.stdin.flush()
        self.wait_for("Sagebrush is ready")

    def cut(self):
        """How many writes the disk's cache held when the power went."""
        self.machine.kill()
        self.machine.wait()
        return int(self.disk.stdout.readline().split()[3])

    def end(self):
        if self.machine.poll() is None:
            self.cut()
        self.disk.kill()
        self.disk.wait()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
