"""Runs every case with the official Python client, unmodified, against a simulator.

Argument: {"base", "server_key", "merchant"} as JSON. Prints a line of JSON for each case:
{"case", "ok", "detail"}. Which cases there have to be is not known here.
"""

import faulthandler
import json
import pathlib
import traceback

import world

# Each adds its cases, in this order.
import pages  # noqa: F401, I001
import charges  # noqa: F401
import actions  # noqa: F401
import refunds  # noqa: F401

# The client has no time-out of its own (midtrans.md 5.1).
LONGEST_SECONDS = 90


def run(name, case):
    try:
        case()
    except Exception as error:
        detail = f"{type(error).__name__}: {error} ({places(error)})"
        return {"case": name, "ok": False, "detail": detail}
    return {"case": name, "ok": True, "detail": ""}


def places(error):
    """The lines of the cases, and of no library, that led to the error."""
    frames = traceback.extract_tb(error.__traceback__)
    here = pathlib.Path(__file__).parent
    ours = [frame for frame in frames if pathlib.Path(frame.filename).parent == here]
    return ", ".join(f"{pathlib.Path(frame.filename).name}:{frame.lineno}" for frame in ours[1:])


if __name__ == "__main__":
    faulthandler.dump_traceback_later(LONGEST_SECONDS, exit=True)
    for name, case in world.CASES.items():
        print(json.dumps(run(name, case)), flush=True)
