import json

print(json.dumps([node.job, node.run, node.rank, node.size, node.args, __name__]))
