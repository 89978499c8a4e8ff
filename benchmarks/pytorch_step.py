"""Training steps of a torchvision network in PyTorch eager mode, channels_last, on synthetic data.

The twin of `dist-train bench`: the last line of stdout is one JSON object with the same keys.
"""

import argparse
import contextlib
import json
import resource
import statistics
import sys
import time
import types

import torch

# torchvision's compiled operators (detection only) may have been built for another torch; the models need none.
sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
import torchvision

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--model", default="resnet50")
parser.add_argument("--image-size", type=int, default=224)
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--precision", choices=("f32", "bf16"), default="f32")
parser.add_argument("--warmup", type=int, default=3)
parser.add_argument("--steps", type=int, default=10)
options = parser.parse_args()

torch.set_num_threads(options.threads)
torch.manual_seed(1)
model = getattr(torchvision.models, options.model)().to(memory_format=torch.channels_last).train()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
criterion = torch.nn.CrossEntropyLoss()
images = torch.randn(options.batch, 3, options.image_size, options.image_size).to(memory_format=torch.channels_last)
labels = torch.randint(1000, (options.batch,))


def precision():
    if options.precision == "bf16":
        return torch.autocast("cpu", dtype=torch.bfloat16)
    return contextlib.nullcontext()


def step():
    with precision():
        loss = criterion(model(images), labels)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()


for _ in range(options.warmup):
    step()
seconds = []
for _ in range(options.steps):
    start = time.perf_counter()
    loss = step()
    seconds.append(time.perf_counter() - start)
if not torch.isfinite(torch.tensor(loss)):
    sys.exit(f"the loss is {loss}: these steps trained nothing")

seconds.sort()
p50 = statistics.median(seconds)
print(
    json.dumps(
        {
            "images_per_second": options.batch / p50,
            "step_seconds": {"p50": p50, "p90": seconds[min(len(seconds) - 1, int(0.9 * len(seconds)))]},
            "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "ranks": 1,
            "threads": options.threads,
            "precision": options.precision,
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
        }
    )
)
