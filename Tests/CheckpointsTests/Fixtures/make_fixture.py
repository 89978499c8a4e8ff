"""Writes python.safetensors with the Python package `safetensors` (0.8), for the test that reads it.

Run once with safetensors and torch installed: python make_fixture.py
To read a file of ours instead: python make_fixture.py FILE
"""
import sys
import safetensors
import torch
from safetensors.torch import load_file, save_file

if len(sys.argv) > 1:
    with safetensors.safe_open(sys.argv[1], "pt") as file:
        print(file.metadata())
    for name, value in load_file(sys.argv[1]).items():
        print(repr(name), value.dtype, list(value.shape), value.flatten()[:4].tolist())
else:
    tensors = dict(
        f32=torch.arange(6, dtype=torch.float32).reshape(2, 3) * 1.5,
        f64=torch.tensor([0.1, -1e300], dtype=torch.float64),
        i64=torch.tensor(-1234567890123),
        u8=torch.tensor([0, 1, 2, 254, 255], dtype=torch.uint8),
        bf16=torch.tensor([1, -2, 0.25], dtype=torch.bfloat16),
        empty=torch.zeros(0, 4),
    )
    save_file(tensors, "python.safetensors", metadata={"format": "pt", "écrit": 'par "Python"'})
