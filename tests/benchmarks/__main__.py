"""`python -m tests.benchmarks [NAME ...]`: run the benchmarks, each in a process of its own.

A benchmark is a module beside this one with a function `run(report)`, which hands over lines of text. Its peak
memory is its own. Nothing here fails because something was slow.
"""

import importlib
import pkgutil
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import torch

_FOLDER = Path(__file__).parent
_PACKAGES = ("torch", "openvino", "numpy", "opencv-python-headless", "timm", "grad-cam", "captum", "gradio")


def report(line: str) -> None:
    print(line, flush=True)


def names() -> list[str]:
    """Modules of this folder that are benchmarks."""
    found = [module.name for module in pkgutil.iter_modules([str(_FOLDER)]) if module.name != "__main__"]
    return [name for name in found if "def run(" in (_FOLDER / f"{name}.py").read_text()]


def configuration() -> str:
    cpu = next((line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")), platform.machine())
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return f"{cpu}, PyTorch on {torch.get_num_threads()} threads; Python {platform.python_version()}, {packages}"


def _cpuinfo() -> list[str]:
    place = Path("/proc/cpuinfo")
    return place.read_text().splitlines() if place.is_file() else []


def main(wanted: list[str]) -> int:
    known = names()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        sys.exit(f"Unknown benchmark {unknown[0]!r}: expected some of {', '.join(known)}.")
    if len(wanted) == 1:
        importlib.import_module(f"tests.benchmarks.{wanted[0]}").run(report)
        return 0
    report(configuration())
    broken = []
    for name in wanted or known:
        report(f"\n--- {name}")
        if subprocess.run([sys.executable, "-m", "tests.benchmarks", name], check=False).returncode:
            broken.append(name)
    if broken:
        report(f"\nNot finished: {', '.join(broken)}")
    return len(broken) > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
