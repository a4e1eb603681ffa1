import json

import node

print(json.dumps(node.rank))
