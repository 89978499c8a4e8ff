"""What the benchmarks share: a Python environment of their own, commands that end in a line of JSON, and reports."""

import datetime
import json
import os
import platform
import re
import shlex
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "benchmarks" / "reports"
# Named as in /proc/cpuinfo.
INSTRUCTION_SETS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
# Variables of the environment that change how fast a side is.
SETTINGS = ("ATEN_", "DNNL_", "GLIBC_TUNABLES", "GOMP_", "LD_PRELOAD", "MALLOC_", "OMP_", "ONEDNN_", "TORCH_")
# torchvision's own dependencies would replace the torch that pip's configuration chose; hence --no-deps.
PACKAGES = (["torch==2.13.0", "numpy", "pillow"], ["--no-deps", "torchvision==0.28.0"])


def python_environment(folder):
    """The python of a virtual environment in FOLDER with PyTorch, made on first use."""
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        print(f"making a Python environment with PyTorch in {folder}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        for packages in PACKAGES:
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
        (folder / "complete").touch()
    return python


def require_package(python, name):
    """Installs the package NAME into the environment of PYTHON, unless it is there. Raises CalledProcessError."""
    if subprocess.run([str(python), "-c", f"import {name}"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", name], check=True)


def on_cores(first, count, command):
    """COMMAND on COUNT processors only, so that neither side borrows another one."""
    return ["taskset", "--cpu-list", f"{first}-{first + count - 1}", *map(str, command)]


def run(command):
    """Runs COMMAND, whose last line on stdout is one JSON object; prints the command and returns the object."""
    command = [str(word) for word in command]
    print("$ " + shlex.join(command), flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    if done.returncode != 0:
        sys.exit(f"exit status {done.returncode} from: {shlex.join(command)}\n{done.stdout}")
    lines = done.stdout.strip().splitlines()
    try:
        return json.loads(lines[-1])
    except (IndexError, json.JSONDecodeError):
        sys.exit(f"expected a JSON object on the last line of stdout, got {lines[-1:]} from: {shlex.join(command)}")


def program():
    path = ROOT / ".build" / "release" / "dist-train"
    if not path.exists():
        sys.exit(f"{path} is missing; build it: swift build -c release --product dist-train")
    return path


def alternate(pairs, ours, theirs):
    """Runs both sides in turn, swapping who goes first, so that drift of the machine falls on both."""
    results = []
    for index in range(pairs):
        pair = {}
        for side in ("ours", "theirs") if index % 2 == 0 else ("theirs", "ours"):
            pair[side] = (ours if side == "ours" else theirs)()
            print(f"pair {index + 1} of {pairs}, {side}: {json.dumps(pair[side])}", flush=True)
        results.append(pair)
    return results


def spread(values):
    lower, median, upper = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else 3 * values
    return {
        "median": median,
        "minimum": min(values),
        "lower_quartile": lower,
        "upper_quartile": upper,
        "maximum": max(values),
        "count": len(values),
    }


def show(value, digits=3):
    """A spread as text: median (minimum to maximum)."""
    return "{median:.{d}g} ({minimum:.{d}g} to {maximum:.{d}g})".format(**value, d=digits)


def git(*arguments):
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def processor():
    """The model, and which of INSTRUCTION_SETS it has."""
    text = Path("/proc/cpuinfo").read_text()
    fields = {name: re.search(rf"^{name}\s*:(.*)$", text, re.MULTILINE) for name in ("model name", "flags")}
    model, flags = (found.group(1).strip() if found else "" for found in fields.values())
    return model, {name: name in flags.split() for name in INSTRUCTION_SETS}


def last_level_cache_bytes():
    """Of the first processor, as the kernel tells; None where it does not."""
    files = Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size")
    return max((int(file.read_text().strip().removesuffix("K")) << 10 for file in files), default=None)


def machine():
    """Where and with what this was measured."""
    model, instruction_sets = processor()
    memory = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    versions = {}
    for name, command in {
        "swift": ["swift", "--version"],
        "open_mpi": ["mpirun", "--version"],
        "onednn": ["pkg-config", "--modversion", "dnnl"],
    }.items():
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            number = re.search(r"\d+(\.\d+)+", done.stdout)
            versions[name] = number.group() if number else "unknown"
        except FileNotFoundError:
            versions[name] = "absent"
    changed = git("status", "--porcelain", "--", ".", ":!benchmarks/reports")
    return {
        "processor": model,
        "instruction_sets": instruction_sets,
        "processors": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(memory.split()[1]) / 2**20, 1),
        "system": f"{platform.system()} {platform.release()}",
        "load_before": round(os.getloadavg()[0], 2),
        "environment": {k: v for k, v in sorted(os.environ.items()) if k.startswith(SETTINGS)},
        "versions": versions,
        "commit": git("rev-parse", "--short", "HEAD") + ("+changes" if changed else ""),
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
    }


def machine_lines(about, extra_versions=()):
    versions = {**about["versions"], **dict(extra_versions)}
    has = [name for name, present in about["instruction_sets"].items() if present]
    lacks = [name for name, present in about["instruction_sets"].items() if not present]
    settings = [f"{name}={value}" for name, value in about["environment"].items()]
    return [
        f"Machine: {about['processors']} processors ({about['processor']}), {about['memory_gib']} GiB,"
        f" {about['system']}, load {about['load_before']} at the start.",
        f"Instruction sets: {', '.join(has)}; absent: {', '.join(lacks) or 'none'}.",
        *([f"Environment: {' '.join(settings)}."] if settings else []),
        "Versions: " + ", ".join(f"{name} {text}" for name, text in versions.items()) + ".",
        f"Commit {about['commit']}, {about['date']}.",
    ]


def write_report(name, data, lines, folder=REPORTS):
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(data, indent=2) + "\n")
    (folder / f"{name}.md").write_text("\n".join(lines) + "\n")
    print(f"\nwrote {folder / name}.json and .md\n")
    print("\n".join(lines))


def this_command():
    return shlex.join(["benchmarks/" + Path(sys.argv[0]).name, *sys.argv[1:]])
