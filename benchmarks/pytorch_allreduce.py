"""All-reduces of PyTorch over gloo: the twin of `dist-train bench-collectives --in-place-only`, with the same last line.

One rank of a job that Open MPI starts; ranks talk over the loopback interface, each computes with one thread. What is
measured, and how, is as in dist-train: every element of an answer is checked before and after the timing; buffers that
together are larger than the last-level cache take turns; a sample is a number of calls in a row after a barrier, enough to
last a millisecond; a sample's time is that of the slowest rank.
"""

import argparse
import json
import math
import os
import sys
import time

import torch
import torch.distributed as dist

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--bytes", required=True, help="message sizes, separated by commas")
parser.add_argument("--repetitions", type=int, required=True)
parser.add_argument("--rotation-bytes", type=int, required=True)
parser.add_argument("--rendezvous", required=True, metavar="FILE", help="where ranks meet; must not exist yet")
options = parser.parse_args()

SAMPLE_SECONDS = 1e-3
CHUNK = 1 << 20
rank = int(os.environ["OMPI_COMM_WORLD_RANK"])
ranks = int(os.environ["OMPI_COMM_WORLD_SIZE"])
# Whole numbers that look random, and so small that sums are exact in any order.
MASK = max(1, (1 << int(math.log2(max(1, 256 // ranks)))) - 1)


def values(of_rank, start, count):
    bits = (torch.arange(start, start + count, dtype=torch.int64) * 0x9E3779B1) ^ ((of_rank + 1) * 0x85EBCA6B)
    return (((bits ^ (bits >> 16)) * 0x85EBCA6B) >> 20) & MASK


def chunks(elements):
    return [(start, min(CHUNK, elements - start)) for start in range(0, elements, CHUNK)]


def slowest(seconds):
    value = torch.tensor([seconds], dtype=torch.float64)
    dist.all_reduce(value, dist.ReduceOp.MAX)
    return value.item()


class Trial:
    """One message size."""

    def __init__(self, size):
        self.elements = size // 4
        stride = max(16, -(-self.elements // 16) * 16)
        count = max(2, options.rotation_bytes // (4 * stride) + 1)
        memory = torch.zeros(count * stride)
        self.buffers = [memory[index * stride :][: self.elements] for index in range(count)]
        self.pristine = torch.empty(self.elements)
        for start, length in chunks(self.elements):
            self.pristine[start : start + length] = values(rank, start, length)
        self.following = 0
        self.fill()

    def fill(self):
        for offset in range(len(self.buffers)):
            self.buffers[(self.following + offset) % len(self.buffers)].copy_(self.pristine)
        self.uses = 0

    def next(self, count):
        """The COUNT buffers that have not been used for longest."""
        first, self.following = self.following, (self.following + count) % len(self.buffers)
        self.uses += count
        return [self.buffers[(first + offset) % len(self.buffers)] for offset in range(count)]

    def check(self):
        (sums,) = self.next(1)
        sums.copy_(self.pristine)
        dist.all_reduce(sums)
        for start, length in chunks(self.elements):
            expected = sum(values(other, start, length) for other in range(ranks))
            if not torch.equal(sums[start : start + length], expected.float()):
                sys.exit(f"gloo: rank {rank} has wrong sums near element {start} of {self.elements}")

    def sample(self, calls):
        """Seconds that the slowest rank takes for CALLS calls."""
        # Each sum multiplies what lies in a buffer by the number of ranks; f32 ends at 2^128.
        if self.uses + calls > len(self.buffers) * (100 // max(1, math.ceil(math.log2(ranks)))):
            self.fill()
        buffers = self.next(calls)
        dist.barrier()
        start = time.perf_counter()
        for buffer in buffers:
            dist.all_reduce(buffer)
        return slowest(time.perf_counter() - start)

    def run(self):
        self.check()
        calls = 1
        while calls < len(self.buffers):
            seconds = min(self.sample(calls) for _ in range(3))
            if seconds >= SAMPLE_SECONDS:
                break
            calls = min(len(self.buffers), math.ceil(calls * min(8, max(1.5, 1.2 * SAMPLE_SECONDS / seconds))))
        samples = sorted(self.sample(calls) / calls for _ in range(options.repetitions))
        self.check()
        median, high = samples[len(samples) // 2], samples[min(len(samples) - 1, len(samples) * 9 // 10)]
        bandwidth = 4 * self.elements / median / 1e9
        return {
            "bytes": 4 * self.elements,
            "algorithm": "gloo",
            "type": "f32",
            "in_place": True,
            "calls_per_sample": calls,
            "seconds_p50": median,
            "seconds_p90": high,
            "algbw": bandwidth,
            "busbw": bandwidth * 2 * (ranks - 1) / ranks,
        }


torch.set_num_threads(1)
os.environ["GLOO_SOCKET_IFNAME"] = "lo"
dist.init_process_group("gloo", init_method=f"file://{options.rendezvous}", rank=rank, world_size=ranks)
results = [Trial(size).run() for size in map(int, options.bytes.split(","))]
if rank == 0:
    print(json.dumps({"ranks": ranks, "torch": torch.__version__, "results": results}), flush=True)
dist.destroy_process_group()
