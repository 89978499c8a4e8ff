"""Makes fuzz/: the small files that launch/fuzz starts from. Needs Pillow and numpy; nothing else does."""

import io
import pathlib

import numpy
from PIL import Image

from make_png import CHANNELS, DEPTHS, png

random = numpy.random.default_rng(7)
pixels = random.integers(0, 256, (5, 6, 3), numpy.uint8)
image = Image.fromarray(pixels).resize((27, 22), Image.BICUBIC)


def write(target, name, content):
    folder = pathlib.Path("fuzz") / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def jpeg(picture, **options):
    buffer = io.BytesIO()
    picture.save(buffer, "jpeg", quality=60, **options)
    return buffer.getvalue()


for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
    write("jpeg", f"{name}.jpg", jpeg(image, subsampling=subsampling))
    write("jpeg", f"{name}-progressive.jpg", jpeg(image, subsampling=subsampling, progressive=True))
write("jpeg", "gray.jpg", jpeg(image.convert("L")))
write("jpeg", "cmyk.jpg", jpeg(image.convert("CMYK")))
write("jpeg", "restarts.jpg", jpeg(image, restart_marker_blocks=2))
write("jpeg", "optimized.jpg", jpeg(image, optimize=True))

for kind, depths in DEPTHS.items():
    for depth in (depths[0], depths[-1]):
        for interlaced in (False, True):
            samples = random.integers(0, 2**depth, (9, 10, CHANNELS[kind]))
            write("png", f"{kind}-{depth}-{interlaced:d}.png", png(samples, kind, depth, interlaced))

tiny = Image.new("RGB", (1, 1))
for value in (1, 6):
    exif = tiny.getexif()
    exif[0x0112] = value
    exif[0x010F] = "maker"
    write("jpeg", f"exif-{value}.jpg", jpeg(image, exif=exif))
    # The parser alone reads no pixels.
    write("exif", f"{value}.jpg", jpeg(tiny, exif=exif)[:120])
