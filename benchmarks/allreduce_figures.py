"""What the jobs of the all-reduce benchmark say about one world size and message size."""

import statistics

import allreduce_sides
import harness


class Figures:
    """Seconds of every contender, a number for each round of jobs; and who was the best of its kind."""

    def __init__(self, jobs, ranks, size, ours, in_place=True):
        self.ranks, self.size = ranks, size
        self.seconds = {}
        for job in jobs:
            for result in job["results"] if job["ranks"] == ranks else ():
                if result["bytes"] == size and result["in_place"] == (in_place and result["algorithm"] != "memcpy"):
                    name = self.contender(job["side"], result["algorithm"])
                    self.seconds.setdefault(name, []).append(result["seconds_p50"])
        self.ours = self.best(name for name in self.seconds if name in ours)
        self.mpi = "MPI default"
        self.mpi_best = self.best(name for name in self.seconds if name.startswith("MPI "))
        copies = [self.seconds[name] for name in ("memcpy", allreduce_sides.STREAMING) if name in self.seconds]
        self.seconds["bound"] = [min(pair) for pair in zip(*copies)]

    @staticmethod
    def contender(side, algorithm):
        """Our names stay; Open MPI's algorithms and the second memcpy have jobs of their own, and their job's name."""
        if side == allreduce_sides.OURS:
            return "MPI default" if algorithm == "mpi" else algorithm
        return side

    def best(self, names):
        """The one with the smallest median over the rounds."""
        return min(names, key=lambda name: statistics.median(self.seconds[name]))

    def milliseconds(self, name):
        return f"{1e3 * statistics.median(self.seconds[name]):.3g}" if name in self.seconds else "-"

    def ratio(self, above, below):
        """Round by round, as text: median (smallest to largest)."""
        if above not in self.seconds or below not in self.seconds:
            return "-"
        pairs = zip(self.seconds[above], self.seconds[below])
        return harness.show(harness.spread([numerator / denominator for numerator, denominator in pairs]))

    def bus_bandwidth(self, name):
        """10^9 bytes per second, as nccl-tests counts them."""
        return 2 * (self.ranks - 1) / self.ranks * self.size / statistics.median(self.seconds[name]) / 1e9

    def summary(self):
        """For the JSON report and the plot."""
        return {
            "ranks": self.ranks,
            "bytes": self.size,
            "ours": self.ours,
            "mpi_best": self.mpi_best,
            "busbw": {name: self.bus_bandwidth(name) for name in self.seconds},
        }
