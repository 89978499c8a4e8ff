#!/usr/bin/env python3
"""Writes convolutions.json: convolutions, transposed convolutions and fully connected layers as PyTorch computes them in
float64, in the form of make_operations.py.
"""

import torch.nn.functional as F
from make_operations import record, values
from make_resnet18 import versions, write


def case(name, operation, images, weight, bias, call, **sizes):
    inputs = {"input": values(name, "input", images), "weight": values(name, "weight", weight)}
    if bias:
        inputs["bias"] = values(name, "bias", (bias,))
    output = call(inputs["input"], inputs["weight"], inputs.get("bias"), **sizes)
    kernel = {"kernel_size": weight[2:]} if len(weight) > 2 else {}
    return record(name, operation, {**kernel, **sizes}, inputs, output)


def convolution(name, images, weight, bias=0, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    return case(
        name, "conv2d", images, weight, bias, F.conv2d, stride=stride, padding=padding, dilation=dilation, groups=groups
    )


def transposed(
    name, images, weight, bias=0, stride=(1, 1), padding=(0, 0), output_padding=(0, 0), groups=1, dilation=(1, 1)
):
    return case(
        name, "conv_transpose2d", images, weight, bias, F.conv_transpose2d, stride=stride, padding=padding,
        output_padding=output_padding, groups=groups, dilation=dilation,
    )  # fmt: skip


def main():
    cases = [
        convolution("conv_axes", (2, 6, 11, 13), (10, 6, 1, 5), 10, (2, 1), (0, 3), (1, 2)),
        convolution("conv_7x1", (2, 4, 9, 6), (8, 4, 7, 1), 0, (1, 1), (3, 0)),
        convolution("conv_dilated_groups", (1, 6, 12, 10), (9, 2, 3, 3), 9, (1, 2), (2, 1), (2, 1), 3),
        convolution("conv_depthwise", (2, 16, 9, 8), (16, 1, 3, 3), 16, (2, 2), (1, 1), (1, 1), 16),
        convolution("conv_depthwise_twice", (2, 5, 9, 8), (10, 1, 5, 5), 0, (1, 1), (2, 2), (1, 1), 5),
        transposed("transposed", (2, 7, 5, 6), (7, 5, 4, 4), 5, (2, 2), (1, 1)),
        transposed("transposed_output_padding", (2, 16, 5, 4), (16, 8, 3, 3), 8, (2, 2), (1, 1), (1, 1)),
        transposed("transposed_axes", (1, 3, 4, 6), (3, 4, 5, 2), 0, (3, 1), (2, 0), (2, 0)),
        transposed("transposed_groups", (2, 8, 5, 5), (8, 3, 3, 3), 12, (2, 2), (1, 1), (0, 1), 4),
        transposed("transposed_dilated", (2, 4, 5, 4), (4, 6, 3, 3), 6, (1, 2), (1, 1), (1, 1), 1, (2, 2)),
        case("linear_without_bias", "linear", (4, 18), (5, 18), 0, F.linear),
    ]
    write("convolutions.json", {"versions": versions(), "cases": cases})


if __name__ == "__main__":
    main()
