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


# ---- pytest

class Loop:
    """A pytest plugin that hands the collected tests to a function, and listens."""

    def __init__(self, run):
        self.run, self.report, self.letter = run, None, "P"

    def pytest_runtestloop(self, session):
        self.run(session.items, self)
        return True

    def pytest_runtest_logreport(self, report):
        if self.report is None:
            return
        if report.when == "setup":
            self.letter = "P"
        if report.failed:
            self.letter = "F"
        elif report.skipped and self.letter == "P":
            self.letter = "S"
        if report.when == "teardown":
            self.report.tell(report.nodeid, self.letter)


def pytest_run(files, run):
    """Collects files as the survey's script does, and hands the tests to run."""
    import pytest
    arguments = "-q --tb=no --rootdir=. --continue-on-collection-errors -o addopts= -o log_cli=false".split()
    for plugin in ("cacheprovider", "randomly", "random_order", "xdist", "sugar"):
        arguments += ["-p", "no:" + plugin]
    pytest.main(arguments + ["./" + file for file in sorted(set(files))], plugins=[Loop(run)])


def run_items(items, loop, report):
    loop.report = report
    for i, item in enumerate(items):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=items[i + 1] if i + 1 < len(items) else None)
        if report.stop():
            break
    report.end()


# ---- unittest

class Listener(unittest.TestResult):
    def __init__(self, report):
        super().__init__()
        self.report, self.letter = report, "P"

    def startTest(self, test):
        super().startTest(test)
        self.letter = "P"

    def addFailure(self, test, error):
        self.letter = "F"

    def addError(self, test, error):
        self.letter = "F"

    def addUnexpectedSuccess(self, test):
        self.letter = "F"

    def addSkip(self, test, reason):
        self.letter = "S" if self.letter == "P" else self.letter

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.letter = "F"

    def addExpectedFailure(self, test, error):
        pass

    def stopTest(self, test):
        super().stopTest(test)
        self.report.tell(test.id(), self.letter)
        if self.report.stop():
            self.stop()


def load_cases(files):
    """The tests of some files by id, in the order of the files and of what stands in them."""
    loader, cases = unittest.TestLoader(), {}
    for file in sorted(set(files)):
        folder, module = module_of(file)
        if os.path.abspath(folder) not in sys.path:
            sys.path.insert(1, os.path.abspath(folder))
        pending = [loader.loadTestsFromName(module)]
        while pending:
            case = pending.pop()
            if isinstance(case, unittest.TestCase):
                cases[case.id()] = case
            else:
                pending += reversed(list(case))
    return cases


def module_of(file):
    """The folder that a test file is imported from, and its name there."""
    folder, name = os.path.split(file[:-len(".py")])
    while folder and os.path.exists(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        name = package + "." + name
    return folder or ".", name


def run_cases(cases, names, report):
    chosen = set(names)
    listener = Listener(report)
    listener.buffer = True
    unittest.TestSuite(case for name, case in cases.items() if name in chosen).run(listener)
    report.end()


# ---- one trial, in a process of its own

def cold(job, request, report):
    """Imports the tree as it is on disk, and runs what is asked for."""
    names, files = [job.tests[i] for i in request["tests"]], [job.files[i] for i in request["tests"]]
    if job.pytest:
        chosen = set(names)
        pytest_run(files, lambda items, loop: run_items([i for i in items if i.nodeid in chosen], loop, report))
    else:
        run_cases(load_cases(files), names, report)


class Warm:
    """The tree imported, its tests collected, and what the import called."""

    def __init__(self, job):
        self.job, self.called, self.plans = job, set(), {}

    def start(self):
        sys.setprofile(self.note)
        if self.job.pytest:
            pytest_run(self.job.files, self.collected)
        else:
            self.cases = load_cases(self.job.files)
            self.serve(self.run_unittest)

    def note(self, frame, event, argument):
        if event == "call":
            self.called.add(place(frame.f_code))

    def collected(self, items, loop):
        named = {item.nodeid: item for item in items}
        self.serve(lambda request, report: run_items(
            [named[self.job.tests[i]] for i in request["tests"] if self.job.tests[i] in named], loop, report))

    def run_unittest(self, request, report):
        run_cases(self.cases, [self.job.tests[i] for i in request["tests"]], report)

    def serve(self, run):
        sys.setprofile(None)
        self.live = {}
        gc.collect()
        for item in gc.get_objects():
            if isinstance(item, types.FunctionType):
                self.live.setdefault(place(item.__code__), []).append(item)
        gc.freeze()
        modules = [n for n, m in list(sys.modules.items()) if not (getattr(m, "__file__", None) or "").startswith(WORK)]
        send(self.answers, {"ready": modules})
        for request in received(self.requests):
            patches = self.patches(request["candidates"])
            if patches is None:
                send(self.answers, {"cold": True})
            else:
                send(self.answers, watched(self.job, request, lambda report: self.hot(patches, run, request, report)))

    def hot(self, patches, run, request, report):
        for function, code in patches:
            function.__code__ = code
        run(request, report)

    def patches(self, chosen):
        """The functions that candidates change, with their new code; None: not by that alone."""
        changes, patches = {}, []
        for i in chosen:
            for change in self.job.candidates[i]:
                changes.setdefault(change["file"], []).append(change)
        try:
            for name, of in changes.items():
                plan = self.plans.get(name) or self.plans.setdefault(name, Plan(name, self.job.sources[name]))
                for old, new in plan.differing(of):
                    if place(old) in self.called or place(old) not in self.live:
                        return None
                    patches += [(function, new) for function in self.live[place(old)]]
                    if any(len(f.__code__.co_freevars) != len(new.co_freevars) for f in self.live[place(old)]):
                        return None
        except (Unpatchable, SyntaxError, ValueError, RecursionError):
            return None
        return patches


class Unpatchable(Exception):
    """A change outside of the bodies of functions."""


class Plan:
    """A file as top-level statements, each of which can be compiled alone."""

    def __init__(self, name, data):
        self.name, self.data = name, data
        if b"\r" in self.data or self.data.startswith(b"\xef\xbb\xbf"):
            raise Unpatchable
        tree = ast.parse(self.data)
        self.lines = [0]
        for line in self.data.splitlines(keepends=True) if b"\f" not in self.data else ():
            self.lines.append(self.lines[-1] + len(line))
        self.flags = 0
        self.parts = []
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                for alias in node.names:
                    self.flags |= FLAGS[alias.name]
            first = min([node.lineno] + [d.lineno for d in getattr(node, "decorator_list", ())])
            self.parts.append((first, node.end_lineno))
        self.compiled = {}

    def compile(self, text, first):
        source = b"\n" * (first - 1) + text
        return compile(source, os.path.join(WORK, self.name), "exec", self.flags, dont_inherit=True)

    def differing(self, changes):
        parts = {}
        for change in changes:
            parts.setdefault(self.part(change), []).append(change)
        for (first, last), of in parts.items():
            start, end = self.lines[first - 1], self.lines[last]
            text = self.data[start:end]
            if (first, last) not in self.compiled:
                self.compiled[first, last] = self.compile(text, first)
            yield from differing(self.compiled[first, last], self.compile(splice(text, of, start), first))

    def part(self, change):
        start, end = change["start"], change["start"] + len(change["before"].encode())
        for first, last in self.parts:
            if last < len(self.lines) and self.lines[first - 1] <= start and end <= self.lines[last]:
                return first, last
        raise Unpatchable


def place(code):
    return os.path.join(WORK, code.co_filename), code.co_name, code.co_firstlineno


def codes(code):
    return [c for c in code.co_consts if isinstance(c, types.CodeType)]


def shape(code):
    """What a code object does, lines aside, and without the functions in it."""
    consts = [(type(c), repr(c)) for c in code.co_consts if not isinstance(c, types.CodeType)]
    return (code.co_code, consts, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars,
            code.co_flags, code.co_argcount, code.co_kwonlyargcount, getattr(code, "co_exceptiontable", b""))


def same(old, new):
    return shape(old) == shape(new) and len(codes(old)) == len(codes(new)) and all(map(same, codes(old), codes(new)))


def differing(old, new):
    """Pairs of functions that differ, below two pieces of code that run at import."""
    if shape(old) != shape(new) or [c.co_name for c in codes(old)] != [c.co_name for c in codes(new)]:
        raise Unpatchable
    for one, other in zip(codes(old), codes(new)):
        if same(one, other):
            continue
        if one.co_flags & 3 == 3:  # CO_OPTIMIZED and CO_NEWLOCALS: a function
            if signature(one) != signature(other):
                raise Unpatchable
            yield one, other
        else:
            yield from differing(one, other)


def signature(code):
    arguments = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
    return code.co_argcount, code.co_kwonlyargcount, getattr(code, "co_posonlyargcount", 0), code.co_flags & 12, code.co_varnames[:arguments]


# ---- processes

def watched(job, request, trial, mode="h"):
    """Runs a trial in a fork, for so long and no longer, and reads what it tells."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(out)
            os.setpgid(0, 0)
            seconds = int(request["limit"]) + 1
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            trial(Report(into, job, request["early"]))
        except BaseException:
            pass
        finally:
            os._exit(0)
    os.close(into)
    return {"mode": mode, "told": collected(out, child, request["limit"])}


def collected(out, child, limit):
    """Reads a pipe until its writers are gone, the trial has ended, or its time is over."""
    until, told = time.monotonic() + limit, b""
    while len(told) < 1 << 24 and not told.endswith((b"end\n", b"stop\n")):
        ready = select.select([out], [], [], max(0, until - time.monotonic()))[0]
        piece = os.read(out, 1 << 16) if ready else b""
        if not piece:
            break
        told += piece
    os.close(out)
    for kill in (os.killpg, os.kill):
        try:
            kill(child, signal.SIGKILL)
        except OSError:
            pass
    os.waitpid(child, 0)
    return told.decode("ascii", "replace")


def send(file, message):
    file.write(json.dumps(message) + "\n")
    file.flush()


def received(file):
    for line in file:
        yield json.loads(line)


class Base:
    def __init__(self, job):
        self.job, self.requests, self.answers, self.imports = job, None, None, 0

    def start_warm(self):
        """Forks the warm process, and imports what it needed of other people's."""
        start = time.monotonic()
        down, up = os.pipe(), os.pipe()
        if os.fork() == 0:
            try:
                os.close(down[1])
                os.close(up[0])
                warm = Warm(self.job)
                warm.requests, warm.answers = os.fdopen(down[0]), os.fdopen(up[1], "w")
                warm.start()
            finally:
                os._exit(1)
        os.close(down[0])
        os.close(up[1])
        self.requests, self.answers = os.fdopen(down[1], "w"), os.fdopen(up[0])
        line = self.answers.readline()
        self.imports = 4 * (time.monotonic() - start) + 1
        if not line:
            self.requests = None
            return
        sys.dont_write_bytecode = True
        for name in json.loads(line)["ready"]:
            try:
                importlib.import_module(name)
            except BaseException:
                pass

    def ask_warm(self, request):
        if self.requests is None:
            return {"cold": True}
        try:
            send(self.requests, request)
            line = self.answers.readline()
        except OSError:
            line = ""
        if not line:
            self.requests = None
            return {"cold": True}
        return json.loads(line)

    def answer(self, request):
        if request["tests"] is None:
            request["tests"] = list(range(len(self.job.tests)))
        new = self.job.edited(request["candidates"])
        old = {name: os.stat(os.path.join(WORK, name)) for name in new}
        for name, data in new.items():
            write(name, data)
        try:
            if request["plain"]:
                said = self.watched(request, self.plain, "p")
            else:
                said = self.ask_warm(request)
                if "cold" in said:
                    said = self.watched(request, lambda request, report: cold(self.job, request, report), "c")
        finally:
            for name, stat in old.items():
                write(name, self.job.sources[name])
                os.utime(os.path.join(WORK, name), ns=(stat.st_atime_ns, stat.st_mtime_ns))
        return letters(said, request["tests"])

    def watched(self, request, trial, mode):
        """A trial that imports the tree, and has the time to."""
        longer = dict(request, limit=request["limit"] + self.imports)
        return watched(self.job, longer, lambda report: trial(request, report), mode)

    def plain(self, request, report):
        """An interpreter that has seen nothing yet."""
        subprocess.run([sys.executable, "-B", __file__, self.job.folder, str(report.out), json.dumps(request)],
                       stdin=subprocess.DEVNULL, pass_fds=[report.out])


def write(name, data):
    with open(os.path.join(WORK, name), "wb") as file:
        file.write(data)


def letters(said, asked):
    known, ended = {}, "0"
    for line in said["told"].splitlines():
        if line == "end":
            ended = "1"
        elif line[:1] in "PFS" and line[1:].isdigit():
            known[int(line[1:])] = line[0] if known.get(int(line[1:])) != "F" else "F"
    return said["mode"] + ended + "".join(known.get(i, ".") for i in asked)


def main():
    sys.path[0] = WORK
    job = Job(sys.argv[1])
    if len(sys.argv) > 2:
        request = json.loads(sys.argv[3])
        return cold(job, request, Report(int(sys.argv[2]), job, request["early"]))
    lines, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    if job.pytest:
        import pytest
    sys.pycache_prefix = "/tmp/.bytecode"
    sys.dont_write_bytecode = False
    base = Base(job)
    base.start_warm()
    answers.write("ready\n")
    answers.flush()
    for request in received(lines):
        answers.write(base.answer(request) + "\n")
        answers.flush()


main()
