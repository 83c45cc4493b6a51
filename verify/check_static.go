package verify

import (
	"errors"
	"fmt"
	"slices"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
)

var testFiles = Check{
	Name: "test-files",
	Doc: `the listed test files are there, and cover what the weakening touches

Every file in test_files.txt is a regular file of the original, the list is not
empty and names none twice, and every path that test_weaken.diff touches, old or
new, is in it (paper, section 2.3; non-empty and without duplicates is ours). A
symlink is refused: putting back the link would not put back what it points to.`,
	Facts: func(p *Pass) (Verdict, error) {
		list := p.Artifact.TestFiles
		if len(list) == 0 {
			return fail("%s lists no file; it must list every test file that decides about the bug, one path a line", bug.TestFilesName), nil
		}
		for i, path := range list {
			if finding := p.listed(path, list[:i]); finding != "" {
				return fail("%s: %s", bug.TestFilesName, finding).files(path), nil
			}
		}
		for _, entry := range p.Artifact.Weaken.Entries {
			for _, path := range entry.Touches() {
				if !slices.Contains(list, path) {
					return fail("%s:%d touches %q, which %s does not list; list it, or leave it as it is",
						bug.WeakenName, entry.Line, path, bug.TestFilesName).files(path), nil
				}
			}
		}
		return pass("%s listed, all in the repository", files(len(list))).files(list...).count("files", len(list)), nil
	},
}

// listed says what is wrong with a path of test_files.txt.
func (p *Pass) listed(path string, before []string) string {
	mode, ok := p.Original.Mode(path)
	switch {
	case repo.CheckPath(path) != nil:
		return repo.CheckPath(path).Error()
	case slices.Contains(before, path):
		return fmt.Sprintf("%q is listed twice; once is right", path)
	case !ok:
		return fmt.Sprintf("%q is not a file of the repository; list files that are", path)
	case mode == repo.Symlink:
		return fmt.Sprintf("%q is a symlink%s; list the file that it points to", path, p.target(path))
	}
	return ""
}

func (p *Pass) target(path string) string {
	link, err := p.Original.Read(path)
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" to %q", link.Data)
}

var scope = Check{
	Name: "scope",
	Doc: `the bug changes enough code files, and nothing but code

bug_inject.diff changes at least min_changed_files files, a new mode alone not
counted, and none of them is an oracle test file (paper, section 2.3; its minimum
is not published, and 1 gave bugs of one character in public trials). A file that
is renamed, copied or added counts like an edited one, also when not a line of it
is new: whether it is part of the bug or junk is for inverse-mutation to say, which
wants a test back for each entry alone (ours). Nor is any of them another test
file, one that steers the test runner, or one beside oracle files in a folder that
has nothing else: grading leaves a solver's changes to those out, so a bug in them
could never be repaired (ours).`,
	Facts: func(p *Pass) (Verdict, error) {
		var changed []string
		fence := newFence(p.Options.Steering, p.Original, p.Artifact.TestFiles)
		for _, entry := range p.Artifact.Inject.Entries {
			for _, path := range entry.Touches() {
				if finding := p.outOfScope(fence, path); finding != "" {
					return fail("%s:%d changes %q, which %s; break the code instead", bug.InjectName, entry.Line, path, finding).files(path), nil
				}
			}
			if entry.Kind != bug.ModeChanged {
				changed = append(changed, place(entry))
			}
		}
		if len(changed) < p.Options.MinChangedFiles {
			return fail("%s changes %s, a new mode alone not counted; at least %d must change", bug.InjectName, files(len(changed)), p.Options.MinChangedFiles).
				files(changed...).count("files", len(changed)), nil
		}
		return pass("%s changed", files(len(changed))).files(changed...).count("files", len(changed)), nil
	},
}

// outOfScope says why a bug may not change a path.
func (p *Pass) outOfScope(fence fence, path string) string {
	if slices.Contains(p.Artifact.TestFiles, path) {
		return "is an oracle test file"
	}
	return fence.around(path)
}

// bugApplies is the fact of the check "bug".
func bugApplies(p *Pass) (Verdict, error) {
	if p.brokenBy != nil {
		return fail("the bug does not apply to the repository: %v", p.brokenBy), nil
	}
	return Verdict{Passed: true}, nil
}

// weakeningApplies is the fact of the check "weakening".
func weakeningApplies(p *Pass) (Verdict, error) {
	switch {
	case p.weakenedBy != nil:
		return fail("the weakening does not apply to the repository with the bug: %v", p.weakenedBy), nil
	case len(p.Artifact.Weaken.Entries) == 0:
		return fail("%s touches nothing; it must remove or weaken tests so that the bug hides", bug.WeakenName), nil
	}
	return Verdict{Passed: true}, nil
}

// entriesUndo is the fact of the check "inverse-mutation": it makes the trees.
func entriesUndo(p *Pass) (Verdict, error) {
	for _, entry := range p.Artifact.Inject.Entries {
		tree, err := bug.Revert(p.Original, p.Broken, entry)
		if _, ok := errors.AsType[*bug.ApplyError](err); ok {
			return fail("%s:%d cannot be undone alone, as a solver would do it: %v", bug.InjectName, entry.Line, err).files(place(entry)), nil
		}
		if err != nil {
			return Verdict{}, err
		}
		p.undone = append(p.undone, tree)
	}
	return Verdict{Passed: true}, nil
}

// files counts files in words.
func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}
