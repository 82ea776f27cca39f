"""Prints what TensorBoard's own reader finds in a folder, as JSON."""
import io
import json
import math
import sys

from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

everything = {"scalars": 0, "images": 0, "tensors": 0, "histograms": 0, "compressedHistograms": 0}
events = EventAccumulator(sys.argv[1], size_guidance=everything)
events.Reload()
tags = events.Tags()


def number(value):
    return value if math.isfinite(value) else str(value)


def pixels(encoded):
    return [channel for pixel in Image.open(io.BytesIO(encoded)).convert("RGB").getdata() for channel in pixel]


def histogram(value):
    return {name: getattr(value, name) for name in ("min", "max", "num", "sum", "sum_squares", "bucket_limit", "bucket")}


def is_text(tag):
    return events.SummaryMetadata(tag).plugin_data.plugin_name == "text"


def text(tag):
    return [(e.step, e.tensor_proto.string_val[0].decode()) for e in events.Tensors(tag)]


json.dump(
    {
        "scalars": {t: [(e.step, e.wall_time, number(e.value)) for e in events.Scalars(t)] for t in sorted(tags["scalars"])},
        "images": {
            t: [(e.step, e.width, e.height, pixels(e.encoded_image_string)) for e in events.Images(t)] for t in tags["images"]
        },
        "texts": {t: text(t) for t in tags["tensors"] if is_text(t)},
        "histograms": {t: [(e.step, histogram(e.histogram_value)) for e in events.Histograms(t)] for t in tags["histograms"]},
    },
    sys.stdout,
)
