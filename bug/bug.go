// Package bug holds the artifact: five files that state a bug by its tests.
package bug

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

// aliases are the names in the paper's prompts; they are read too.
var aliases = map[string]string{
	ParserName: "parse_test_output.py",
	InjectName: "bug_patch.diff",
	WeakenName: "test_patch.diff",
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
	if err := l.checkProgram(ScriptName, f.Script, l.Script); err != nil {
		return nil, err
	}
	if err := l.checkProgram(ParserName, f.Parser, l.Parser); err != nil {
		return nil, err
	}
	list, err := l.parseTestFiles(f.TestFiles)
	if err != nil {
		return nil, inFile(TestFilesName, err)
	}
	inject, err := l.namedPatch(InjectName, f.Inject)
	if err != nil {
		return nil, err
	}
	weaken, err := l.namedPatch(WeakenName, f.Weaken)
	if err != nil {
		return nil, err
	}
	return &Artifact{f.Script, f.Parser, list, inject, weaken}, nil
}
