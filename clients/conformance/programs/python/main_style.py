import json


def main():
    node.ready()
    queue = node.q_connect("in")
    nd = node.q_get(queue)
    while nd:
        print(json.dumps(nd))
        nd = node.q_get(queue)
    node.q_close(queue)
    node.done()
