"""What a training step of ResNet-50 at 224 x 224 must compute and move, counted from its shapes."""

WIDTHS, BLOCKS, EXPANSION = (64, 128, 256, 512), (3, 4, 6, 3), 4


def convolutions():
    """(channels, outputs, kernel, extent of the input, extent of the output) of every convolution."""
    yield 3, 64, 7, 224, 112
    channels, extent = 64, 56
    for stage, (width, blocks) in enumerate(zip(WIDTHS, BLOCKS, strict=True)):
        for block in range(blocks):
            reduced = extent // 2 if stage > 0 and block == 0 else extent
            yield channels, width, 1, extent, extent
            yield width, width, 3, extent, reduced
            yield width, EXPANSION * width, 1, reduced, reduced
            if block == 0:
                yield channels, EXPANSION * width, 1, extent, reduced
            channels, extent = EXPANSION * width, reduced


def normalised():
    """Elements of an image that each kind of BatchNorm takes."""
    elements = {"batch norm + relu": 64 * 112**2, "batch norm + add + relu": 0, "batch norm": 0}
    extent = 56
    for stage, (width, blocks) in enumerate(zip(WIDTHS, BLOCKS, strict=True)):
        for block in range(blocks):
            reduced = extent // 2 if stage > 0 and block == 0 else extent
            elements["batch norm + relu"] += width * (extent**2 + reduced**2)
            elements["batch norm + add + relu"] += EXPANSION * width * reduced**2
            if block == 0:
                elements["batch norm"] += EXPANSION * width * reduced**2
            extent = reduced
    return elements


def work(batch, size):
    """(operations, bytes) by (kind, direction) of a profile, for activations of SIZE bytes.

    Weights are read in f32, and gradients written in f32. What is restored depends on the plan and is not counted.
    """
    shapes = list(convolutions())
    weights = [c * k * taps**2 for c, k, taps, _, _ in shapes]
    products = [2 * batch * n * out**2 for n, (*_, out) in zip(weights, shapes, strict=True)]
    inputs = [batch * size * c * extent**2 for c, _, _, extent, _ in shapes]
    outputs = [batch * size * k * out**2 for _, k, _, _, out in shapes]
    weight_bytes, first = 4 * sum(weights), 0
    forward = (sum(products), sum(inputs) + sum(outputs) + weight_bytes)
    # The weight gradient reads both activations; the input gradient, which the first convolution does without, the
    # output's gradient.
    backward = (
        2 * sum(products) - products[first],
        2 * sum(outputs) - outputs[first] + 2 * sum(inputs) - inputs[first] + 2 * weight_bytes,
    )
    result = {("convolution", "forward"): forward, ("convolution", "backward"): backward}
    for kind, elements in normalised().items():
        tensor, adds = batch * size * elements, "add" in kind
        result[kind, "moments"] = (0, tensor)
        result[kind, "forward"] = (0, (3 if adds else 2) * tensor)
        # With an addition the mask comes from the output, and the masked gradient is kept for the other branch.
        result[kind, "gradient sums"] = (0, (4 if adds else 2) * tensor)
        result[kind, "backward"] = (0, 3 * tensor)
    # Every block's input goes two ways: the first one's comes from max pooling, the others' from the block before.
    branching = 64 * 56**2 + normalised()["batch norm + add + relu"] - EXPANSION * WIDTHS[-1] * 7**2
    result["sum of gradients", "backward"] = (0, 3 * batch * size * branching)
    parameters = sum(weights) + 2048 * 1000 + 1000 + 2 * sum(k for _, k, _, _, _ in shapes)
    result["optimizer update", ""] = (0, 5 * 4 * parameters)
    result["check that gradients are finite", ""] = (0, 4 * parameters)
    return result
