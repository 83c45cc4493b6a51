package inject

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// A submission is what a policy submitted, as the engine understands it.
type submission struct {
	files      bug.Files // with the engine's diffs
	missing    []string  // of the three files that only the policy can write
	comparison Comparison
}

// submission makes the two diffs of the tree: what was changed of the listed test
// files is the weakening, and the rest is the bug.
func (d *desk) submission(written map[string][]byte, taken *sandbox.Taken) (_ *submission, problem string, err error) {
	s := &submission{files: bug.Files{
		Script:    named(written, bug.ScriptName),
		Parser:    named(written, bug.ParserName),
		TestFiles: named(written, bug.TestFilesName),
	}}
	for _, name := range []string{bug.ScriptName, bug.ParserName, bug.TestFilesName} {
		if named(written, name) == nil {
			s.missing = append(s.missing, name)
		}
	}
	original := d.Repository.Snapshot.Tree
	broken, err := original.With(without(taken.Changes, s.files.TestFiles))
	if err != nil {
		return nil, fmt.Sprintf("The changes of the code are no tree without those of the test files: %v.", err), nil
	}
	weakened, err := original.With(taken.Changes)
	if err != nil {
		return nil, fmt.Sprintf("What was changed is no tree: %v.", err), nil
	}
	if s.files.Inject, err = repo.Diff(original, broken); err != nil {
		return nil, "", err
	}
	if s.files.Weaken, err = repo.Diff(broken, weakened); err != nil {
		return nil, "", err
	}
	s.comparison.Notes = taken.Notes
	err = s.comparison.add(
		claim{bug.InjectName, named(written, bug.InjectName), original, broken},
		claim{bug.WeakenName, named(written, bug.WeakenName), broken, weakened})
	return s, "", err
}

// without returns the changes that are not of the listed files. What is wrong with
// the list is the judge's to say.
func without(changes map[string]*repo.File, list []byte) map[string]*repo.File {
	listed := map[string]bool{}
	for line := range bytes.Lines(list) {
		listed[strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")] = true
	}
	kept := map[string]*repo.File{}
	for file, content := range changes {
		if !listed[file] {
			kept[file] = content
		}
	}
	return kept
}
