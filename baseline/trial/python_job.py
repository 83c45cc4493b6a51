"""Tries candidate edits against tests, each in a process of its own that costs a fork.

    python3 -B server.py DIR        DIR holds candidates.json and tests.json

Three processes stand in a row. This one, the base, has imported the test runner
and what the tests need of other people's, and nothing of the tree. It forks the
warm one, which has imported the tree and collected the tests, and waits. For a
trial that changes function bodies only, and of functions that nothing has called
yet, a fork of the warm process puts the new code in place and runs the tests:
a few milliseconds. For any other a fork of the base imports the tree anew, with
the edited files in place. A plain trial starts an interpreter.

A request is a line of JSON: {"candidates": [index], "tests": [index] or null,
"early": bool, "plain": bool, "limit": seconds}. The answer is a line: how the trial was run
(h, c, p), 1 if the tests came to their end and 0 if not, and a letter for each
test asked for: P, F, S (skipped), or . where nothing was said.

The program is python_*.py, joined: job, runners, plan, warm, server.
"""
import ast
import __future__
import gc
import importlib
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
import types
import unittest

WORK = os.getcwd()
FLAGS = {name: getattr(__future__, name).compiler_flag for name in __future__.all_feature_names}


class Job:
    """What stays the same for all trials."""

    def __init__(self, folder):
        with open(os.path.join(folder, "tests.json")) as file:
            about = json.load(file)
        with open(os.path.join(folder, "candidates.json")) as file:
            self.candidates = json.load(file)
        self.pytest, self.folder = about["pytest"], folder
        self.tests, self.files = about["tests"], about["files"]  # names, and the file of each
        self.index = {name: i for i, name in enumerate(self.tests)}
        self.sources = {name: content(name) for name in {c["file"] for changes in self.candidates for c in changes}}

    def edited(self, chosen):
        """The new content of the files that candidates change."""
        changes = {}
        for i in chosen:
            for change in self.candidates[i]:
                changes.setdefault(change["file"], []).append(change)
        return {name: splice(self.sources[name], of) for name, of in changes.items()}


def content(name):
    with open(os.path.join(WORK, name), "rb") as file:
        return file.read()


def splice(data, changes, shift=0):
    pieces, at = [], 0
    for change in sorted(changes, key=lambda c: c["start"]):
        start = change["start"] - shift
        pieces += [data[at:start], change["after"].encode()]
        at = start + len(change["before"].encode())
    return b"".join(pieces) + data[at:]


class Report:
    """The letters of one trial, written to a pipe as they are known."""

    def __init__(self, out, job, early):
        self.out, self.job, self.early, self.failed = out, job, early, False

    def tell(self, name, letter):
        if name in self.job.index:
            os.write(self.out, b"%s%d\n" % (letter.encode(), self.job.index[name]))
            if letter == "F":
                self.failed = True

    def stop(self):
        return self.early and self.failed

    def end(self):
        os.write(self.out, b"end\n" if not self.stop() else b"stop\n")
