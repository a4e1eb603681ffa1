"""Returns what the item says, or fails or pauses when it says so."""

import json
import signal


def handle(item):
    print(json.dumps(item))
    if "fail" in item:
        raise ValueError(item["fail"])
    if "pause" in item:
        signal.pause()
    if "exit" in item:
        raise SystemExit(item["exit"])
    return item.get("answer")
