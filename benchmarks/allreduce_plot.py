"""Draws busbw over message size, a panel for each world size: allreduce_plot.py REPORT.json PLOT.svg"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

report, target = map(Path, sys.argv[1:])
rows = json.loads(report.read_text())["summary"]
LINES = {
    "memory bound": (lambda row: "bound", {"color": "0.6", "linestyle": "--"}),
    "ours, best": (lambda row: row["ours"], {"color": "tab:blue", "marker": "o", "linewidth": 2.5}),
    "MPI best": (lambda row: row["mpi_best"], {"color": "tab:orange", "marker": "^"}),
    "MPI default": (lambda row: "MPI default", {"color": "tab:red", "marker": "s"}),
    "gloo": (lambda row: "gloo", {"color": "tab:green", "marker": "v"}),
}


def size_text(size):
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size / 1e6:.3g} MB"


matplotlib.rcParams.update({"svg.hashsalt": "allreduce", "font.size": 9})
worlds = sorted({row["ranks"] for row in rows})
figure, panels = plt.subplots(1, len(worlds), figsize=(5 * len(worlds), 4), squeeze=False)
for ranks, axes in zip(worlds, panels[0]):
    here = sorted((row for row in rows if row["ranks"] == ranks), key=lambda row: row["bytes"])
    for label, (name, style) in LINES.items():
        points = [(row["bytes"], row["busbw"][name(row)]) for row in here if name(row) in row["busbw"]]
        if points:
            axes.plot(*zip(*points), label=label, **style)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks([row["bytes"] for row in here], [size_text(row["bytes"]) for row in here], rotation=45, ha="right")
    axes.minorticks_off()
    axes.grid(True, alpha=0.3)
    axes.set_title(f"{ranks} ranks")
    axes.set_xlabel("message")
panels[0][0].set_ylabel("busbw, 10^9 bytes/s")
panels[0][0].legend()
figure.tight_layout()
figure.savefig(target, metadata={"Date": None})
