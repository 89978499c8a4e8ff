#!/usr/bin/env python3
"""Writes resnet50_curve.json: the losses of resnet50(num_classes=10) over 20 steps of training in PyTorch.

    VENV/bin/python Tests/NetworkTests/Fixtures/make_curve.py        (VENV as in make_resnet18.py; a minute)

Weights of convolutions and of the last layer are those of make_resnet18.py. BatchNorm starts as the identity, and each
block too: scales are 1 and shifts 0, but the scale of a block's last BatchNorm ("bn3.weight") is 0; fc.bias is 0. The
images of step s, [8, 3, 64, 64], are noise on a colour that tells the class, and every sum is rounded to float32:

    "images.s"[n, c, y, x] + "colours"[label, c]        both 2u - 1; the labels are in the file

SGD with momentum 0.9 and rate 0.002, no weight decay, on the mean loss of the batch. The loss falls, and yet such a
start and rate hardly magnify rounding: f32 in two layouts differs by 4e-5 at most. At a rate of 0.01 that is 1e-2, and
with scales and shifts of make_resnet18.py 1e-3.

    f64, f32   the curve in either type; f32 channels last
    bf16       f32 weights under torch.autocast, channels last. Its distance from f32, the root of the mean square of
               the relative differences, is chance to some degree: over four sets of inputs and two layouts it
               was 1.9e-3 to 3.5e-3.
"""

import contextlib

import torch
from make_resnet18 import parameter, summary, tensor, torchvision, uniform, versions, write

CLASSES, BATCH, IMAGE_SIZE, STEPS, RATE, MOMENTUM = 10, 8, 64, 20, 0.002, 0.9


def labels(step):
    return (torch.from_numpy(uniform(f"labels.{step}", BATCH)) * CLASSES).long()


def noise(step):
    return tensor(f"images.{step}", (BATCH, 3, IMAGE_SIZE, IMAGE_SIZE), lambda u: 2 * u - 1)


def images(step):
    colours = tensor("colours", (CLASSES, 3), lambda u: 2 * u - 1)[labels(step)]
    return (noise(step) + colours[:, :, None, None]).float()


def network(dtype):
    model = torchvision.models.resnet50(num_classes=CLASSES, zero_init_residual=True)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.dim() > 1:
                p.copy_(parameter(name, tuple(p.shape)))
        model.fc.bias.zero_()
    return model.to(dtype, memory_format=torch.channels_last).train()


def curve(dtype, precision=contextlib.nullcontext):
    model = network(dtype)
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)
    losses = []
    for step in range(STEPS):
        batch = images(step).to(dtype, memory_format=torch.channels_last)
        with precision():
            loss = torch.nn.functional.cross_entropy(model(batch), labels(step))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def distance(losses, others):
    return (sum((a / b - 1) ** 2 for a, b in zip(losses, others, strict=True)) / STEPS) ** 0.5


def main():
    torch.set_num_threads(1)
    f64, f32 = curve(torch.float64), curve(torch.float32)
    bf16 = curve(torch.float32, lambda: torch.autocast("cpu", dtype=torch.bfloat16))
    about = {
        "versions": versions(),
        "classes": CLASSES,
        "image_size": IMAGE_SIZE,
        "rate": RATE,
        "momentum": MOMENTUM,
        "images_of_step_0": summary("images.0", images(0)),
        "labels": [labels(step).tolist() for step in range(STEPS)],
        "float32_error": max(abs(a / b - 1) for a, b in zip(f32, f64)),
        "bf16_distance": distance(bf16, f32),
    }
    write("resnet50_curve.json", {**about, "f64": f64, "f32": f32, "bf16": bf16})


if __name__ == "__main__":
    main()
