"""Runs the chosen tests with unittest and no others.

A name chooses a test, or all tests of a class or a module.
"""
import json
import os
import sys
import unittest

here = os.path.dirname(os.path.abspath(__file__))


def read(name):
    with open(os.path.join(here, name)) as file:
        return json.load(file)


def module_of(file):
    """Returns the folder that a test file is imported from, and its name there."""
    folder, name = os.path.split(file[: -len(".py")])
    while folder and os.path.exists(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        name = package + "." + name
    return folder or ".", name


def cases(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from cases(item)
        else:
            yield item


def is_chosen(case):
    parts = case.id().split(".")
    return isinstance(case, unittest.loader._FailedTest) or any(
        ".".join(parts[:n]) in chosen for n in range(1, len(parts) + 1)
    )


if __name__ == "__main__":
    chosen = set(read("chosen_tests.json"))
    suite = unittest.TestSuite()
    for file in read("chosen_files.json"):
        if os.path.exists(file):
            folder, module = module_of(file)
            if os.path.abspath(folder) not in sys.path:
                sys.path.insert(1, os.path.abspath(folder))
            loaded = unittest.defaultTestLoader.loadTestsFromName(module)
            suite.addTests(case for case in cases(loaded) if is_chosen(case))
    runner = unittest.TextTestRunner(sys.stdout, descriptions=False, verbosity=2, buffer=True)
    sys.exit(not runner.run(suite).wasSuccessful())
