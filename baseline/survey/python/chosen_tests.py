"""Has pytest run the chosen tests and no others.

A name chooses a test, all cases of a function, or all tests of a file.
"""
import json
import os

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "chosen_tests.json")) as file:
    chosen = set(json.load(file))


def pytest_collection_modifyitems(config, items):
    kept, left = [], []
    for item in items:
        file, colons, rest = item.nodeid.partition("::")
        names = {item.nodeid, file, file + colons + rest.partition("[")[0]}
        (kept if names & chosen else left).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left)
