import json, sys
print(json.dumps({l.split()[1]: {"ok": "passed"}.get(l.split()[0], "failed") for l in sys.stdin}))
