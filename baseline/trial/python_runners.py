# The two test runners, each as: collect the tests of files, run some of them.


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
