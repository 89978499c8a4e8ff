"""The scenarios of cluster/trials: what is run, what breaks, and what must then hold."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import trial_checks
from trial_cluster import Unusable, is_alive, wait_until

BUILD = Path(__file__).resolve().parent.parent.parent / ".build" / "release"
TIMEOUT = 4
# Longer than an outage of two seconds and the time that TCP takes to try again.
PATIENT_TIMEOUT = 10
RANKS = range(4)
BROKEN = ("kill", "kill-shared", "stop", "stop-shared", "cut")
# Uses of rank-exercises, and what the others then say.
DIFFERING = ("skip", "reorder", "size", "type", "early")
NAMES = (*BROKEN, "cut2", *DIFFERING)
ALLOWED = {name: TIMEOUT + 5 for name in NAMES if name != "cut2"}

CONFIGURATION = {
    "output": "runs",
    "seed": 3,
    "threads_per_rank": 1,
    "model": {"name": "resnet18", "classes": 10},
    "data": {"train": "sample/train", "validation": "sample/val", "image_size": 64},
    "batch": {"global": 16},
    "schedule": {"base_rate": 0.001, "shape": "constant"},
    "checkpoint": {"every_steps": 0, "every_epochs": 0},
    "evaluation": {"every_epochs": 0},
    "collectives": {"algorithm": "two_level", "bucket_megabytes": 4, "timeout_seconds": TIMEOUT},
}

TELLS_A_FILE = 'exec "$0" "$@" 2>"job/log.$OMPI_COMM_WORLD_RANK"'


@dataclass
class Trial:
    """`seconds`: from the event to the end of the last rank; None where it never came."""

    what: str
    faults: list = field(default_factory=list)
    outcome: str = ""
    seconds: float | None = None
    log: str = ""


class Bench:
    """Runs trials on CLUSTER, in FOLDER, with the programs in BUILD."""

    def __init__(self, cluster, folder, build):
        self.cluster, self.folder, self.build = cluster, folder, build.resolve()
        for program in ("dist-train", "rank-exercises"):
            if not (self.build / program).exists():
                raise Unusable(f"{self.build / program} is missing; build it: swift build -c release --build-tests")
        make = [self.build / "dist-train", "data", "make-sample", folder / "sample", "--size", "64"]
        subprocess.run([*make, "--train", "400", "--validation", "20"], check=True, stderr=subprocess.DEVNULL)
        self.undisturbed = None

    def run(self, name, random):
        victim, slots = random.choice(RANKS), 2 if name.endswith("-shared") else 1
        if name in DIFFERING:
            return self.differ(name, victim, random.choice((1, 2)), random.randrange(1000))
        moment = random.uniform(0, 2)
        if name == "cut2":
            return self.survive(victim, moment)
        return self.break_down(name, victim, slots, moment)

    def break_down(self, name, victim, slots, moment):
        where = f"host {victim + 1}" if name == "cut" else f"rank {victim}"
        trial = Trial(f"{name} {where} {moment:.2f} s after the first step")
        with self.training(trial, slots, tells=name != "cut", epochs=1000) as job:
            if not job.reach(trial, moment):
                return trial
            if name == "cut":
                self.cluster.call("cut", str(victim + 1))
            else:
                os.kill(job.ranks[victim], signal.SIGKILL if name.startswith("kill") else signal.SIGSTOP)
            job.await_end(trial, time.time(), TIMEOUT + 5)
        culprits = set() if name == "cut" else {victim}
        trial.faults += trial_checks.of_statuses(job.statuses, culprits)
        trial.faults += trial_checks.of_sentences(trial.log, culprits, (trial_checks.WAITED, trial_checks.ENDED))
        trial.faults += trial_checks.of_report(trial.log, victim, alone=not name.startswith("kill"))
        if name == "cut":
            self.cluster.call("mend", str(victim + 1))
        return trial

    def survive(self, victim, moment):
        settings = {"steps": 16, "timeout": PATIENT_TIMEOUT}
        if self.undisturbed is None:
            with self.training(Trial("undisturbed"), 1, **settings) as job:
                job.process.wait()
            self.undisturbed = job.digests()
        trial = Trial(f"cut host {victim + 1} for 2 s {moment:.2f} s after the first step")
        with self.training(trial, 1, **settings) as job:
            if not job.reach(trial, moment):
                return trial
            began = time.time()
            self.cluster.call("cut", str(victim + 1), "--seconds", "2")
            if job.process.poll() is not None:
                trial.faults.append("the run ended before the cut did")
            job.await_end(trial, began, 60)
        if set(job.statuses.values()) != {"0"}:
            trial.faults.append("it did not survive")
        elif not self.undisturbed or job.digests() != self.undisturbed:
            trial.faults.append(f"its tensors differ from those of an undisturbed run: {job.digests()}")
        return trial

    def differ(self, name, victim, slots, seed):
        trial = Trial(f"{name} on rank {victim}, {slots} ranks a host, seed {seed}")
        command = [self.build / "rank-exercises", name, str(victim), str(seed), str(TIMEOUT)]
        with Job(self, trial, slots, command, command[0].name) as job:
            event = re.compile(rf"^rank {victim} .* at ([0-9.]+)$", re.MULTILINE)
            if not wait_until(lambda: event.search(job.log()), 30):
                trial.faults.append("it did not come to the event")
                return trial
            job.find_ranks()
            job.await_end(trial, float(event.search(job.log())[1]), TIMEOUT + 5)
        trial.faults += trial_checks.of_statuses(job.statuses, set())
        sentences = (trial_checks.MISMATCH, trial_checks.WAITED, trial_checks.ENDED)
        if name == "early":
            sentences = (trial_checks.WAITED, trial_checks.LEAVING, trial_checks.ENDED)
        elif not any(re.search(trial_checks.MISMATCH.format(rank), trial.log) for rank in RANKS):
            trial.faults.append("no rank named the mismatch")
        trial.faults += trial_checks.of_sentences(trial.log, set(), sentences)
        if "corrupted" in trial.log:
            trial.faults.append("values were corrupted")
        return trial

    def training(self, trial, slots, timeout=TIMEOUT, tells=True, **length):
        """Starts a run. Unless it TELLS by mpirun, which no word of a host that is cut off can reach, ranks write files."""
        configuration = {**CONFIGURATION, "name": "trial", **length}
        configuration["collectives"] = {**CONFIGURATION["collectives"], "timeout_seconds": timeout}
        (self.folder / "trial.json").write_text(json.dumps(configuration))
        command = [self.build / "dist-train", "trial.json"]
        return Job(self, trial, slots, command if tells else ["sh", "-c", TELLS_A_FILE, *command], command[0].name)


class Job:
    """One run. Leaving it ends it, if need be, and fills in what it came to and left behind."""

    def __init__(self, bench, trial, slots, command, program):
        self.bench, self.trial, self.program = bench, trial, program
        self.ranks, self.statuses = {}, {}
        self.folder, self.output = bench.folder / "job", bench.folder / "runs" / "trial"
        for folder in (self.folder, self.output):
            shutil.rmtree(folder, ignore_errors=True)
        self.folder.mkdir()
        self.process = bench.cluster.start(slots, self.folder, command)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not wait_until(lambda: self.process.poll() is not None, 20):
            self.trial.faults.append("the run did not end")
            self.process.terminate()
            self.process.wait()
        self.statuses = trial_checks.statuses(self.folder)
        ended = f"in {self.trial.seconds:.1f} s" if self.trial.seconds is not None else "not"
        said = " ".join(self.statuses.get(rank, "?") for rank in RANKS)
        self.trial.outcome = f"ended {ended}, ranks with {said}, mpirun with {self.process.returncode}"
        self.trial.log = self.log()
        left = self.bench.cluster.leftovers(self.folder)
        self.trial.faults += [f"left behind: {item}" for item in left]

    def log(self):
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("log*")))

    def find_ranks(self):
        self.ranks = self.bench.cluster.ranks(self.program)
        return len(self.ranks) == len(RANKS)

    def reach(self, trial, moment):
        """Waits for the first step and MOMENT more; whether it came."""
        metrics = self.output / "metrics.jsonl"
        if wait_until(lambda: metrics.exists() and metrics.stat().st_size > 0, 60) and self.find_ranks():
            time.sleep(moment)
            return True
        trial.faults.append("it did not start")
        self.process.terminate()
        return False

    def await_end(self, trial, began, allowed):
        """Waits for the last rank to end, and notes how long after BEGAN."""
        if not wait_until(lambda: not any(map(is_alive, self.ranks.values())), allowed + 20):
            trial.faults.append("ranks did not end")
            return
        trial.seconds = time.time() - began
        if trial.seconds > allowed:
            trial.faults.append(f"its ranks took {trial.seconds:.1f} s to end, {allowed} s are allowed")

    def digests(self):
        """Of the tensors of the last checkpoint."""
        paths = sorted((self.output / "checkpoints").glob("step-*/*.safetensors"))
        return {f"{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
