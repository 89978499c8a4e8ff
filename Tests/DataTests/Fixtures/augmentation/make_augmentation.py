"""Makes what torchvision does to Pillow images, for the tests of augmentation.

Needs torchvision and Pillow; made with torchvision 0.28.0 and Pillow 13.0.0:
    python3 make_augmentation.py
`operations.rgb` holds the pixels of every case of `operations.json`, one after the other, beginning with the image itself.
"""

import json
import sys
import types

import numpy
from PIL import Image, ImageFilter, ImageOps

# A torchvision that was built for another torch imports without its operators.
sys.modules.setdefault("torchvision._meta_registrations", types.ModuleType("torchvision._meta_registrations"))
from torchvision.transforms import InterpolationMode, functional
from torchvision.transforms import autoaugment

WIDTH, HEIGHT = 28, 22


def picture():
    """Shading, hard edges and noise, with less than the full range in two channels."""
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    red = 120 + 90 * numpy.sin(x / 5) * numpy.cos(y / 7)
    green = 20 + 200 * x / WIDTH
    blue = 255 * (1 - y / HEIGHT)
    disc = (x - 17) ** 2 + (y - 10) ** 2 < 40
    red[disc], green[disc], blue[disc] = 235, 30, 60
    bars = (x + 2 * y) % 16 < 3
    red[bars], green[bars], blue[bars] = 20, 40, 90
    pixels = numpy.stack([red, green, blue], axis=-1)
    pixels += numpy.random.default_rng(3).normal(0, 9, pixels.shape)
    pixels[3:5, 4:8] = pixels[3:5, 4:8, :1]
    return Image.fromarray(pixels.clip(0, 255).astype(numpy.uint8))


def policy_cases(image):
    """Every operation of the policies, in both directions, and at its ends."""
    magnitudes = {
        "ShearX": [0.09, -0.3, 0.99], "ShearY": [0.21, -0.09, -0.99], "TranslateX": [3.7, -8.2, 32],
        "TranslateY": [2.0, -5.9], "Rotate": [9.0, -30.0, 4.5, 45.0, -90.0, 90.0, 135.0],
        "Brightness": [0.27, -0.27, 0.99, -0.99], "Color": [0.27, -0.6, 0.99, -0.99], "Contrast": [0.27, -0.27, 0.9, -0.9],
        "Sharpness": [0.27, -0.27, 0.99, -0.99], "Posterize": [8, 7, 4, 2], "Solarize": [0.0, 178.5, 113.33, 255.0],
        "AutoContrast": [0.0], "Equalize": [0.0], "Invert": [0.0], "Identity": [0.0]}
    for name, values in magnitudes.items():
        for value in values:
            yield {"name": name, "magnitude": value}, autoaugment._apply_op(
                image, name, value, InterpolationMode.NEAREST, None)
    for name, value in [("ShearX", 0.3), ("ShearY", -0.5), ("TranslateX", 5.0), ("Rotate", 9.0), ("Rotate", -77.0)]:
        yield {"name": name, "magnitude": value, "bilinear": True, "fill": [124, 116, 104]}, autoaugment._apply_op(
            image, name, value, InterpolationMode.BILINEAR, [124, 116, 104])
    yield {"name": "Rotate", "magnitude": 20.0, "fill": [1, 2, 3]}, autoaugment._apply_op(
        image, "Rotate", 20.0, InterpolationMode.NEAREST, [1, 2, 3])


def other_cases(image):
    for turn in [0.1, -0.1, 0.5, -0.5, 0.25, -0.004, 0.003]:
        yield {"name": "hue", "magnitude": turn}, functional.adjust_hue(image, turn)
    yield {"name": "grayscale", "magnitude": 0}, functional.to_grayscale(image, 3)
    yield {"name": "solarize", "magnitude": 128}, ImageOps.solarize(image)
    for radius in [0.1, 0.5, 1.0, 1.37, 2.0, 5.0, 9.0]:
        yield {"name": "blur", "magnitude": radius}, image.filter(ImageFilter.GaussianBlur(radius))


def space(table, names):
    return {name: [float(value) for value in table[name][0].reshape(-1)] for name in names}


def tables():
    wide, rand, auto = autoaugment.TrivialAugmentWide(), autoaugment.RandAugment(), autoaugment.AutoAugment()
    names = [name for name in rand._augmentation_space(31, (224, 224))]
    result = {"wide": space(wide._augmentation_space(31), names), "names": names, "narrow": []}
    for bins, height, width in [(31, 224, 224), (31, 22, 28), (31, 288, 160), (10, 224, 224), (10, 22, 28)]:
        table = rand._augmentation_space(bins, (height, width))
        result["narrow"].append({"bins": bins, "height": height, "width": width, "magnitudes": space(table, names)})
    signed = {name for name, entry in rand._augmentation_space(31, (224, 224)).items() if entry[1]}
    result["signed"] = sorted(signed)
    result["imagenet"] = [[list(step) for step in pair] for pair in auto.policies]
    return result


def resized(image):
    """Crops resized by Pillow's bicubic filter: shrunk, enlarged, mirrored. Of less contrast, nothing overshoots 0 or 255."""
    for box, side, flip in [((3, 2, 20, 19), 9, False), ((0, 0, 28, 22), 11, True), ((5, 4, 9, 8), 24, True),
                            ((0, 0, 28, 22), 22, False), ((27, 21, 1, 1), 4, False)]:
        left, top, width, height = box
        result = image.crop((left, top, left + width, top + height)).resize((side, side), Image.BICUBIC)
        result = result.transpose(Image.FLIP_LEFT_RIGHT) if flip else result
        yield {"box": box, "side": side, "flip": flip}, result


def colors():
    """Colours on a grid, so that every branch of the turn of a hue is taken."""
    levels = numpy.array([0, 1, 50, 100, 127, 128, 200, 254, 255])
    grid = numpy.stack(numpy.meshgrid(levels, levels, levels), axis=-1).reshape(27, 27, 3)
    return Image.fromarray(grid.astype(numpy.uint8))


image = picture()
described, pixels = [], image.tobytes()
for case, result in [*policy_cases(image), *other_cases(image)]:
    described.append(case)
    pixels += result.tobytes()
open("operations.rgb", "wb").write(pixels)
json.dump({"width": WIDTH, "height": HEIGHT, "cases": described}, open("operations.json", "w"), indent=1)
described, pixels = [], b""
for case, result in [*resized(image.point(lambda value: 60 + value // 2)), *resized(image)]:
    described.append(case)
    pixels += result.tobytes()
open("bicubic.rgb", "wb").write(pixels)
json.dump(described, open("bicubic.json", "w"))
turns = [0.01, 0.2, -0.3]
open("hues.rgb", "wb").write(colors().tobytes() + b"".join(functional.adjust_hue(colors(), turn).tobytes() for turn in turns))
json.dump(turns, open("hues.json", "w"))
json.dump(tables(), open("tables.json", "w"))
