"""Tells which lines of the work tree each test runs, for pytest and unittest.

Python imports it at its start as sitecustomize; pytest again, as a plugin. Each
test's lines are written to the standard output that the process began with, as
a line of JSON after a record separator. PYTEST_DONT_REWRITE: there is no assertion.
"""
import json
import os
import sys
import threading
import unittest

ROOT = "/work/"
QUIET = 30  # calls of one function in one test without a new line, before it is no longer watched
LONG = 20000  # events of one call without a new line, before its lines are no longer watched
out = os.dup(1)
files = {}  # by co_filename: the path in the tree, or None


def in_tree(name):
    if name not in files:
        path = os.path.abspath(name)
        files[name] = path[len(ROOT):] if path.startswith(ROOT) and path.endswith(".py") else None
    return files[name]


class Traced:
    """Watches lines with sys.settrace, for Python before 3.12."""

    def start(self):
        self.lines, self.quiet = set(), {}
        threading.settrace(self.call)
        sys.settrace(self.call)

    def stop(self):
        sys.settrace(None)
        threading.settrace(None)
        return self.lines

    def call(self, frame, event, arg):
        code = frame.f_code
        file = in_tree(code.co_filename)
        if file is None or self.quiet.get(code, 0) >= QUIET:
            return None
        self.quiet[code] = self.quiet.get(code, 0) + 1
        lines, events = self.lines, 0

        def line(frame, event, arg):
            nonlocal events
            if event == "line":
                place = (file, frame.f_lineno)
                if place not in lines:
                    lines.add(place)
                    self.quiet[code] = events = 0
                events += 1
                if events > LONG:
                    frame.f_trace_lines = False
            return line

        return line


class Monitored:
    """Watches lines with sys.monitoring: every line costs once per test."""

    def __init__(self):
        self.lines = set()
        tool, events = sys.monitoring.COVERAGE_ID, sys.monitoring.events
        sys.monitoring.use_tool_id(tool, "survey")
        sys.monitoring.register_callback(tool, events.LINE, self.line)
        sys.monitoring.set_events(tool, events.LINE)

    def start(self):
        self.lines = set()
        sys.monitoring.restart_events()

    def stop(self):
        lines, self.lines = self.lines, set()
        return lines

    def line(self, code, number):
        file = in_tree(code.co_filename)
        if file is not None:
            self.lines.add((file, number))
        return sys.monitoring.DISABLE


watch = Monitored() if hasattr(sys, "monitoring") else Traced()


def ranges(numbers):
    """Joins lines that follow each other."""
    pairs = []
    for number in sorted(numbers):
        if pairs and number == pairs[-1][1] + 1:
            pairs[-1][1] = number
        else:
            pairs.append([number, number])
    return pairs


def tell(test, lines):
    by_file = {}
    for file, number in lines:
        by_file.setdefault(file, set()).add(number)
    told = {"test": test, "lines": {file: ranges(numbers) for file, numbers in by_file.items()}}
    record = memoryview(b"\n\x1e" + json.dumps(told).encode() + b"\n")
    while record:
        record = record[os.write(out, record):]


class Result(unittest.TextTestResult):
    def startTest(self, test):
        super().startTest(test)
        watch.start()

    def stopTest(self, test):
        tell(test.id(), watch.stop())
        super().stopTest(test)


unittest.TextTestRunner.resultclass = Result


def pytest_runtest_setup(item):
    watch.start()


def pytest_runtest_teardown(item):
    file, colons, rest = item.nodeid.partition("::")
    tell(file + colons + rest.partition("[")[0], watch.stop())


for hook, first in ((pytest_runtest_setup, "tryfirst"), (pytest_runtest_teardown, "trylast")):
    hook.pytest_impl = {first: True}
