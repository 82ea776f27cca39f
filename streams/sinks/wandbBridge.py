"""Hands what nerfstream measures to Weights & Biases: JSON lines on stdin, one JSON line on stdout in answer to each.

{"init": {...arguments of wandb.init...}}                                           -> {"id": ..., "url": ...}
{"rows": [{"step", "values", "texts", "images": {tag: base64 PNG}, "histograms"}]}  -> {}
{"finish": exit code}                                                               -> {}
What fails is answered with {"error": ...}, and {"missing": true} where the package is not installed.
"""

import base64
import io
import json
import os
import signal
import sys


def main():
    # Ctrl-C is for the trainer, which then says how the run ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    # What libraries print must not come between the answers.
    os.dup2(2, 1)
    run = None
    for line in sys.stdin:
        message = json.loads(line)
        answer = {}
        try:
            if "init" in message:
                run = begin(message["init"])
                answer = {"id": run.id, "url": run.url}
            elif "rows" in message:
                for row in message["rows"]:
                    run.log(history_of(row), step=row["step"])
            else:
                run.finish(exit_code=message["finish"])
                run = None
        except ImportError as error:
            answer = {"error": str(error), "missing": error.name == "wandb"}
        except BaseException as error:
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(answer), file=answers)
    if run is not None:
        # The trainer is gone without a word.
        run.finish(exit_code=1)


def begin(arguments):
    import wandb

    settings = wandb.Settings(silent=True, console="off", disable_git=True)
    return wandb.init(resume="allow", settings=settings, **arguments)


def history_of(row):
    import wandb

    # JSON has no NaN and no infinity: they come as text.
    history = {tag: float(value) for tag, value in row.get("values", {}).items()}
    history.update(row.get("texts", {}))
    for tag, histogram in row.get("histograms", {}).items():
        history[tag] = wandb.Histogram(np_histogram=(histogram["counts"], histogram["edges"]))
    history.update({tag: picture for tag, png in row.get("images", {}).items() if (picture := picture_of(png))})
    return history


def picture_of(png):
    """None where Pillow is missing, which wandb needs for images."""
    import wandb

    try:
        from PIL import Image
    except ImportError:
        return None
    return wandb.Image(Image.open(io.BytesIO(base64.b64decode(png))))


main()
