"""Reads an exported mesh or point cloud as other people's programs do, and says what is in it, as JSON."""
import json
import sys

import numpy


def mesh(file):
    import networkx
    import trimesh

    whole = trimesh.load(file, force="mesh")
    parts = networkx.Graph(list(whole.edges_unique))
    sizes = numpy.zeros(len(whole.vertices), dtype=int)
    for number, part in enumerate(networkx.connected_components(parts)):
        sizes[list(part)] = number
    faces = numpy.bincount(sizes[whole.faces[:, 0]])
    _, uses = numpy.unique(whole.edges_sorted, axis=0, return_counts=True)
    return {
        "faces": len(whole.faces),
        "largestPart": int(faces.max()) / len(whole.faces),
        "edges": len(uses),
        "borderEdges": int((uses == 1).sum()),
        "crowdedEdges": int((uses > 2).sum()),
        "bounds": whole.bounds.tolist(),
    }


def points(file):
    import plyfile

    rows = plyfile.PlyData.read(file)["vertex"]
    normals = numpy.stack([rows["nx"], rows["ny"], rows["nz"]])
    return {
        "points": rows.count,
        "columns": [str(one.name) for one in rows.properties],
        "bounds": [[float(end(rows[axis])) for axis in "xyz"] for end in (numpy.min, numpy.max)],
        "normalLengths": [float(end(numpy.linalg.norm(normals, axis=0))) for end in (numpy.min, numpy.max)],
    }


print(json.dumps({"mesh": mesh, "points": points}[sys.argv[1]](sys.argv[2])))
