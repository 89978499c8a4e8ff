"""Benchmarks that take turns: each side is one long-lived process that runs a few steps when it is told to.

A machine's clock may change by half for seconds at a time, so what is compared must run within a second or two of each
other. Whole runs are too long for that. Here all sides are started and warmed up first; then they alternate every few
steps on the same processors, the order turned round each time. Whoever is not at work is stopped by a signal: nothing
that its threads would do while they wait, be it spinning, takes time from the other.

A side reads a number of steps from each line of its standard input, runs them, and answers with the line
{"seconds": [...]}, a number for each step. At the end of the input it prints its report, a line of JSON, and ends.
"""

import json
import shlex
import signal
import statistics
import subprocess
import sys

import harness
import processes

class Side:
    """A benchmark process, or mpirun's ranks, stopped except while `run` or `finish` waits for it."""

    def __init__(self, name, command):
        self.name = name
        command = [str(word) for word in command]
        print("$ " + shlex.join(command), flush=True)
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=harness.ROOT
        )

    def run(self, steps):
        """Runs `steps` steps now. Returns the seconds of each, and the seconds of processor time of them all."""
        processes.send(self.process.pid, signal.SIGCONT)
        before = processes.processor_seconds(self.process.pid)
        try:
            self.process.stdin.write(f"{steps}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # It ended; the missing answer says so, with its status.
        seconds = self.answer()["seconds"]
        processes.send(self.process.pid, signal.SIGSTOP)
        used = processes.processor_seconds(self.process.pid) - before
        return {"seconds": seconds, "processor_seconds": used}

    def finish(self):
        """Ends the process and returns its report."""
        processes.send(self.process.pid, signal.SIGCONT)
        self.process.stdin.close()
        report = self.answer()
        if self.process.wait() != 0:
            sys.exit(f"{self.name}: exit status {self.process.returncode} after its report")
        return report

    def answer(self):
        """The next line of JSON; what else it prints is passed on."""
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
            print(f"{self.name}: {line}", end="", flush=True)
        sys.exit(f"{self.name}: ended with status {self.process.wait()} where an answer was expected")

    def kill(self):
        if self.process.poll() is None:
            processes.send(self.process.pid, signal.SIGKILL, launchers=True)
            self.process.wait()


def take_turns(sides, rounds, group_seconds):
    """Runs ROUNDS groups of steps of every side (name -> command), each about GROUP_SECONDS long.

    Returns the rounds, each name -> what `Side.run` returned, and the sides' own reports.
    """
    # Stopped processes must not outlive this one.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    started = []
    try:
        longest = 0
        for name, command in sides.items():
            started.append(Side(name, command))
            longest = max(longest, statistics.median(started[-1].run(3)["seconds"]))
        steps = max(1, round(group_seconds / longest))
        results = []
        for index in range(rounds):
            turns = {}
            for side in started if index % 2 == 0 else reversed(started):
                turns[side.name] = side.run(steps)
            results.append({name: turns[name] for name in sides})
            means = ", ".join(f"{name} {statistics.mean(turn['seconds']):.3g} s" for name, turn in results[-1].items())
            print(f"round {index + 1} of {rounds}, {steps} steps each: a step took {means}", flush=True)
        return results, {side.name: side.finish() for side in started}
    finally:
        for side in started:
            side.kill()
