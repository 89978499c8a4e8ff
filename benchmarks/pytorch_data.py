"""ImageNet-like JPEG files, and torchvision's training transforms over them.

pytorch_data.py make FOLDER             draws the files (seeded); a complete folder is left alone
pytorch_data.py read FOLDER             reads them in one process; the last line of stdout is one JSON object
pytorch_data.py load FOLDER WORKERS     the same through a DataLoader with so many worker processes
"""

import json
import statistics
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


def prepare():
    """Torch and the transforms."""
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
    return torch, torchvision, transform


def report(rates, files, torch, torchvision):
    # The first pass warms the page cache and starts workers.
    result = {
        "images_per_second": statistics.median(rates[1:]),
        "images": len(files),
        "bytes_per_image": round(sum(Path(path).stat().st_size for path in files) / len(files)),
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "pillow": Image.__version__,
    }
    print(json.dumps(result))


def read(folder):
    torch, torchvision, transform = prepare()
    files = sorted((folder / "train").glob("*/*.jpg"))
    content = 0
    rates = []
    for _ in range(3):
        start = time.perf_counter()
        for path in files:
            with Image.open(path) as image:
                content += transform(image.convert("RGB")).numel()
        rates.append(len(files) / (time.perf_counter() - start))
    assert content == 3 * len(files) * 3 * 224 * 224
    report(rates, files, torch, torchvision)


def load(folder, workers):
    torch, torchvision, transform = prepare()
    from torchvision.datasets import ImageFolder

    images = ImageFolder(str(folder / "train"), transform)
    loader = torch.utils.data.DataLoader(
        images, batch_size=32, shuffle=True, num_workers=workers, persistent_workers=True
    )
    rates = []
    for _ in range(4):
        start = time.perf_counter()
        count = sum(len(labels) for _, labels in loader)
        assert count == len(images)
        rates.append(count / (time.perf_counter() - start))
    report(rates, [path for path, _ in images.samples], torch, torchvision)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", folder]:
            make(Path(folder))
        case ["read", folder]:
            read(Path(folder))
        case ["load", folder, workers]:
            load(Path(folder), int(workers))
        case _:
            sys.exit(__doc__)
