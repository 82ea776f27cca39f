"""Prints the history and the configuration that a W&B run file (offline mode) holds, as JSON."""
import json
import struct
import sys

from wandb.proto import wandb_internal_pb2 as pb


def records(path):
    try:
        from wandb.sdk.internal.datastore import DataStore
    except ImportError:
        yield from records_of_log(path)
        return
    store = DataStore()
    store.open_for_scan(path)
    while (data := store.scan_data()) is not None:
        yield data


def records_of_log(path):
    """The framing of the file (LevelDB's log format), for versions of wandb whose reader is not in Python."""
    with open(path, "rb") as file:
        data = file.read()
    position, pending = 7, b""
    while position + 7 <= len(data):
        left = 32768 - position % 32768
        if left < 7:
            position += left
            continue
        _, length, kind = struct.unpack("<IHB", data[position : position + 7])
        pending += data[position + 7 : position + 7 + length]
        position += 7 + length
        if kind in (1, 4):
            yield pending
            pending = b""


def value_of(item):
    value = json.loads(item.value_json)
    return str(value) if isinstance(value, float) and (value != value or abs(value) == float("inf")) else value


history, config, exit_code, name, project = [], {}, None, None, None
for path in sys.argv[1:]:
    for data in records(path):
        record = pb.Record()
        record.ParseFromString(data)
        kind = record.WhichOneof("record_type")
        if kind == "history":
            row = {item.key or "/".join(item.nested_key): value_of(item) for item in record.history.item}
            row["_step"] = record.history.step.num
            history.append(row)
        elif kind == "run":
            name, project = record.run.display_name, record.run.project
            config.update({item.key: json.loads(item.value_json) for item in record.run.config.update})
        elif kind == "exit":
            exit_code = record.exit.exit_code
json.dump({"history": history, "config": config, "exitCode": exit_code, "name": name, "project": project}, sys.stdout)
