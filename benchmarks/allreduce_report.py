"""The all-reduce benchmark's report: tables in Markdown, everything in JSON, busbw over size as SVG."""

import subprocess

import allreduce_sides
import harness
from allreduce_figures import Figures

EXPLANATION = [
    "Sums of f32 values. A job gives a median over its samples, the slowest rank's seconds; times are the median of the",
    "jobs', ratios are taken between jobs of the same round: median (smallest to largest). *Ours* is the best of our",
    "algorithms at that size, *MPI default* is `MPI_Allreduce` as Open MPI decides, in the same jobs as ours; *MPI best* is",
    "the best of that and of every algorithm that `coll_tuned_allreduce_algorithm` can force. *gloo* is",
    "`torch.distributed.all_reduce`, one thread a rank. *Memory bound*: all ranks at once copy the message with memcpy, as",
    "it is or with streaming stores, whichever is faster: an all-reduce in shared memory must read and write as much. Small",
    "messages are bound by latency, not by memory. Ratios above 1 mean that ours is faster; *ours / bound* should be near 1.",
]
HEADERS = (
    "ranks", "bytes", "ours, ms", "which", "ours, busbw GB/s", "MPI default, ms", "MPI best, ms", "which", "gloo, ms",
    "memory bound, ms", "MPI / ours", "MPI best / ours", "gloo / ours", "ours / bound",
)  # fmt: skip


def table(rows, headers=HEADERS):
    lines = [headers, ["---"] * len(headers), *rows]
    return ["| " + " | ".join(map(str, line)) + " |" for line in lines]


def in_place_row(figures):
    return [
        figures.ranks,
        figures.size,
        figures.milliseconds(figures.ours),
        figures.ours,
        f"{figures.bus_bandwidth(figures.ours):.3g}",
        figures.milliseconds(figures.mpi),
        figures.milliseconds(figures.mpi_best),
        figures.mpi_best.removeprefix("MPI "),
        figures.milliseconds(allreduce_sides.GLOO),
        figures.milliseconds("bound"),
        figures.ratio(figures.mpi, figures.ours),
        figures.ratio(figures.mpi_best, figures.ours),
        figures.ratio(allreduce_sides.GLOO, figures.ours),
        figures.ratio(figures.ours, "bound"),
    ]


def to_target_row(figures):
    return [
        figures.ranks,
        figures.size,
        figures.milliseconds(figures.ours),
        figures.ours,
        figures.milliseconds(figures.mpi),
        figures.milliseconds("bound"),
        figures.ratio(figures.mpi, figures.ours),
        figures.ratio(figures.ours, "bound"),
    ]


def own_rows(all_figures, ours):
    for figures in all_figures:
        yield [figures.ranks, figures.size, *(figures.milliseconds(name) for name in ours)]


def write(options, about, jobs, ours, remarks):
    """Writes NAME.json, .md and, where matplotlib can be had, .svg."""
    every = [(ranks, size) for ranks in options.world_sizes for size in options.sizes]
    in_place = [Figures(jobs, ranks, size, ours) for ranks, size in every]
    versions = sorted({("torch", job["torch"]) for job in jobs if "torch" in job})
    lines = [
        "# All-reduce, f32 sums, ranks on one machine",
        "",
        f"Command: `{harness.this_command()}` ({options.jobs} rounds of jobs, all sides in turn).",
        *harness.machine_lines(about, versions),
        *remarks,
        "",
        *EXPLANATION,
        "",
        "## In place",
        "",
        *table(map(in_place_row, in_place)),
        "",
        "## Our algorithms in place, ms",
        "",
        *table(own_rows(in_place, ours), ("ranks", "bytes", *ours)),
    ]
    if options.out_of_place:
        to_target = [Figures(jobs, ranks, size, ours, in_place=False) for ranks, size in every]
        headers = [header for index, header in enumerate(HEADERS) if index not in (4, 6, 7, 8, 11, 12)]
        lines += ["", "## From a source, which stays as it is, into a target", ""]
        lines += ["Ours copies and then sums in place. Open MPI's algorithm is the default one.", ""]
        lines += table(map(to_target_row, to_target), headers)
    data = {
        "command": harness.this_command(),
        "machine": about,
        "summary": [figures.summary() for figures in in_place],
        "jobs": jobs,
    }
    harness.write_report("allreduce", data, lines, options.output)


def plot(python, folder):
    """Draws allreduce.svg from allreduce.json; says so where it cannot."""
    try:
        harness.require_package(python, "matplotlib")
    except subprocess.CalledProcessError:
        print("matplotlib cannot be had: no plot")
        return
    files = [folder / "allreduce.json", folder / "allreduce.svg"]
    subprocess.run([str(python), "-B", "benchmarks/allreduce_plot.py", *map(str, files)], cwd=harness.ROOT, check=True)
    print(f"wrote {files[1]}")
