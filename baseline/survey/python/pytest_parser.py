"""Reads the output of "pytest -v" and reports every test by its node id."""
import json
import re
import sys

RESULT = re.compile(r"^(\S.*?::.+?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)(?: \(.*)?$")
WORDS = {"PASSED": "passed", "FAILED": "failed", "ERROR": "error"}
RANK = ["passed", "skipped", "error", "failed"]

results = {}
running = False
for line in sys.stdin:
    line = line.rstrip("\n")
    if re.match(r"^=+ .* =+$", line):
        running = "test session starts" in line
    result = RESULT.match(line)
    if running and result:
        status = WORDS.get(result[2], "skipped")
        results[result[1]] = max(results.get(result[1], "passed"), status, key=RANK.index)
    elif line.startswith("SUBFAILED"):
        # Pytest 9 calls a test passed whose subtests fail, and names it in the summary.
        for name in results:
            if line.endswith(" " + name) or " " + name + " - " in line:
                results[name] = "failed"
json.dump(results, sys.stdout, indent=1, sort_keys=True)
