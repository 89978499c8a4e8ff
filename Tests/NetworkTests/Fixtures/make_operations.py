#!/usr/bin/env python3
"""Writes operations.json: single operations, forward and backward, as PyTorch computes them in float64.

Values and summaries are those of make_resnet18.py, under names that begin with the case's name, for case "c":
"c.input" (2u - 1, times "input_scale" plus "input_offset" where the case gives them), "c.weight" and "c.bias" (2u - 1;
BatchNorm's weight 0.5 + u), and "c.upstream" (2u - 1), the gradient that comes from above: what is differentiated is the
sum of output * upstream. Shapes are NCHW and OIHW. A case's keys are PyTorch's names of the operation's parameters.
"""

import torch
import torch.nn.functional as F
from make_resnet18 import summary, tensor, versions, write


def values(case, part, shape, scale=1.0, offset=0.0):
    return tensor(f"{case}.{part}", shape, lambda u: (2 * u - 1) * scale + offset).requires_grad_()


def record(name, operation, parameters, inputs, output, extra=()):
    """inputs: part -> leaf tensor. Differentiates sum(output * upstream) and summarises all of it."""
    upstream = tensor(f"{name}.upstream", tuple(output.shape), lambda u: 2 * u - 1)
    (output * upstream).sum().backward()
    return {
        "name": name,
        "operation": operation,
        **parameters,
        "inputs": [{"name": f"{name}.{part}", "shape": list(t.shape)} for part, t in inputs.items()],
        "output": summary(f"{name}.output", output),
        "gradients": [summary(f"{name}.{part}", t.grad) for part, t in inputs.items()],
        **dict(extra),
    }


def convolution(name, images, out_channels, kernel, stride, padding, groups=1, bias=False):
    inputs = {
        "input": values(name, "input", images),
        "weight": values(name, "weight", (out_channels, images[1] // groups, *kernel)),
    }
    if bias:
        inputs["bias"] = values(name, "bias", (out_channels,))
    output = F.conv2d(inputs["input"], inputs["weight"], inputs.get("bias"), stride, padding, 1, groups)
    parameters = {"kernel_size": kernel, "stride": [stride, stride], "padding": [padding, padding], "groups": groups}
    return record(name, "conv2d", parameters, inputs, output)


def batch_norm(name, shape, scale=1.0, offset=0.0):
    inputs = {
        "input": values(name, "input", shape, scale, offset),
        "weight": tensor(f"{name}.weight", (shape[1],), lambda u: 0.5 + u).requires_grad_(),
        "bias": values(name, "bias", (shape[1],)),
    }
    mean, variance = torch.zeros(shape[1], dtype=torch.float64), torch.ones(shape[1], dtype=torch.float64)
    output = F.batch_norm(inputs["input"], mean, variance, inputs["weight"], inputs["bias"], True, 0.1, 1e-5)
    running = [summary(f"{name}.running_mean", mean), summary(f"{name}.running_var", variance)]
    parameters = {"momentum": 0.1, "eps": 1e-5, "input_scale": scale, "input_offset": offset}
    return record(name, "batch_norm", parameters, inputs, output, {"running_statistics": running}.items())


def pooling():
    # All inputs are negative: padding that counts as zero would win every maximum at the border.
    x = values("max_pool", "input", (2, 5, 9, 10), 1.0, -2.0)
    parameters = {"kernel_size": [3, 3], "stride": [2, 2], "padding": [1, 1], "input_scale": 1.0, "input_offset": -2.0}
    yield record("max_pool", "max_pool2d", parameters, {"input": x}, F.max_pool2d(x, 3, 2, 1))
    x = values("average_pool", "input", (3, 6, 7, 5))
    yield record(
        "average_pool", "adaptive_avg_pool2d", {"output_size": [1, 1]}, {"input": x}, F.adaptive_avg_pool2d(x, 1)
    )


def pointwise():
    x = values("relu", "input", (2, 3, 5, 4))
    yield record("relu", "relu", {}, {"input": x}, F.relu(x))
    inputs = {
        part: values("linear", part, shape) for part, shape in (("input", (3, 20)), ("weight", (7, 20)), ("bias", (7,)))
    }
    yield record("linear", "linear", {}, inputs, F.linear(*inputs.values()))


def losses():
    labels = [0, 6, 3, 2, 6]
    # Logits up to 200: an exponential without the maximum taken off overflows in float32.
    for name, smoothing, scale in (
        ("plain_loss", 0.0, 4.0),
        ("smooth_loss", 0.1, 4.0),
        ("large_logits_loss", 0.1, 200.0),
    ):
        x = values(name, "input", (len(labels), 7), scale)
        output = F.cross_entropy(x, torch.tensor(labels), reduction="none", label_smoothing=smoothing)
        parameters = {"labels": labels, "label_smoothing": smoothing, "input_scale": scale, "input_offset": 0.0}
        yield record(name, "cross_entropy", parameters, {"input": x}, output)


def main():
    cases = [
        convolution("conv_7x7_stride2", (2, 3, 19, 22), 8, (7, 7), 2, 3),
        convolution("conv_3x3", (2, 8, 7, 5), 16, (3, 3), 1, 1),
        convolution("conv_3x3_stride2", (2, 8, 7, 6), 16, (3, 3), 2, 1),
        convolution("conv_1x1", (3, 16, 6, 5), 8, (1, 1), 1, 0),
        convolution("conv_1x1_stride2", (2, 8, 7, 6), 16, (1, 1), 2, 0),
        convolution("conv_odd_channels_bias", (1, 5, 6, 7), 3, (3, 3), 1, 1, bias=True),
        convolution("conv_grouped", (2, 8, 6, 6), 12, (3, 3), 1, 1, groups=4),
        batch_norm("batch_norm", (3, 5, 4, 6)),
        batch_norm("batch_norm_far_from_zero", (4, 3, 8, 8), 1.0, 1e4),
        *pooling(),
        *pointwise(),
        *losses(),
    ]
    write("operations.json", {"versions": versions(), "cases": cases})


if __name__ == "__main__":
    main()
