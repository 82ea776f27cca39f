"""Takes TensorFlow's libraries and C headers (and the GPU's libraries) out of Python wheels.

usage: extractLibraries.py FOLDER_OF_WHEELS DEPS    writes DEPS/lib and DEPS/include
"""

import pathlib
import shutil
import sys
import zipfile

wheels, deps = map(pathlib.Path, sys.argv[1:])
HEADERS = ("tensorflow/c/", "tensorflow/core/platform/", "tensorflow/tsl/platform/", "tsl/", "xla/tsl/")


def target(name: str) -> pathlib.Path | None:
    """Where a wheel's member goes; None: it is not needed."""
    parts = pathlib.PurePosixPath(name)
    if parts.name in ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2"):
        return deps / "lib" / parts.name
    if name.startswith("nvidia/") and ".so" in parts.name:
        return deps / "lib" / parts.name
    header = name.removeprefix("tensorflow/include/")
    if header != name and header.startswith(HEADERS) and name.endswith(".h"):
        return deps / "include" / header
    return None


for wheel in wheels.glob("*.whl"):
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            out = target(name)
            if out is None:
                continue
            out.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as source, out.open("wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 22)

# Names under which the linker looks for them.
for library in ("tensorflow_cc", "tensorflow_framework"):
    link = deps / "lib" / f"lib{library}.so"
    link.unlink(missing_ok=True)
    link.symlink_to(f"lib{library}.so.2")
