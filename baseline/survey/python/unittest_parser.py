"""Reads what unittest prints of each test and reports every test method."""
import json
import re
import sys

# Before Python 3.11 the name in parentheses is the class alone.
RESULT = re.compile(r"^\s*(\w+) \(([\w.<>]+)\)(?: [\[(].*)? \.\.\. (ok|FAIL|ERROR|skipped .*|expected failure|unexpected success)$")
WORDS = {"ok": "passed", "FAIL": "failed", "ERROR": "error", "unexpected success": "failed"}
RANK = ["passed", "skipped", "error", "failed"]

results = {}
for line in sys.stdin:
    line = line.rstrip("\n")
    if re.match(r"^=+$", line):
        break
    result = RESULT.match(line)
    if result:
        name = result[2] if result[2].endswith("." + result[1]) else result[2] + "." + result[1]
        status = WORDS.get(result[3], "skipped")
        results[name] = max(results.get(name, "passed"), status, key=RANK.index)
json.dump(results, sys.stdout, indent=1, sort_keys=True)
