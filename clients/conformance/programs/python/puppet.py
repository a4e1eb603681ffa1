"""Does what `args` says, a list of [verb, parameter...], and prints one line of JSON for each."""

import json
import signal
import sys
import time


def get(queue):
    item = node.q_get(queue)
    facts = node.item
    if facts is None:
        return {"item": item, "held": False}
    return {
        "item": item, "held": True, "id": facts.id, "attempt": facts.attempt, "put_at": facts.put_at
    }


def get_many(queue, count):
    return [node.q_get(queue) for _ in range(count)]


def lengths(queue):
    return [len(item) for item in node.items(queue)]


def put_all(queue, count, item):
    return node.q_put_all(queue, (item for _ in range(count)))


def pipe(source, target):
    return node.q_put_all(target, node.items(source))


def put_sized(queue, size_bytes):
    node.q_put(queue, "x" * (size_bytes - 2))


def put_surrogate(queue):
    node.q_put(queue, "\ud800é😀")


def report_often(count):
    for done in range(1, count + 1):
        node.progress(done, count, "working")


def fail(message):
    raise ValueError(message)


def pause():
    print(json.dumps("paused"))
    signal.pause()


VERBS = {
    "connect": node.q_connect, "get": get, "get_many": get_many, "lengths": lengths,
    "put": node.q_put, "put_all": put_all, "pipe": pipe, "put_sized": put_sized,
    "put_surrogate": put_surrogate, "emit": node.emit, "emit_all": node.emit_all,
    "progress": node.progress, "report_often": report_often, "ready": node.ready,
    "close": node.q_close, "done": node.done, "fail": fail, "exit": sys.exit, "pause": pause,
    "sleep": time.sleep,
}


def main():
    for verb, *parameters in node.args:
        try:
            answer = VERBS[verb](*parameters)
        except node.Error as error:
            answer = {"error": error.code}
        print(json.dumps(answer))
