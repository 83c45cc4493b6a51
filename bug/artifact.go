package bug

import (
	"bytes"
	"errors"
)

// An Artifact is what an injector hands in (paper, section 2.2; ssr.md,
// section 1). It is well formed: its names are possible, its diffs can be read.
// Whether it states a bug is for package verify to say.
type Artifact struct {
	Script    []byte   // test_script.sh: runs the tests from the repository's root
	Parser    []byte   // test_parser.py: reads the script's output, writes one status per test
	TestFiles []string // test_files.txt: the oracle's files, in the order of the list
	Inject    *Patch   // bug_inject.diff: breaks the code
	Weaken    *Patch   // test_weaken.diff: hides the bug from the tests
}

// The names of the five files, as they are written.
const (
	ScriptName    = "test_script.sh"
	ParserName    = "test_parser.py"
	TestFilesName = "test_files.txt"
	InjectName    = "bug_inject.diff"
	WeakenName    = "test_weaken.diff"
)

// Alias returns what the paper's prompts call one of the five files, which is read
// too: another name, or the same.
func Alias(name string) string {
	switch name {
	case ParserName:
		return "parse_test_output.py"
	case InjectName:
		return "bug_patch.diff"
	case WeakenName:
		return "test_patch.diff"
	}
	return name
}

// Files are the bytes of the five files, by what they hold.
type Files struct {
	Script, Parser, TestFiles, Inject, Weaken []byte
}

// Parse makes an artifact of its files within the default [Limits]. It keeps
// them. An error is always a [*FormatError].
func Parse(f Files) (*Artifact, error) { return Limits{}.Parse(f) }

// Parse makes an artifact of its files.
func (l Limits) Parse(f Files) (*Artifact, error) {
	l = l.withDefaults()
	a := &Artifact{Script: f.Script, Parser: f.Parser}
	var err error
	if err = checkProgram(f.Script, l.Script); err != nil {
		return nil, inFile(ScriptName, err)
	}
	if err = checkProgram(f.Parser, l.Parser); err != nil {
		return nil, inFile(ParserName, err)
	}
	if a.TestFiles, err = l.parseTestFiles(f.TestFiles); err != nil {
		return nil, inFile(TestFilesName, err)
	}
	if a.Inject, err = l.ParsePatch(f.Inject); err != nil {
		return nil, inFile(InjectName, err)
	}
	if a.Weaken, err = l.ParsePatch(f.Weaken); err != nil {
		return nil, inFile(WeakenName, err)
	}
	a.Inject.Name, a.Weaken.Name = InjectName, WeakenName
	return a, nil
}

// checkProgram refuses what cannot be a script.
func checkProgram(text []byte, limit int64) error {
	if len(bytes.TrimSpace(text)) == 0 {
		return problem(0, "", "it is empty")
	}
	return within(limit, text)
}

// inFile says in err which of the five files it is about.
func inFile(name string, err error) error {
	if bad, ok := errors.AsType[*FormatError](err); ok {
		bad.File = name
	}
	return err
}
