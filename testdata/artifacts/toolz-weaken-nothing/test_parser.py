"""Reads the summary of "pytest -rA"."""
import json
import sys

WORDS = {"PASSED": "passed", "FAILED": "failed", "ERROR": "error"}

results = {}
for line in sys.stdin:
    word, _, rest = line.rstrip("\n").partition(" ")
    if word in WORDS and "::" in rest:
        name = rest.split(" - ", 1)[0]
        results[name] = WORDS[word]
json.dump(results, sys.stdout)
