"""Makes photo.jpg, a small photograph, and photo-*.rgb: what torchvision's transforms on PIL images make of it.

Needs torch, torchvision, Pillow, and matplotlib for the photograph (of Grace Hopper, by the United States Navy, in the
public domain); made with torch 2.13, torchvision 0.28 and Pillow 13. The tests need none of these.
"""

import json
import pathlib
import sys
import types

# A torchvision that was built for another torch imports without its operators.
sys.modules.setdefault("torchvision._meta_registrations", types.ModuleType("torchvision._meta_registrations"))

import matplotlib
from PIL import Image
from torchvision.transforms import functional

source = pathlib.Path(matplotlib.get_data_path(), "sample_data", "grace_hopper.jpg")
Image.open(source).convert("RGB").resize((226, 265), Image.LANCZOS).save("photo.jpg", quality=92)
photo = Image.open("photo.jpg").convert("RGB")
cases = []


def keep(image, **case):
    case["pixels"] = f"photo-{len(cases)}.rgb"
    pathlib.Path(case["pixels"]).write_bytes(image.tobytes())
    cases.append(case)


# Evaluation: Resize(side), CenterCrop(size).
for side, size in ((64, 56), (48, 48), (280, 60), (97, 71)):
    keep(functional.center_crop(functional.resize(photo, side), size), side=side, size=size)
# Training: RandomResizedCrop's crop of (top, left, height, width), resized to (size, size), then perhaps flipped.
for (top, left, height, width), size, flip in (
    ((0, 0, 265, 226), 64, False),
    ((31, 40, 150, 140), 64, True),
    ((120, 77, 60, 75), 64, False),
    ((17, 101, 41, 33), 57, True),
    ((200, 3, 65, 87), 33, False),
):
    image = functional.resized_crop(photo, top, left, height, width, [size, size])
    image = functional.hflip(image) if flip else image
    keep(image, crop=[left, top, width, height], size=size, flip=flip)
json.dump(cases, open("photo.json", "w"), indent=1)
