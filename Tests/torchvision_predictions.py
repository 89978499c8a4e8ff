#!/usr/bin/env python3
"""Loads a trained checkpoint into torchvision and evaluates it there: the counts must be those of result.json.

usage: torchvision_predictions.py CHECKPOINT VALIDATION_FOLDER RESULT_JSON [--image-size 64] [--averaged] [--ten-crops]

Run by hand, in an environment with torch 2.13.0+cpu, torchvision and safetensors; no test needs it. The state dict must
load with strict=True. Images are decoded by Pillow, resized and cropped as dist-train's validation does (in f32, without
Pillow's rounding to whole values), so the loss agrees to about four digits and the counts exactly, but for an image that
lies on the border between two classes.
"""

import argparse
import json
import sys
import types
from pathlib import Path

import numpy
import torch

# torchvision's compiled operators (detection only) may have been built for another torch; the models need none.
sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
import torchvision
from PIL import Image
from safetensors.torch import load_file

parser = argparse.ArgumentParser()
parser.add_argument("checkpoint", type=Path)
parser.add_argument("validation", type=Path)
parser.add_argument("result", type=Path)
parser.add_argument("--model", default="resnet18")
parser.add_argument("--image-size", type=int, default=64)
parser.add_argument("--averaged", action="store_true", help="the checkpoint's averaged weights")
parser.add_argument("--ten-crops", action="store_true", help="evaluation.crops is 10")
options = parser.parse_args()

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)


def prepared(path):
    with Image.open(path) as image:
        pixels = torch.from_numpy(numpy.array(image.convert("RGB"))).permute(2, 0, 1).float() / 255
    side = round(options.image_size / 0.875)
    _, height, width = pixels.shape
    shorter = min(height, width)
    size = [height * side // shorter, width * side // shorter]
    pixels = torch.nn.functional.interpolate(pixels[None], size, mode="bilinear", antialias=True)[0]
    functional, crop = torchvision.transforms.functional, [options.image_size] * 2
    views = functional.ten_crop(pixels, crop) if options.ten_crops else [functional.center_crop(pixels, crop)]
    return (torch.stack(list(views)) - MEAN) / DEVIATION


classes = sorted(path.name for path in options.validation.iterdir() if path.is_dir())
model = torchvision.models.get_model(options.model, num_classes=len(classes))
weights = "averaged.safetensors" if options.averaged else "model.safetensors"
print(model.load_state_dict(load_file(options.checkpoint / weights), strict=True))
model.eval()

top1 = top5 = total = 0
loss = 0.0
with torch.no_grad():
    for label, name in enumerate(classes):
        images = torch.stack([prepared(path) for path in sorted((options.validation / name).iterdir())])
        logits = model(images.flatten(0, 1)).unflatten(0, images.shape[:2]).mean(1)
        ranks = (logits > logits[:, label : label + 1]).sum(1)
        top1 += int((ranks < 1).sum())
        top5 += int((ranks < 5).sum())
        total += len(images)
        target = torch.full((len(images),), label)
        loss += float(torch.nn.functional.cross_entropy(logits, target, reduction="sum"))

theirs = {"top1_correct": top1, "top5_correct": top5, "total": total, "validation_loss": loss / total}
ours = json.loads(options.result.read_text())
if options.averaged and "averaged" in ours:
    ours |= ours["averaged"]
print("torchvision:", theirs)
print("dist-train: ", {key: ours[key] for key in theirs})
close = abs(theirs["validation_loss"] - ours["validation_loss"]) < 1e-3 * ours["validation_loss"]
sys.exit(0 if close and all(abs(theirs[key] - ours[key]) <= 1 for key in ("top1_correct", "top5_correct", "total")) else 1)
