"""A virtual cluster for trials: one run at a time on it, its ranks' processes, and what it leaves behind."""

import os
import subprocess
import time
from pathlib import Path

VIRTUAL = Path(__file__).resolve().parent.parent / "virtual"
NAMESPACES = Path("/run/netns")


class Unusable(Exception):
    """Trials cannot be run here."""


class Cluster:
    """Made on entry, removed on exit. Processors are scarce where many hosts share a machine, so links are fast."""

    def __init__(self, name, hosts):
        self.name, self.hosts = name, hosts

    def __enter__(self):
        self.call("up", "--hosts", str(self.hosts), "--rate", "10gbit")
        return self

    def __exit__(self, *_):
        self.call("down")

    def call(self, action, *arguments):
        command = [VIRTUAL, action, "--name", self.name, *arguments]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise Unusable(f"cluster/virtual {action}: {done.stderr.strip()}")

    def start(self, slots_per_host, folder, command):
        """Starts COMMAND on four ranks; FOLDER gets `log` and `statuses`, and `tmp`, where temporary files would be."""
        (folder / "tmp").mkdir()
        options = ["-np", "4", "--slots-per-host", str(slots_per_host), "--statuses", folder / "statuses"]
        with open(folder / "log", "wb") as log:
            return subprocess.Popen(
                [VIRTUAL, "run", "--name", self.name, *options, "--", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder.parent,
                env={**os.environ, "TMPDIR": str(folder / "tmp")},
            )

    def processes(self):
        """Of all hosts: process number to the name of its program."""
        inodes = {inode(NAMESPACES / f"{self.name}-h{host}") for host in range(1, self.hosts + 1)}
        found = {}
        for path in Path("/proc").glob("[0-9]*"):
            if inode(path / "ns" / "net") in inodes and is_alive(int(path.name)):
                found[int(path.name)] = read(path / "comm").decode().strip()
        return found

    def ranks(self, program):
        """Rank to the number of its process, of those that run PROGRAM."""
        found = {}
        for process, name in self.processes().items():
            for variable in read(Path(f"/proc/{process}/environ")).split(b"\0"):
                if name == program[:15] and variable.startswith(b"OMPI_COMM_WORLD_RANK="):
                    found[int(variable.partition(b"=")[2])] = process
        return found

    def traces(self):
        """Everything that bears this cluster's name. Its hosts' /dev/shm go with their last process."""
        patterns = {NAMESPACES: f"{self.name}-*", Path("/run"): f"dist-train-virtual-{self.name}"}
        patterns |= {Path(folder): f"*{self.name}-h*" for folder in ("/dev/shm", "/tmp")}
        found = [str(path) for folder, pattern in patterns.items() for path in folder.glob(pattern)]
        links = subprocess.run(["ip", "-o", "link"], stdout=subprocess.PIPE, text=True, check=False).stdout
        return found + [line for line in links.splitlines() if f"{self.name}-" in line]

    def leftovers(self, folder):
        """What a run left that should be gone once it has ended."""
        found = [f"process {process} ({name})" for process, name in self.processes().items()]
        places = [Path(f"/run/dist-train-virtual-{self.name}/runs"), folder / "tmp"]
        found += [str(path) for place in places for path in place.glob("*")]
        # Processes outside of the hosts may come and go, and so may their files, which bear the machine's name.
        shared = [path for path in Path("/dev/shm").iterdir() if f"{self.name}-h" in path.name]
        return found + [str(path) for path in shared]


def is_alive(process):
    """Stopped counts as alive, a zombie does not."""
    fields = read(Path(f"/proc/{process}/stat")).rpartition(b")")[2].split()
    return bool(fields) and fields[0] not in (b"Z", b"X")


def wait_until(condition, seconds):
    """Polls until CONDITION is true; whether it came to be within SECONDS."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def read(path):
    """Empty if the process has ended."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def inode(path):
    """None if there is none, or if even root may not look: then it is none of ours."""
    try:
        return path.stat().st_ino
    except OSError:
        return None
