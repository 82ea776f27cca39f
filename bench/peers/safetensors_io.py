"""Saves and loads the same amount of data with Python's safetensors; prints seconds as JSON. Arguments: folder, bytes, rounds."""
import json
import os
import sys
import time

import numpy
from safetensors.numpy import load_file, save_file

folder, size, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
tensors = {f"t{i}": numpy.random.default_rng(i).random(size // 16, dtype=numpy.float32) for i in range(4)}
saves, loads = [], []
for number in range(rounds):
    file = os.path.join(folder, f"{number % 2}.safetensors")
    began = time.perf_counter()
    save_file(tensors, file)
    descriptor = os.open(file, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    saves.append(time.perf_counter() - began)
    began = time.perf_counter()
    loaded = load_file(file)
    checksum = sum(float(tensor[-1]) for tensor in loaded.values())
    loads.append(time.perf_counter() - began)
json.dump({"save": saves, "load": loads, "checksum": checksum}, sys.stdout)
