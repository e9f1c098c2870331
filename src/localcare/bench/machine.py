"""What a benchmark ran on: numbers without this mean little."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

__all__ = ["describe_machine"]


def describe_machine() -> dict[str, str]:
    """Processor, system, load and the versions of what took part."""
    found = {
        "processor": _processor(),
        "processors": str(os.cpu_count() or 1),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
    }
    if hasattr(os, "getloadavg"):
        found["load, 1 minute"] = f"{os.getloadavg()[0]:.1f}"
    for package in ("localcare", "llvmlite", "numpy", "pysd", "pysimlin"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    gcc = shutil.which("gcc")
    if gcc is not None:
        command = [gcc, "-dumpfullversion"]
        told = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        found["gcc"] = told.stdout.strip()
    return found


def _processor() -> str:
    """The processor's name, as the system tells it."""
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown"
