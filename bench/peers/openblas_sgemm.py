"""Times float32 matrix products with numpy (OpenBLAS). Arguments: threads, then shapes ROWSxDEPTHxCOLUMNS, each with a form after a colon
(ab, tab: the first factor is stored transposed, abt: the second). Prints one JSON object: seconds by argument, the fastest of the rounds."""
import json
import os
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = sys.argv[1]
import numpy  # noqa: E402  (reads the number of threads when it is loaded)

seconds = {}
for argument in sys.argv[2:]:
    size, form = argument.split(":")
    rows, depth, columns = map(int, size.split("x"))
    random = numpy.random.default_rng(1)
    a = random.random((depth, rows) if form == "tab" else (rows, depth), dtype=numpy.float32)
    b = random.random((columns, depth) if form == "abt" else (depth, columns), dtype=numpy.float32)
    left, right = (a.T if form == "tab" else a), (b.T if form == "abt" else b)
    out = numpy.empty((rows, columns), dtype=numpy.float32)
    numpy.matmul(left, right, out=out)
    best = float("inf")
    for _ in range(7):
        began = time.perf_counter()
        numpy.matmul(left, right, out=out)
        best = min(best, time.perf_counter() - began)
    seconds[argument] = best
print(json.dumps(seconds))
