"""What the comparisons of training steps share: their options, and both sides' commands."""

import sys
import tempfile
from pathlib import Path

import harness

CONFIG = "benchmarks/resnet50.json"


def add_options(parser):
    parser.add_argument("--venv", type=Path, default=Path(tempfile.gettempdir()) / "dist-train-pytorch", metavar="DIR")
    parser.add_argument("--pairs", type=int, default=15, help="how often the sides take turns")
    parser.add_argument("--group-seconds", type=float, default=1.0, help="steps in a turn fill about this time")
    parser.add_argument("--model", default="resnet50")
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--batch", type=int, default=16, help="images of a rank in a step")
    parser.add_argument("--threads", type=int, default=1, help="of a rank")
    parser.add_argument("--precision", choices=("f32", "bf16"), default="f32")
    parser.add_argument("--output", type=Path, default=harness.REPORTS, metavar="DIR", help="where the report goes")


def ours(options, ranks=1, **settings):
    """dist-train's arguments for these options; SETTINGS are configuration fields that differ from them."""
    fields = {
        "model.name": options.model,
        "data.image_size": options.image_size,
        "batch.global": options.batch * ranks,
        "threads_per_rank": options.threads,
        "precision": options.precision,
        **settings,
    }
    words = [word for key, value in fields.items() for word in ("--set", f"{key}={value}")]
    return ["bench", CONFIG, "--groups", "--warmup", 0, *words]


def pytorch(options):
    """The command of PyTorch's side, or of one rank of it."""
    fields = ("model", "image_size", "batch", "threads", "precision")
    words = [word for field in fields for word in ("--" + field.replace("_", "-"), getattr(options, field))]
    python = harness.python_environment(options.venv)
    return [python, "-B", "benchmarks/pytorch_step.py", "--groups", "--warmup", 0, *words]


def workload(options):
    threads = f"{options.threads} thread" + ("s" if options.threads > 1 else "")
    size = f"{options.image_size} x {options.image_size}"
    return f"{options.model}, {size}, batch {options.batch}, {threads}, {options.precision}"


def require_processors(count):
    """The machine description, taken before anything runs; ends the benchmark where sides would share processors."""
    about = harness.machine()
    if about["processors"] < count:
        sys.exit(f"this needs {count} processors, a thread each; there are {about['processors']}: --threads")
    return about


def report_name(name, options, defaults):
    """NAME with what differs from the defaults, so that a small trial does not replace the figures that count."""
    fields = ("model", "image_size", "batch", "threads")
    changed = [f"{f.replace('_', '-')}-{getattr(options, f)}" for f in fields if getattr(options, f) != defaults(f)]
    return "-".join([name, *changed])
