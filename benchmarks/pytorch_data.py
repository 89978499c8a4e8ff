"""ImageNet-like JPEG files, and torchvision's training transforms over them in one process without workers.

pytorch_data.py make FOLDER     draws the files (seeded); a complete folder is left alone
pytorch_data.py read FOLDER     reads them; the last line of stdout is one JSON object
"""

import json
import sys
import time
import types
from pathlib import Path

import numpy as np
from PIL import Image

IMAGES, CLASSES = 512, 4
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def draw(random):
    """A picture of about ImageNet's size and, with its smooth parts, edges and noise, about its bytes a pixel."""
    width, height = ((500, 375), (375, 500), (500, 333), (640, 480))[random.integers(4)]
    coarse = Image.fromarray(random.integers(0, 256, (random.integers(4, 40), random.integers(4, 40), 3), np.uint8))
    smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.float32)
    noise = random.normal(0, random.uniform(2, 14), (height, width, 1))
    return Image.fromarray(np.clip(smooth + noise, 0, 255).astype(np.uint8))


def make(folder):
    done = folder / "complete"
    if done.exists():
        return
    random = np.random.default_rng(1)
    for index in range(IMAGES):
        for part in ("train", "val") if index < CLASSES else ("train",):
            path = folder / part / f"class{index % CLASSES}" / f"{index:04}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            draw(random).save(path, quality=int(random.integers(80, 96)))
    done.touch()


def read(folder):
    sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
    import torch
    import torchvision
    from torchvision import transforms

    torch.set_num_threads(1)
    torch.manual_seed(1)
    transform = transforms.Compose(
        [
            transforms.RandomResizedCrop(224),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize(MEAN, DEVIATION),
        ]
    )
    files = sorted((folder / "train").glob("*/*.jpg"))
    content = 0
    rates = []
    for _ in range(3):  # the first pass warms the page cache; the middle one of three is reported
        start = time.perf_counter()
        for path in files:
            with Image.open(path) as image:
                content += transform(image.convert("RGB")).numel()
        rates.append(len(files) / (time.perf_counter() - start))
    assert content == 3 * len(files) * 3 * 224 * 224
    result = {
        "images_per_second": sorted(rates)[1],
        "images": len(files),
        "bytes_per_image": round(sum(path.stat().st_size for path in files) / len(files)),
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "pillow": Image.__version__,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("make", "read"):
        sys.exit(__doc__)
    {"make": make, "read": read}[sys.argv[1]](Path(sys.argv[2]))
