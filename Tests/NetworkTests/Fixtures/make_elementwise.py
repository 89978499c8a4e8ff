#!/usr/bin/env python3
"""Writes elementwise.json: activations, dropout, products, concatenation and flattening as PyTorch computes them in
float64, forward and backward. Values, summaries and names are those of make_operations.py; inputs are 2u - 1 times
"input_scale".

PyTorch's masks cannot be drawn again elsewhere, so the random cases say what stayed: "stays" is a 0 or 1 for each
element in the order N, C, H, W.
"""

import torch
import torch.nn.functional as F
from make_operations import record, values
from make_resnet18 import versions, write
from torchvision.ops import stochastic_depth

ACTIVATIONS = {
    "relu6": F.relu6,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "selu": F.selu,
    "silu": F.silu,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "hardtanh": F.hardtanh,
    "hardsigmoid": F.hardsigmoid,
    "hardswish": F.hardswish,
}


def activations():
    for name, function in ACTIVATIONS.items():
        x = values(name, "input", (2, 3, 5, 4), 8.0)
        yield record(name, "activation", {"input_scale": 8.0}, {"input": x}, function(x))
    # The kinks themselves: these multiples of 1/2 are exact in every format.
    points = torch.arange(-14, 15, dtype=torch.float64).reshape(1, -1) / 2
    for name, function in ACTIVATIONS.items():
        x = points.clone().requires_grad_()
        function(x).sum().backward()
        yield {"name": name, "operation": "derivative", "points": points[0].tolist(), "derivatives": x.grad[0].tolist()}


def channels():
    x = values("multiply", "input", (2, 6, 3, 5))
    yield record("multiply", "network", {}, {"input": x}, x[:, :3] * x[:, 3:])
    x = values("squeeze_excitation", "input", (2, 5, 4, 3))
    yield record("squeeze_excitation", "network", {}, {"input": x}, x * torch.sigmoid(F.adaptive_avg_pool2d(x, 1)))
    x = values("concat", "input", (2, 4, 3, 5))
    yield record("concat", "network", {}, {"input": x}, torch.cat([x, F.hardtanh(x, -0.5, 0.5), x[:, 1:3]], 1))
    inputs = {
        part: values("flatten", part, shape)
        for part, shape in (("input", (3, 4, 2, 3)), ("weight", (5, 24)), ("bias", (5,)))
    }
    output = F.linear(torch.flatten(inputs["input"], 1), inputs["weight"], inputs["bias"])
    yield record("flatten", "network", {}, inputs, output)


def masks():
    # The same seed draws the same mask, and outputs for zeros or ones show which it was.
    functions = {
        "dropout": (lambda x, p: F.dropout(x, p, training=True), torch.ones),
        "alpha_dropout": (lambda x, p: F.alpha_dropout(x, p, training=True), torch.zeros),
        "stochastic_depth": (lambda x, p: stochastic_depth(x, p, "row", training=True), torch.ones),
    }
    for name, (function, probe) in functions.items():
        p = 0.3
        x = values(name, "input", (6, 3, 2, 4))
        torch.manual_seed(2)
        stays = function(probe(x.shape, dtype=torch.float64), p) > 0
        assert 0 < stays.sum() < stays.numel(), name
        torch.manual_seed(2)
        output = function(x, p)
        parameters = {"p": p, "stays": "".join("1" if bit else "0" for bit in stays.flatten().tolist())}
        yield record(name, "dropout", parameters, {"input": x}, output)


def main():
    write("elementwise.json", {"versions": versions(), "cases": [*activations(), *channels(), *masks()]})


if __name__ == "__main__":
    main()
