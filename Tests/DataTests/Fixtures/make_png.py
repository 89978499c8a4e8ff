"""Makes png/: a PNG file of every colour type and bit depth, plain and interlaced, and the pixels that Pillow has for it.

Needs Pillow and numpy; the tests need neither. Pillow cannot write most of these files, so they are written here
(W3C's PNG specification, sections 7 to 11).
"""

import io
import struct
import zlib

import numpy
from PIL import Image

WIDTH, HEIGHT = 21, 13
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def rows(samples, depth):
    """Filtered rows: each with another of the five filters."""
    packed = []
    for row in samples.reshape(samples.shape[0], -1):
        if depth == 16:
            packed.append(row.astype(">u2").tobytes())
        elif depth == 8:
            packed.append(row.astype(numpy.uint8).tobytes())
        else:
            bits = ((row[:, None] >> numpy.arange(depth - 1, -1, -1)) & 1).astype(numpy.uint8)
            packed.append(numpy.packbits(bits.reshape(-1)).tobytes())
    step = max(1, samples.shape[2] * depth // 8)
    before = bytes(len(packed[0]))
    result = b""
    for number, row in enumerate(packed):
        kind = number % 5
        line = bytearray()
        for i, value in enumerate(row):
            left = row[i - step] if i >= step else 0
            up, corner = before[i], before[i - step] if i >= step else 0
            estimate = left + up - corner
            paeth = min((left, up, corner), key=lambda v: abs(estimate - v))
            line.append((value - (0, left, up, (left + up) // 2, paeth)[kind]) & 255)
        result += bytes([kind]) + bytes(line)
        before = row
    return result


def png(samples, kind, depth, interlaced):
    """`samples`: [height, width, channels]."""
    height, width = samples.shape[:2]
    parts = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7] if interlaced else [samples]
    data = b"".join(rows(part, depth) for part in parts if part.size)
    file = b"\x89PNG\r\n\x1a\n"
    file += chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced)))
    if kind == 3:
        entries = numpy.random.default_rng(5).integers(0, 256, (2**depth, 3), numpy.uint8)
        file += chunk(b"PLTE", entries.tobytes()) + chunk(b"tRNS", bytes([0, 90]))
    elif kind == 0:
        file += chunk(b"tRNS", struct.pack(">H", 1))
    return file + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")


def make():
    for kind, depths in DEPTHS.items():
        for depth in depths:
            random = numpy.random.default_rng(10 * kind + depth)
            samples = random.integers(0, 2**depth, (HEIGHT, WIDTH, CHANNELS[kind]))
            # Smooth in its upper half, so that filters have something to do.
            samples[: HEIGHT // 2] = samples[:1, :1] // 2
            for interlaced in (False, True):
                name = f"png/{kind}-{depth}{'-interlaced' if interlaced else ''}.png"
                content = png(samples, kind, depth, interlaced)
                open(name, "wb").write(content)
                image = Image.open(io.BytesIO(content))
                if kind == 0 and depth == 16:
                    # Pillow clips 16-bit gray at 255; ours is the high byte.
                    expected = (samples >> 8).repeat(3, axis=2).astype(numpy.uint8).tobytes()
                else:
                    expected = image.convert("RGB").tobytes()
                open(f"png/{kind}-{depth}.rgb", "wb").write(expected)


if __name__ == "__main__":
    make()
