"""Reads the nested TAP of "node --test" and reports every test by its path."""
import json
import re
import sys

RESULT = re.compile(r"^( *)(not ok|ok) \d+ - (.*?)( # (SKIP|TODO).*)?$")
SUBTEST = re.compile(r"^( *)# Subtest: (.*)$")

results = {}
path = []
for line in sys.stdin:
    line = line.rstrip("\n")
    if subtest := SUBTEST.match(line):
        depth = len(subtest[1]) // 4
        path = path[:depth] + [subtest[2]]
    elif result := RESULT.match(line):
        depth = len(result[1]) // 4
        name = " > ".join(path[:depth] + [result[3]])
        passed = result[2] == "ok" and results.get(name) != "failed"
        results[name] = "skipped" if result[4] else "passed" if passed else "failed"
json.dump(results, sys.stdout)
