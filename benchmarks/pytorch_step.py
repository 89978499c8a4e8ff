"""Training steps in PyTorch: the twin of `dist-train bench`, with the same last line of JSON on stdout.

With --groups it runs as many steps as each line of stdin says, and answers each with {"seconds": [...]}; see turns.py.
Started by mpirun it is one rank of DistributedDataParallel over gloo on the loopback interface.
"""

import argparse
import json
import math
import os
import resource
import statistics
import sys
import time

import pytorch_network
import torch
import torch.distributed as dist

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--model", default="resnet50")
parser.add_argument("--image-size", type=int, default=224)
parser.add_argument("--batch", type=int, default=16, help="of each rank")
parser.add_argument("--threads", type=int, default=1, help="of each rank")
parser.add_argument("--precision", choices=("f32", "bf16"), default="f32")
parser.add_argument("--warmup", type=int, default=3)
parser.add_argument("--steps", type=int, default=10)
parser.add_argument("--groups", action="store_true", help="read numbers of steps from stdin, instead of --steps")
parser.add_argument("--rendezvous", metavar="FILE", help="where ranks meet; must not exist yet")
options = parser.parse_args()

rank = int(os.environ.get("OMPI_COMM_WORLD_RANK", 0))
ranks = int(os.environ.get("OMPI_COMM_WORLD_SIZE", 1))


def distributed(model):
    """BatchNorm stays each rank's own: torch.nn.SyncBatchNorm refuses to run on CPUs."""
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    dist.init_process_group("gloo", init_method=f"file://{options.rendezvous}", rank=rank, world_size=ranks)
    return torch.nn.parallel.DistributedDataParallel(model)


def agreed(number, operation=None):
    """NUMBER of rank 0, or reduced over the ranks by OPERATION."""
    if ranks == 1:
        return number
    values = torch.tensor(number, dtype=torch.int64)
    dist.all_reduce(values, operation) if operation else dist.broadcast(values, 0)
    return values.item()


def run(steps):
    seconds = []
    for _ in range(steps):
        start = time.perf_counter()
        loss = training.step()
        seconds.append(time.perf_counter() - start)
    if seconds and not math.isfinite(loss):
        sys.exit(f"the loss is {loss}: these steps trained nothing")
    return seconds


def run_groups():
    seconds = []
    while steps := agreed(int(sys.stdin.readline() or 0) if rank == 0 else 0):
        group = run(steps)
        if rank == 0:
            print(json.dumps({"seconds": group}), flush=True)
        seconds += group
    return seconds


torch.set_num_threads(options.threads)
training = pytorch_network.Training(
    options.model,
    options.image_size,
    options.batch,
    options.precision,
    seed=1 + rank,
    wrap=distributed if ranks > 1 else lambda model: model,
)
run(options.warmup)
seconds = sorted(run_groups() if options.groups else run(options.steps))
peak = agreed(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, dist.ReduceOp.MAX)
if rank == 0:
    p50 = statistics.median(seconds)
    report = {
        "images_per_second": ranks * options.batch / p50,
        "step_seconds": {"p50": p50, "p90": seconds[min(len(seconds) - 1, int(0.9 * len(seconds)))]},
        "peak_bytes": peak,
        "ranks": ranks,
        "threads": options.threads,
        "precision": options.precision,
        **pytorch_network.versions(),
    }
    print(json.dumps(report))
if ranks > 1:
    dist.destroy_process_group()
