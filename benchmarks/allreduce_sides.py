"""The sides of the all-reduce benchmark: what each is called, and its command at a world size.

All start by the same mpirun with the same options, those of launch/local; Open MPI's tuning goes through the environment.
"""

import re
import shlex
import subprocess

import harness

OURS = "dist-train"
STREAMING = "memcpy, streaming stores"
GLOO = "gloo"
TUNED = "coll_tuned_allreduce_algorithm"
# Above this many bytes glibc's memcpy writes around the caches. Its own limit, a share of what the kernel calls the last
# cache, is far too high on virtual machines, whose caches are others' as well.
STREAMING_TUNABLE = f"GLIBC_TUNABLES=glibc.cpu.x86_non_temporal_threshold={1 << 20}"


def offered():
    """The algorithms that `dist-train bench-collectives` knows."""
    done = subprocess.run(
        [str(harness.program()), "bench-collectives", "--help"], capture_output=True, text=True, check=True
    )
    return re.search(r"\(values: ([\w, ]+)\)", " ".join(done.stdout.split())).group(1).split(", ")


def ompi_parameter(framework, component, name):
    """Lines of ompi_info about a parameter, as (field, text): ("value", "cma"), ("enumerator:value:1", "basic_linear")."""
    command = ["ompi_info", "--param", framework, component, "--level", "9", "--parsable"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = re.findall(rf"^mca:{framework}:{component}:param:{name}:(.*):([^:\n]*)$", done.stdout, re.MULTILINE)
    return dict(lines)


def tuned_algorithms():
    """Number -> name of the all-reduces that this Open MPI can be told to use."""
    fields = ompi_parameter("coll", "tuned", TUNED)
    numbers = {int(field.rsplit(":", 1)[1]): name for field, name in fields.items() if field.startswith("enumerator:")}
    return {number: name for number, name in sorted(numbers.items()) if number > 0}


def launcher(ranks):
    """The words before the program in what launch/local would run."""
    command = ["launch/local", "--print", str(ranks), "bench-collectives"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=harness.ROOT, check=True)
    words = shlex.split(done.stderr.strip().splitlines()[-1])[1:]
    return words[: next(index for index, word in enumerate(words) if word.endswith("/dist-train"))]


def bench(options, algorithms, *more):
    chosen = [word for algorithm in algorithms for word in ("--algorithm", algorithm)]
    sizes = ["--bytes", options.bytes, "--repetitions", options.repetitions, "--rotation-bytes", options.rotation_bytes]
    return ["bench-collectives", *sizes, *chosen, *more, "--json"]


def commands(options, ranks, algorithms, python, rendezvous):
    """Side -> command. ALGORITHMS are ours; PYTHON is the one that has PyTorch, or None."""
    start = ["launch/local", ranks]
    both = [] if options.out_of_place else ["--in-place-only"]
    sides = {OURS: [*start, *bench(options, [*algorithms, "mpi", "memcpy"], *both)]}
    for number, name in tuned_algorithms().items():
        tuning = ["env", "OMPI_MCA_coll_tuned_use_dynamic_rules=1", f"OMPI_MCA_{TUNED}={number}"]
        sides[f"MPI {number} {name}"] = [*tuning, *start, *bench(options, ["mpi"], "--in-place-only")]
    sides[STREAMING] = ["env", STREAMING_TUNABLE, *start, *bench(options, ["memcpy"])]
    if python:
        program = [python, "-B", "benchmarks/pytorch_allreduce.py", "--rendezvous", rendezvous]
        sizes = ["--bytes", ",".join(map(str, options.sizes)), "--repetitions", options.repetitions]
        sides[GLOO] = [*launcher(ranks), *program, *sizes, "--rotation-bytes", options.rotation_bytes]
    return sides
