"""A process and all that it has started, as /proc knows them."""

import os
from pathlib import Path

# They only wait, and mpirun says so when it is sent a signal that it would pass on.
LAUNCHERS = ("mpirun", "orterun", "orted", "prterun", "prte", "prted")


def tree(process):
    """PROCESS and its descendants, parents first. (mpirun gives its ranks process groups of their own.)"""
    found = [process]
    for parent in found:
        for children in folder(parent).glob("task/*/children"):
            found += map(int, read(children).split())
    return found


def send(process, number, launchers=False):
    """Sends the signal NUMBER to the tree of PROCESS, to LAUNCHERS only if told so."""
    for member in tree(process):
        if launchers or read(folder(member) / "comm").strip() not in LAUNCHERS:
            try:
                os.kill(member, number)
            except ProcessLookupError:
                pass  # It ended in between.


def processor_seconds(process):
    """What the tree of PROCESS has used so far. What others took on the same processors is not in it."""
    counts = [read(file).split() for member in tree(process) for file in folder(member).glob("task/*/schedstat")]
    return sum(int(count[0]) for count in counts if count) * 1e-9


def folder(process):
    return Path(f"/proc/{process}")


def read(file):
    """Empty if its process or thread ended in between."""
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
