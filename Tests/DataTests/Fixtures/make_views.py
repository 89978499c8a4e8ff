"""Makes views.rgb: the ten views of photo.jpg that torchvision's Resize(25) and TenCrop(20) give on a PIL image.

Needs torch, torchvision and Pillow; made with torch 2.13, torchvision 0.28 and Pillow 13. The resized image is 25 by 29
pixels, so that a centre lies between two pixels in both directions.
"""

import pathlib
import sys
import types

# A torchvision that was built for another torch imports without its operators.
sys.modules.setdefault("torchvision._meta_registrations", types.ModuleType("torchvision._meta_registrations"))

from PIL import Image
from torchvision.transforms import functional

photo = Image.open("photo.jpg").convert("RGB")
views = functional.ten_crop(functional.resize(photo, 25), 20)
pathlib.Path("views.rgb").write_bytes(b"".join(view.tobytes() for view in views))
