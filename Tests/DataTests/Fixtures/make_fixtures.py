"""Makes the JPEG files of this folder and the pixels that Pillow reads and resizes from them.

Needs Pillow, numpy, libturbojpeg (for YCCK) and, for the unusual subsampling, cjpeg of libjpeg-turbo:
    python3 make_fixtures.py [path to cjpeg]
The tests need none of these: everything made here is committed.
"""

import ctypes
import io
import json
import subprocess
import sys

import numpy
from PIL import Image

WIDTH, HEIGHT = 52, 39


def picture():
    """Smooth shading, hard edges and noise: what makes resampling and upsampling differ."""
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    red = 128 + 100 * numpy.sin(x / 5) * numpy.cos(y / 9)
    green = 255 * x / WIDTH
    blue = 255 * (1 - y / HEIGHT)
    disc = (x - 30) ** 2 + (y - 18) ** 2 < 120
    red[disc], green[disc], blue[disc] = 240, 30, 60
    bars = (x + 2 * y) % 16 < 3
    red[bars], green[bars], blue[bars] = 20, 40, 90
    pixels = numpy.stack([red, green, blue], axis=-1)
    pixels += numpy.random.default_rng(1).normal(0, 6, pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(numpy.uint8))


def save(image, name, **options):
    image.save(name, quality=88, **options)
    expected = Image.open(name).convert("RGB")
    open(name + ".rgb", "wb").write(expected.tobytes())


def printed(image):
    """The picture in four inks, black among them; Pillow's own conversion uses no black."""
    inks = 255.0 - numpy.asarray(image)
    black = 0.8 * inks.min(axis=-1, keepdims=True)
    colours = 255 * (inks - black) / (255 - black)
    return Image.fromarray(numpy.concatenate([colours, black], axis=-1).round().astype(numpy.uint8), "CMYK")


def ycck(image):
    """Adobe's four-channel form with luminance and chroma, which Pillow reads and does not write."""
    inverted = numpy.ascontiguousarray(255 - numpy.asarray(image))
    turbo = ctypes.CDLL("libturbojpeg.so.0")
    turbo.tjInitCompress.restype = ctypes.c_void_p
    buffer, size = ctypes.POINTER(ctypes.c_ubyte)(), ctypes.c_ulong()
    code = turbo.tjCompress2(
        ctypes.c_void_p(turbo.tjInitCompress()), inverted.ctypes.data_as(ctypes.c_void_p), WIDTH, 0, HEIGHT, 11,
        ctypes.byref(buffer), ctypes.byref(size), 2, 88, 0)
    assert code == 0
    return bytes(buffer[: size.value])


def resized(image, case):
    """What Pillow makes of one crop, resize and flip, in the way of torchvision's transforms."""
    left, top, width, height = case["box"]
    result = image.crop((left, top, left + width, top + height))
    result = result.resize(tuple(case["resized"]), Image.BILINEAR, reducing_gap=None)
    x, y, size = case["output"]
    result = result.crop((x, y, x + size, y + size))
    return result.transpose(Image.FLIP_LEFT_RIGHT) if case["flip"] else result


def evaluation_case(size, side):
    """torchvision's Resize(side) and CenterCrop(size)."""
    width, height = (int(side * WIDTH / HEIGHT), side) if WIDTH > HEIGHT else (side, int(side * HEIGHT / WIDTH))
    x, y = int(round((width - size) / 2.0)), int(round((height - size) / 2.0))
    return {"box": [0, 0, WIDTH, HEIGHT], "resized": [width, height], "output": [x, y, size], "flip": False}


image = picture()
save(image, "rgb.jpg")
save(image, "rgb444.jpg", subsampling=0)
save(image.convert("L"), "gray.jpg")
save(printed(image), "cmyk.jpg")
save(image, "progressive.jpg", progressive=True)
open("ycck.jpg", "wb").write(ycck(printed(image)))
open("ycck.jpg.rgb", "wb").write(Image.open("ycck.jpg").convert("RGB").tobytes())
if len(sys.argv) > 1:
    ppm = io.BytesIO()
    image.save(ppm, "ppm")
    data = subprocess.run(
        [sys.argv[1], "-sample", "3x1,1x1,1x1"], input=ppm.getvalue(), capture_output=True, check=True).stdout
    open("subsampling-3x1.jpg", "wb").write(data)
    open("subsampling-3x1.jpg.rgb", "wb").write(Image.open("subsampling-3x1.jpg").convert("RGB").tobytes())
whole = open("rgb.jpg", "rb").read()
open("truncated.jpg", "wb").write(whole[: len(whole) * 6 // 10])
open("text.jpg", "w").write("This is no image.\n")
image.crop((0, 0, 8, 8)).save("png.jpg", "png")

cases = [
    {"box": [3, 2, 40, 30], "resized": [16, 16], "output": [0, 0, 16], "flip": False},
    {"box": [3, 2, 40, 30], "resized": [16, 16], "output": [0, 0, 16], "flip": True},
    {"box": [10, 7, 9, 11], "resized": [24, 24], "output": [0, 0, 24], "flip": True},
    {"box": [0, 0, WIDTH, HEIGHT], "resized": [5, 5], "output": [0, 0, 5], "flip": False},
    {"box": [51, 38, 1, 1], "resized": [3, 3], "output": [0, 0, 3], "flip": False},
    evaluation_case(16, 18),
    evaluation_case(28, 32),
    evaluation_case(45, 51),
]
decoded = Image.open("rgb.jpg").convert("RGB")
for number, case in enumerate(cases):
    case["pixels"] = f"resized-{number}.rgb"
    open(case["pixels"], "wb").write(resized(decoded, case).tobytes())
json.dump(cases, open("resized.json", "w"), indent=1)
