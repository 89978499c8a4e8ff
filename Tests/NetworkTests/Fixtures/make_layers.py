#!/usr/bin/env python3
"""Writes layers.json: normalisation, pooling and resampling as PyTorch computes them in float64, forward and backward.

Values, summaries and names are those of make_operations.py; inputs are 2u - 1 times "input_scale" plus "input_offset". A
case's keys are PyTorch's names of the operation's parameters, an interpolation's "size" being called "output_size".
"""

import torch
import torch.nn.functional as F
from make_operations import record, values
from make_resnet18 import versions, write


def layer(name, operation, function, shape, scale=1.0, offset=0.0, weight=None, **parameters):
    """A case of `function(inputs, parameters)`; `weight` is the shape of weight and bias, if there are any."""
    inputs = {"input": values(name, "input", shape, scale, offset)}
    if weight:
        inputs["weight"], inputs["bias"] = values(name, "weight", weight), values(name, "bias", weight)
    output = function(*inputs.values(), **parameters)
    return record(name, operation, {**parameters, "input_scale": scale, "input_offset": offset}, inputs, output)


def layer_norm(x, weight, bias, eps):
    """Over as many trailing dimensions as the weight has."""
    return F.layer_norm(x, weight.shape, weight, bias, eps)


def layer_norm_of_channels(x, weight, bias, eps):
    """ConvNeXt's LayerNorm2d."""
    return F.layer_norm(x.permute(0, 2, 3, 1), weight.shape, weight, bias, eps).permute(0, 3, 1, 2)


def normalization():
    yield layer("layer_norm_vector", "layer_norm", layer_norm, (3, 37), weight=(37,), eps=1e-5)
    yield layer("layer_norm_image", "layer_norm", layer_norm, (2, 5, 4, 6), weight=(5, 4, 6), eps=1e-5)
    yield layer("layer_norm_2d", "layer_norm_2d", layer_norm_of_channels, (2, 19, 4, 3), weight=(19,), eps=1e-6)
    yield layer(
        "layer_norm_far_from_zero", "layer_norm_2d", layer_norm_of_channels, (2, 40, 3, 3), 1.0, 1e4, (40,), eps=1e-6
    )
    for name, shape, groups in (
        ("group_norm", (3, 12, 5, 4), 4),
        ("group_norm_one_group", (2, 6, 3, 7), 1),
        ("instance_norm", (2, 5, 4, 4), 5),
        ("group_norm_vector", (3, 24), 6),
    ):
        function = lambda x, weight, bias, num_groups, eps: F.group_norm(x, num_groups, weight, bias, eps)
        yield layer(name, "group_norm", function, shape, weight=shape[1:2], num_groups=groups, eps=1e-5)
    for name, size, alpha, beta, k in (
        ("local_response_norm", 5, 1e-4, 0.75, 1.0),
        ("local_response_norm_strong", 5, 1.0, 0.75, 2.0),
        ("local_response_norm_even", 4, 1.0, 0.5, 1.0),
        ("local_response_norm_wide", 9, 1.0, 0.75, 1.0),
    ):
        yield layer(
            name, "local_response_norm", F.local_response_norm, (2, 7, 3, 4), 3.0,
            size=size, alpha=alpha, beta=beta, k=k,
        )


def pooling():
    # All inputs of the maxima are negative: padding that counts as zero would win at the border.
    for name, shape, kernel, stride, padding, dilation, ceil in (
        ("max_pool_ceil", (2, 5, 8, 9), (3, 3), (2, 2), (0, 0), (1, 1), True),
        ("max_pool_ceil_padded", (2, 3, 8, 7), (3, 2), (2, 3), (1, 1), (1, 1), True),
        ("max_pool_dilated", (2, 3, 11, 9), (3, 2), (1, 2), (1, 1), (2, 3), False),
        ("max_pool_ceil_dilated", (2, 3, 12, 9), (2, 3), (3, 2), (1, 0), (3, 2), True),
        ("max_pool_columns", (2, 3, 6, 8), (1, 3), (1, 2), (0, 1), (1, 1), False),
        ("max_pool_ceil_small", (2, 3, 2, 2), (3, 3), (2, 2), (0, 0), (1, 1), True),
    ):
        yield layer(
            name, "max_pool2d", F.max_pool2d, shape, 1.0, -2.0,
            kernel_size=kernel, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil,
        )
    for name, shape, kernel, stride, padding, ceil, counted in (
        ("avg_pool", (2, 4, 6, 8), (2, 2), (2, 2), (0, 0), False, True),
        ("avg_pool_padded", (2, 3, 7, 5), (3, 3), (1, 1), (1, 1), False, True),
        ("avg_pool_padding_left_out", (2, 3, 7, 5), (3, 3), (1, 1), (1, 1), False, False),
        ("avg_pool_ceil", (2, 3, 8, 7), (3, 2), (2, 3), (1, 1), True, True),
        ("avg_pool_ceil_padding_left_out", (2, 3, 8, 7), (3, 2), (2, 3), (1, 1), True, False),
        ("avg_pool_gaps", (2, 3, 9, 10), (2, 1), (3, 4), (0, 0), False, True),
    ):
        yield layer(
            name, "avg_pool2d", F.avg_pool2d, shape,
            kernel_size=kernel, stride=stride, padding=padding, ceil_mode=ceil, count_include_pad=counted,
        )
    for size in ((1, 1), (3, 5), (7, 2), (9, 13)):
        name = f"adaptive_avg_pool_{size[0]}x{size[1]}"
        yield layer(name, "adaptive_avg_pool2d", F.adaptive_avg_pool2d, (2, 4, 7, 10), output_size=size)
        name = f"adaptive_max_pool_{size[0]}x{size[1]}"
        yield layer(name, "adaptive_max_pool2d", F.adaptive_max_pool2d, (2, 4, 7, 10), output_size=size)


def resampling():
    sizes = {"double": (12, 14), "odd": (11, 5), "same": (6, 7), "single": (1, 1), "large": (40, 41)}
    modes = {"nearest": {"mode": "nearest"}}
    for align in (False, True):
        modes[f"bilinear_{'aligned' if align else 'plain'}"] = {"mode": "bilinear", "align_corners": align}
    for mode, parameters in modes.items():
        function = lambda x, output_size, **rest: F.interpolate(x, size=output_size, **rest)
        for kind, size in sizes.items():
            yield layer(f"{mode}_{kind}", "interpolate", function, (2, 3, 6, 7), output_size=size, **parameters)
        for factors in ((2.0, 3.0), (1.3, 2.7), (0.6, 0.9), (1.1, 2.1)):
            name = f"{mode}_{factors[0]}x{factors[1]}"
            yield layer(name, "interpolate", F.interpolate, (2, 3, 6, 7), scale_factor=factors, **parameters)
    yield layer("pixel_shuffle", "pixel_shuffle", F.pixel_shuffle, (2, 18, 3, 4), upscale_factor=3)
    yield layer("pixel_unshuffle", "pixel_unshuffle", F.pixel_unshuffle, (2, 5, 6, 4), downscale_factor=2)


def main():
    cases = [*normalization(), *pooling(), *resampling()]
    write("layers.json", {"versions": versions(), "cases": cases})


if __name__ == "__main__":
    main()
