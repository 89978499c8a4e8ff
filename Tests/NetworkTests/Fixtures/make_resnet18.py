#!/usr/bin/env python3
"""Writes the fixtures beside this file: what PyTorch and torchvision compute where the Swift tests must agree.

    python3 -m venv VENV && VENV/bin/pip install torch==2.13.0 torchvision==0.28.0 numpy
    VENV/bin/python Tests/NetworkTests/Fixtures/make_resnet18.py

No weights are stored: every tensor is a formula of its name that Swift and Python compute to the same bits.

    fnv1a64(name)   over the UTF-8 bytes: h = 0xcbf29ce484222325; for each byte: h = (h ^ byte) * 0x100000001b3
    splitmix64(x)   z = x + 0x9e3779b97f4a7c15; z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
                    z = (z ^ (z >> 27)) * 0x94d049bb133111eb; return z ^ (z >> 31)      (Steele, Lea, Flood 2014)
    u(name, i)      (splitmix64(fnv1a64(name) + i) >> 40) * 2^-24, in [0, 1); all sums and products wrap at 64 bits

Element i, in row-major order of the logical shape (weights OIHW, images NCHW), computed in double precision in the
order written and then rounded once to float32:

    convolution and fully connected weight   (2u - 1) * sqrt(6 / fan_in), fan_in = all dimensions but the first
    fc.bias                                  (u - 0.5) * 0.1
    BatchNorm weight; bias                   0.5 + u; u - 0.5
    running_mean; running_var                0; 1 before the step
    "input"                                  (2u - 1) * 2
    "probe:" + name                          2u - 1

PyTorch then works on these values in float64. The loss is the sum over the samples, not their mean. A tensor is
recorded as a summary: its L2 norm, its sum, its dot product with "probe:" + name, and its first four elements; the dot
product notices values in wrong places, which a norm does not.

    resnet18_state.json   torchvision's state dict in order: name, shape, dtype; resnet50_state.json likewise
    resnet_states.json    number of entries, trainable elements and fnv1a64 of the text "name shape dtype\n"..., shape
                          as 64x3x7x7 and empty for a scalar, for every depth at 1,000 classes
    resnet18_step.json    one training step of resnet18(num_classes=7): two tensors that went in, to check the formula
                          with; logits, loss, every gradient, the running statistics after it, and the logits in
                          evaluation mode with those statistics
    resnet_depths.json    logits, loss and input gradient in training mode at the other depths
    operations.json       single operations, forward and backward, strided, padded and odd sizes, by make_operations.py
    elementwise.json      activations, dropout, products and concatenation, by make_elementwise.py
    resnet50_curve.json   the losses of 20 steps of training, by make_curve.py

Each file with numbers also holds "float32_error": how far PyTorch itself is from them in float32, as the largest
relative error (difference of norms, logits and probes over the norm of what is compared).
"""

import json
import math
import sys
import types
from pathlib import Path

import numpy as np
import torch

# torchvision's compiled operators (detection only) may have been built for another torch; the models need none.
sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
import torchvision

FOLDER = Path(__file__).parent
LABELS = [0, 3, 6, 2]
SMOOTHING = 0.1
CLASSES = 7


def fnv1a64(text):
    h = 0xCBF29CE484222325
    for byte in text.encode():
        h = (h ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return h


def uniform(name, count):
    """u(name, 0), ..., u(name, count - 1) in float64."""
    with np.errstate(over="ignore"):
        z = np.arange(count, dtype=np.uint64) + np.uint64(fnv1a64(name)) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) * 2.0**-24


def tensor(name, shape, formula):
    values = formula(uniform(name, math.prod(shape))).astype(np.float32).astype(np.float64)
    return torch.from_numpy(values).reshape(shape)


def probe(name, shape):
    return tensor("probe:" + name, shape, lambda u: 2 * u - 1)


def parameter(name, shape):
    if len(shape) > 1:
        scale = math.sqrt(6 / math.prod(shape[1:]))
        return tensor(name, shape, lambda u: (2 * u - 1) * scale)
    if name == "fc.bias":
        return tensor(name, shape, lambda u: (u - 0.5) * 0.1)
    if name.endswith(".bias"):
        return tensor(name, shape, lambda u: u - 0.5)
    return tensor(name, shape, lambda u: 0.5 + u)


def image_batch():
    return tensor("input", (len(LABELS), 3, 64, 64), lambda u: (2 * u - 1) * 2)


def summary(name, values):
    values = values.detach().double()
    return {
        "name": name,
        "shape": list(values.shape),
        "norm": values.norm().item(),
        "sum": values.sum().item(),
        "probe": (values * probe(name, tuple(values.shape))).sum().item(),
        "first": values.flatten()[:4].tolist(),
    }


def resnet(depth, dtype):
    model = getattr(torchvision.models, f"resnet{depth}")(num_classes=CLASSES).to(dtype)
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.copy_(parameter(name, tuple(p.shape)))
    return model.train()


def step(depth, dtype):
    """One forward and backward pass in training mode, everything that can be compared."""
    model = resnet(depth, dtype)
    images = image_batch().to(dtype).requires_grad_()
    logits = model(images)
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(LABELS), reduction="sum", label_smoothing=SMOOTHING)
    loss.backward()
    result = {
        "logits": logits.tolist(),
        "loss": loss.item(),
        "input_gradient": summary("input", images.grad),
        "gradients": [summary(name, p.grad) for name, p in model.named_parameters()],
        "running_statistics": [
            summary(name, b) for name, b in model.named_buffers() if name.endswith(("running_mean", "running_var"))
        ],
    }
    with torch.no_grad():
        result["evaluation_logits"] = model.eval()(images).tolist()
    return result


def relative(a, b):
    a, b = torch.tensor(a, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)
    return ((a - b).norm() / b.norm()).item()


def summary_error(a, b):
    # A random probe of a vector of norm r is about r / sqrt(3), so r measures an error of the probe fairly.
    return max(abs(a[key] - b[key]) / b["norm"] for key in ("norm", "probe"))


def float32_error(got, expected):
    errors = {
        key: relative(got[key], expected[key]) for key in ("logits", "loss", "evaluation_logits") if key in expected
    }
    errors["input_gradient"] = summary_error(got["input_gradient"], expected["input_gradient"])
    for key in ("gradients", "running_statistics"):
        if key in expected:
            errors[key] = max(summary_error(a, b) for a, b in zip(got[key], expected[key], strict=True))
    return errors


def state_entries(model):
    return [
        {"name": name, "shape": list(t.shape), "dtype": str(t.dtype).removeprefix("torch.")}
        for name, t in model.state_dict().items()
    ]


def state_digest(entries):
    lines = (f"{e['name']} {'x'.join(map(str, e['shape']))} {e['dtype']}\n" for e in entries)
    return f"{fnv1a64(''.join(lines)):016x}"


def write(name, value):
    """JSON with a line for each element of a top-level list, so that a difference can be read."""
    parts = []
    for key, item in value.items():
        if isinstance(item, list) and item and isinstance(item[0], (dict, list)):
            lines = ",\n".join("    " + json.dumps(element) for element in item)
            parts.append(f"  {json.dumps(key)}: [\n{lines}\n  ]")
        else:
            parts.append(f"  {json.dumps(key)}: {json.dumps(item)}")
    path = FOLDER / name
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


def versions():
    return {"torch": torch.__version__, "torchvision": torchvision.__version__, "numpy": np.__version__}


def main():
    torch.set_num_threads(1)
    states = []
    for depth in (18, 34, 50, 101, 152):
        model = getattr(torchvision.models, f"resnet{depth}")()
        entries = state_entries(model)
        trainable = sum(p.numel() for p in model.parameters())
        states.append(
            {"depth": depth, "entries": len(entries), "trainable": trainable, "fnv1a64": state_digest(entries)}
        )
        if depth in (18, 50):
            write(f"resnet{depth}_state.json", {"versions": versions(), "classes": 1000, "entries": entries})
    write("resnet_states.json", {"versions": versions(), "classes": 1000, "models": states})

    about = {"versions": versions(), "classes": CLASSES, "labels": LABELS, "label_smoothing": SMOOTHING}
    about["input_shape"] = list(image_batch().shape)
    weight = "conv1.weight"
    about["went_in"] = [summary("input", image_batch()), summary(weight, parameter(weight, (64, 3, 7, 7)))]
    expected = step(18, torch.float64)
    write(
        "resnet18_step.json", {**about, "float32_error": float32_error(step(18, torch.float32), expected), **expected}
    )

    depths = []
    for depth in (34, 50, 101, 152):
        keys = ("logits", "loss", "input_gradient")
        expected = {key: value for key, value in step(depth, torch.float64).items() if key in keys}
        error = float32_error(step(depth, torch.float32), expected)
        depths.append({"depth": depth, "float32_error": error, **expected})
    write("resnet_depths.json", {**about, "models": depths})


if __name__ == "__main__":
    main()
