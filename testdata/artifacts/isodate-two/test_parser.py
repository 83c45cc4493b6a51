"""Reads the JUnit report that the script prints after pytest's own output."""
import json
import sys
import xml.etree.ElementTree as ElementTree

text = sys.stdin.read()
start = text.find("<?xml")
results = {}
if start >= 0:
    for case in ElementTree.fromstring(text[start:].encode()).iter("testcase"):
        verdicts = {child.tag for child in case} & {"failure", "error", "skipped"}
        status = {"failure": "failed"}.get(*verdicts, *verdicts) if verdicts else "passed"
        results[case.get("classname") + "::" + case.get("name")] = status
json.dump(results, sys.stdout)
