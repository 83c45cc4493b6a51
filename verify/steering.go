package verify

import (
	"path"
	"strings"
)

// A Steering is one rule for paths that decide what the tests say without being
// the code they test: test files by a language's convention, and files that the
// test runner reads. At grading a solver's changes to them are left out, and
// reported: a new TestMain or conftest.py prints whatever verdict it likes
// (rules, section 3). So that every bug can be repaired, a bug may not be in
// them either.
type Steering struct {
	Pattern string `json:"pattern"` // of [path.Match], for the file's name; or "name/": anything of that name, and all that is in it
	Why     string `json:"why"`     // what such a file is, as in "is a Go test file"
}

// DefaultSteering returns the list that nil stands for; append to it.
//
// Whole files are left out, also those that hold more than the runner's
// settings (pyproject.toml, package.json, go.mod): within one file nothing tells
// a setting from a hook, the tests run without a network, so that no new
// dependency could be had anyway, and what a solver repairs is code. Folders of
// third-party code are on it, since a testing library that is changed there
// passes everything; a symlink of such a name stands in for the folder, so a
// pattern of a folder is about that, too. Makefiles are not on it: where the
// script runs make, they are how the code is built as often as how it is tested.
func DefaultSteering() []Steering {
	return []Steering{
		{"*_test.go", "is a Go test file"},
		{"go.mod", "can replace the libraries that Go tests use"},
		{"go.work", "can replace the libraries that Go tests use"},
		{"vendor/", "is third-party code"},

		{"test_*.py", "is a Python test file"},
		{"*_test.py", "is a Python test file"},
		{"conftest.py", "is loaded by pytest before the tests"},
		{"pytest.ini", "steers pytest"},
		{".pytest.ini", "steers pytest"},
		{"pytest.toml", "steers pytest"},
		{".pytest.toml", "steers pytest"},
		{"tox.ini", "steers pytest"},
		{"setup.cfg", "steers pytest"},
		{"pyproject.toml", "steers pytest"},
		{"setup.py", "says how Python tests are built and run"},
		{"entry_points.txt", "names plugins that pytest loads"},
		{".coveragerc", "names plugins that coverage loads"},
		{"sitecustomize.*", "is run whenever Python starts"},
		{"sitecustomize/", "is run whenever Python starts"},
		{"usercustomize.*", "is run whenever Python starts"},
		{"usercustomize/", "is run whenever Python starts"},
		{"*.pth", "is run whenever Python starts"},
		{"pytest.py", "stands in for the test runner"},
		{"unittest.py", "stands in for the test runner"},
		{"pytest/", "stands in for the test runner"},
		{"_pytest/", "stands in for the test runner"},
		{"unittest/", "stands in for the test runner"},
		{"*.pyc", "is compiled code that can stand in for another file"},
		{"*.so", "is compiled code that can stand in for another file"},
		{"__pycache__/", "is compiled code that can stand in for another file"},
		{"site-packages/", "is third-party code"},
		{".venv/", "is third-party code"},
		{"venv/", "is third-party code"},

		{"*.test.*", "is a JavaScript test file"},
		{"*.spec.*", "is a JavaScript test file"},
		{"__tests__/", "is a folder of JavaScript tests"},
		{"__mocks__/", "replaces modules in JavaScript tests"},
		{"package.json", "says how JavaScript tests are run"},
		{".npmrc", "says how JavaScript tests are run"},
		{"jest.config.*", "steers a JavaScript test runner"},
		{"vitest.config.*", "steers a JavaScript test runner"},
		{"vitest.workspace.*", "steers a JavaScript test runner"},
		{"vite.config.*", "steers a JavaScript test runner"},
		{"babel.config.*", "rewrites what a JavaScript test runner loads"},
		{".babelrc*", "rewrites what a JavaScript test runner loads"},
		{".mocharc*", "steers a JavaScript test runner"},
		{"karma.conf.*", "steers a JavaScript test runner"},
		{"ava.config.*", "steers a JavaScript test runner"},
		{".taprc", "steers a JavaScript test runner"},
		{"node_modules/", "is third-party code"},

		{"test/", "is in a folder of tests"},
		{"tests/", "is in a folder of tests"},
		{"testdata/", "is in a folder of test data"},
	}
}

// About says whether the rule is about a path of a tree.
func (s Steering) About(file string) bool {
	if folder, ok := strings.CutSuffix(s.Pattern, "/"); ok {
		return strings.Contains("/"+file+"/", "/"+folder+"/")
	}
	ok, _ := path.Match(s.Pattern, path.Base(file))
	return ok
}

func (o Options) checkSteering() error {
	for _, rule := range o.Steering {
		name := strings.TrimSuffix(rule.Pattern, "/")
		if _, err := path.Match(rule.Pattern, ""); err != nil || name == "" || strings.Contains(name, "/") {
			return &OptionError{"Steering", rule.Pattern, `a pattern of one name, such as "*_test.go" or "tests/"`}
		}
	}
	return nil
}
