"""Makes fuzz/: the small files that launch/fuzz starts from. Needs Pillow and numpy; nothing else does."""

import gzip
import io
import pathlib
import struct
import tarfile

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


def tar(members, format, **global_records):
    """An archive of (name, data, changes of its TarInfo), ended by two blocks of zeros and no more."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format, pax_headers=global_records) as archive:
        for name, data, changes in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            for key, value in changes.items():
                setattr(member, key, value)
            archive.addfile(member, io.BytesIO(data))
        end = archive.offset
    return buffer.getvalue()[:end] + bytes(1024)


def sample(key, length, **files):
    image = (key + ".jpg", bytes((length * i + 3) % 256 for i in range(length)), {})
    return [image] + [(f"{key}.{ending}", data, {}) for ending, data in files.items()]


two = sample("a/one", 7, cls=b"3") + sample("a/two", 600, json=b'{"label": 12, "text": ["x", {}]}', txt=b"word")
long = sample("folder/" * 20 + "name", 9, cls=b" 4\n")
unlike = [("b/" + "x" * 99 + ".png", b"image", {"pax_headers": {"mtime": "1.5"}}), *sample("b/y", 5, cls=b"5")[:1]]
kinds = [("folder/", b"", {"type": tarfile.DIRTYPE}), ("link.txt", b"", {"type": tarfile.SYMTYPE, "linkname": "one"})]
hard = [("hard.txt", b"", {"type": tarfile.LNKTYPE, "linkname": "one"}), ("fifo", b"", {"type": tarfile.FIFOTYPE})]
holes = [("c/holes.jpg", b"rest", {"pax_headers": {"GNU.sparse.major": "1", "GNU.sparse.name": "c/x.jpg"}})]
write("tar", "ustar.tar", tar(two, tarfile.USTAR_FORMAT))
write("tar", "ustar-prefix.tar", tar(long, tarfile.USTAR_FORMAT))
write("tar", "gnu-long.tar", tar(long, tarfile.GNU_FORMAT))
write("tar", "gnu-sparse.tar", tar(two + [("s.jpg", b"rest", {"type": tarfile.GNUTYPE_SPARSE})], tarfile.GNU_FORMAT))
write("tar", "gnu-number.tar", tar([("z.jpg", b"1", {"uid": 1 << 40}), ("z.cls", b"1", {})], tarfile.GNU_FORMAT))
write("tar", "pax-path.tar", tar(long + unlike + [("b/y.cls", b"6", {})], tarfile.PAX_FORMAT))
size = {"pax_headers": {"size": "3", "path": "d/other.jpg"}}
write("tar", "pax-size.tar", tar([("d/z.jpg", b"123", size), ("d/other.cls", b"2", {})], tarfile.PAX_FORMAT))
write("tar", "pax-global.tar", tar(two, tarfile.PAX_FORMAT, comment="of all members"))
write("tar", "pax-sparse.tar", tar(two + holes, tarfile.PAX_FORMAT))
write("tar", "kinds.tar", tar(kinds + two + hard, tarfile.GNU_FORMAT))
write("tar", "lost-image.tar", tar([("e.webp", b"RIFF", {}), ("e.cls", b"1", {})], tarfile.USTAR_FORMAT))


def pair(first, second, flags=0):
    """The input of two files that Tests/Fuzzing/FuzzedFile.swift takes apart."""
    return struct.pack("<BH", flags, len(first)) + first + second


def idx(*dimensions, values, type=8):
    header = struct.pack(f">BBBB{len(dimensions)}I", 0, 0, type, len(dimensions), *dimensions)
    return header + bytes(values)


images = idx(3, 2, 4, values=range(100, 124))
labels = idx(3, values=[2, 0, 9])
for flags in range(4):
    write("idx", f"pair-{flags}", pair(images, labels, flags))
write("idx", "one-image", pair(idx(1, 5, 1, values=range(5)), idx(1, values=[255])))
write("idx", "two-dimensions", pair(idx(2, 3, values=range(6)), idx(2, values=[1, 0])))
write("idx", "other-type", pair(idx(1, 1, 4, values=range(4), type=13), idx(1, values=[1])))
write("idx", "zipped", pair(gzip.compress(images, mtime=0), gzip.compress(labels, mtime=0)))
many = idx(4096, 8, 8, values=bytes(1 << 18)), idx(4096, values=bytes(1 << 12))
write("idx", "zipped-many", pair(*(gzip.compress(file, mtime=0) for file in many)))

names = "\n".join(["plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]).encode()
write("cifar", "ten", pair(b"", bytes([3, 77, 9, 200, 0, 1]), 2))
write("cifar", "ten-names", pair(names, bytes([3, 77])))
write("cifar", "ten-many", pair(b"", bytes(i % 10 for i in range(40)), 2))
write("cifar", "ten-wrong-label", pair(b"", bytes([3, 77, 10, 200]), 2))
write("cifar", "ten-cut-off", pair(b"", bytes([3, 77, 9]), 2))
write("cifar", "hundred", pair(b"", bytes([19, 99, 77, 4, 42, 200]), 3))
write("cifar", "hundred-names", pair(b"one\ntwo", bytes([19, 99, 77]), 1))
