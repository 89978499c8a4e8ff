"""A torchvision network and its training step on synthetic data in PyTorch eager mode, channels_last."""

import contextlib
import re
import sys
import types

import torch

# torchvision's compiled operators (detection only) may have been built for another torch; the models need none.
sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
import torchvision

CLASSES = 1000


class Training:
    """As a user would write it: SGD with momentum, gradients set to None, autocast for bf16.

    `wrap` makes the model one of many ranks.
    """

    def __init__(self, name, image_size, batch, precision, seed=1, wrap=lambda model: model):
        torch.manual_seed(1)
        model = getattr(torchvision.models, name)(num_classes=CLASSES).to(memory_format=torch.channels_last).train()
        self.model = wrap(model)
        # A rate this small keeps random labels from driving the weights apart, and costs as much as any other.
        self.optimizer = torch.optim.SGD(model.parameters(), lr=1e-6, momentum=0.9, weight_decay=1e-4)
        self.criterion = torch.nn.CrossEntropyLoss()
        self.autocast = precision == "bf16"
        torch.manual_seed(seed)
        self.images = torch.randn(batch, 3, image_size, image_size).to(memory_format=torch.channels_last)
        self.labels = torch.randint(CLASSES, (batch,))

    def step(self):
        """Returns the loss."""
        with torch.autocast("cpu", dtype=torch.bfloat16) if self.autocast else contextlib.nullcontext():
            loss = self.criterion(self.model(self.images), self.labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()


def versions():
    onednn = re.search(r"MKL-DNN v([\d.]+)|oneDNN v([\d.]+)", torch.__config__.show())
    return {
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "onednn_in_torch": next(filter(None, onednn.groups())) if onednn else "unknown",
    }
