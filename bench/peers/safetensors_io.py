"""Saves and loads the same amount of data with Python's safetensors. Arguments: folder, bytes. Each line "save" or "load" on stdin
is answered with the seconds that it took; a save counts until it is flushed to the disk."""
import os
import sys
import time

import numpy
from safetensors.numpy import load_file, save_file

folder, size = sys.argv[1], int(sys.argv[2])
tensors = {f"t{i}": numpy.random.default_rng(i).random(size // 16, dtype=numpy.float32) for i in range(4)}
saves = 0
print("ready", flush=True)
for line in sys.stdin:
    saves += line.strip() == "save"
    file = os.path.join(folder, f"{saves % 2}.safetensors")
    began = time.perf_counter()
    if line.strip() == "save":
        save_file(tensors, file)
        descriptor = os.open(file, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    else:
        loaded = load_file(file)
        assert len(loaded) == 4
    print(time.perf_counter() - began, flush=True)
