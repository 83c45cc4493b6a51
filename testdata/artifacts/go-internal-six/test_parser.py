#!/usr/bin/env python3
"""Reads the output of "go test -json" and reports every test as package:Test/Sub."""
import json
import sys

words = {"pass": "passed", "fail": "failed", "skip": "skipped"}
results = {}
for line in sys.stdin:
    if not line.startswith("{"):
        continue
    event = json.loads(line)
    if "Test" in event and event["Action"] in words:
        results[event["Package"] + ":" + event["Test"]] = words[event["Action"]]
json.dump(results, sys.stdout)
