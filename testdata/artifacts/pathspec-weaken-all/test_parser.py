"""Reads the output of "python3 -m unittest -v" and reports every test method."""
import json
import re
import sys

# A test's line ends with its verdict; a test with a docstring has a second
# line, its description, and the verdict ends that one.
START = re.compile(r"^(\w+) \(([\w.<>]+)\)(.*)$")
VERDICT = re.compile(r" \.\.\. (ok|FAIL|ERROR|skipped .*|expected failure)$")
WORDS = {"ok": "passed", "FAIL": "failed", "ERROR": "error"}
RANK = {"passed": 0, "skipped": 1, "error": 2, "failed": 3}

results = {}
name = None
for line in sys.stdin:
    line = line.rstrip("\n")
    if re.match(r"^=+$", line):
        break
    start = START.match(line)
    if start:
        name = start[2] if start[2].endswith("." + start[1]) else start[2] + "." + start[1]
    verdict = VERDICT.search(line)
    if name and verdict:
        status = WORDS.get(verdict[1], "skipped")
        old = results.get(name, "passed")
        results[name] = max(old, status, key=RANK.get)
        name = None
json.dump(results, sys.stdout, sort_keys=True)
