"""Does a task of nerfstream with the package pycolmap, 4.0 or newer: python pycolmapBridge.py TASK

TASK is a ColmapTask (colmapTask.ts) as JSON. What COLMAP says of its progress goes to stderr, as that of the command `colmap` does.
"""

import json
import sys
from pathlib import Path

import numpy
import pycolmap

# Enough of the features to make a vocabulary of.
VOCABULARY_FEATURES = 100_000
# Numbers that tell features of one word apart, as in COLMAP's own vocabularies.
EMBEDDING = 64


def features(task):
    for group in task["groups"]:
        options = pycolmap.ImageReaderOptions()
        options.camera_model = group["cameraModel"]
        if "parameters" in group:
            options.camera_params = ",".join(map(repr, group["parameters"]))
        if isinstance(group["camera"], int):
            options.existing_camera_id = group["camera"]
        each = group["camera"] == "each"
        pycolmap.extract_features(
            task["database"],
            task["images"],
            image_names=Path(group["list"]).read_text(encoding="utf-8").splitlines(),
            camera_mode=pycolmap.CameraMode.PER_IMAGE if each else pycolmap.CameraMode.SINGLE,
            reader_options=options,
        )


def match(task):
    if task["how"] == "exhaustive":
        pairs = pycolmap.ExhaustivePairingOptions()
        pairs.block_size = task["blockSize"]
        pycolmap.match_exhaustive(task["database"], pairing_options=pairs)
    elif task["how"] == "sequential":
        pycolmap.match_sequential(task["database"])
    else:
        build_vocabulary(task)
        pairs = pycolmap.VocabTreePairingOptions()
        pairs.vocab_tree_path = task["vocabulary"]
        pairs.num_images = task["alike"]
        pycolmap.match_vocabtree(task["database"], pairing_options=pairs)


def build_vocabulary(task):
    database = pycolmap.Database.open(task["database"])
    ids = [image.image_id for image in database.read_all_images()]
    random = numpy.random.default_rng(0)
    samples = []
    for image in ids:
        all_features = database.read_descriptors(image).to_float()
        rows = random.permutation(len(all_features.data))[: VOCABULARY_FEATURES // len(ids)]
        samples.append(all_features.data[rows])
    kind = all_features.type
    database.close()
    options = pycolmap.VisualIndex.BuildOptions()
    options.num_visual_words = task["words"]
    options.num_iterations = 11
    options.num_rounds = 1
    index = pycolmap.VisualIndex.create(samples[0].shape[1], EMBEDDING)
    index.build(options, pycolmap.FeatureDescriptorsFloat(kind, numpy.concatenate(samples)))
    index.write(task["vocabulary"])


def map_photos(task):
    options = pycolmap.IncrementalPipelineOptions()
    options.snapshot_path = task["snapshots"]
    options.snapshot_frames_freq = task["snapshotEvery"]
    if hasattr(options, "random_seed"):
        options.random_seed = task["seed"]
    pycolmap.incremental_mapping(
        task["database"], task["images"], task["output"], options=options, input_path=task.get("from", "")
    )


def triangulate(task):
    use_ids_of_database(task)
    known = pycolmap.Reconstruction(task["input"])
    pycolmap.triangulate_points(known, task["database"], task["images"], task["output"])


def use_ids_of_database(task):
    """Images are known by their names; the package wants the database's numbers of them in the model, too."""
    database = pycolmap.Database.open(task["database"])
    ids = {image.name: image.image_id for image in database.read_all_images()}
    database.close()
    file = Path(task["input"]) / "images.txt"
    # Number, pose and camera, then the name; after each image a line of points, which is empty.
    images = [line.split(" ", 9) for line in file.read_text(encoding="utf-8").splitlines() if line]
    lines = [" ".join([str(ids[name]), *rest, name]) for _, *rest, name in images if name in ids]
    file.write_text("".join(f"{line}\n\n" for line in lines), encoding="utf-8")


def adjust(task):
    model = pycolmap.Reconstruction(task["input"])
    options = pycolmap.BundleAdjustmentOptions()
    # Cauchy's, from one pixel on: points that were matched wrongly pull at cameras no more than others.
    options.ceres.loss_function_type = pycolmap.LossFunctionType.CAUCHY
    options.ceres.loss_function_scale = 1.0
    pycolmap.bundle_adjustment(model, options)
    model.update_point_3d_errors()
    model.write(task["output"])


task = json.loads(sys.argv[1])
{
    "features": features,
    "match": match,
    "map": map_photos,
    "triangulate": triangulate,
    "adjust": adjust,
}[task["kind"]](task)
