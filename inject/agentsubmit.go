package inject

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// defaultFolder is where the prompts propose to write the five files.
const defaultFolder = ".ssr"

// submitted takes what the policy submits. A problem is for it to mend.
func (d *desk) submitted(ctx context.Context, args agent.Args) (problem string, err error) {
	made, problem, err := d.take(ctx, args["folder"])
	if err != nil || problem != "" {
		return problem, err
	}
	d.made = made
	if len(d.rounds) >= d.Feedback {
		return "", nil
	}
	return d.review(ctx)
}

// review has the submission judged, and says in words what is to be mended.
func (d *desk) review(ctx context.Context) (string, error) {
	round := Round{Differences: d.made.comparison.Differences}
	if missing := d.made.missing; len(missing) > 0 {
		round.Report = fmt.Sprintf("There is no %s in the folder, so nothing was judged.", strings.Join(missing, ", no "))
	} else {
		var err error
		round.Report, round.Consistent, err = d.Judge(ctx, d.Repository, d.made.files)
		if err != nil {
			return "", fmt.Errorf("judge what was submitted: %w", err)
		}
	}
	d.rounds = append(d.rounds, round)
	if round.Consistent {
		return "", nil
	}
	return round.words(d.Feedback - len(d.rounds)), nil
}

// words are what the policy is shown of a round.
func (r Round) words(left int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "This is no valid bug yet.\n\n%s\n", strings.TrimRight(r.Report, "\n"))
	if len(r.Differences) > 0 {
		b.WriteString("\nYour diffs do not say what the tree holds; what the tree holds is what was judged:\n")
		for _, difference := range r.Differences {
			fmt.Fprintf(&b, "- %s\n", difference)
		}
	}
	fmt.Fprintf(&b, "\nMend the tree and the files, and submit again. The next submission ")
	if left == 0 {
		b.WriteString("is final.")
	} else {
		fmt.Fprintf(&b, "is judged as this one was; %d more after it.", left)
	}
	return b.String()
}

// take makes a submission of what is in the tree now. A problem is what keeps it
// from being one.
func (d *desk) take(ctx context.Context, name string) (_ *submission, problem string, err error) {
	original := d.Repository.Snapshot.Tree
	folder, problem := folderIn(original, name)
	if problem != "" {
		return nil, problem, nil
	}
	taken, err := d.Take.Take(ctx, d.box, original)
	if err != nil {
		return nil, "", fmt.Errorf("take what was changed: %w", err)
	}
	if taken.Problem != "" {
		return nil, taken.Problem + ". Remove what is no part of the bug; git status shows it.", nil
	}
	written := cutFolder(taken.Changes, folder)
	if len(written) == 0 {
		return nil, fmt.Sprintf("There is no file in %s/%s. Write the five files there, as files and not as links, and submit again.", sandbox.WorkDir, folder), nil
	}
	return d.submission(written, taken)
}

// folderIn says where in the tree the folder is that a policy named.
func folderIn(tree *repo.Tree, name string) (folder, problem string) {
	folder = path.Clean(strings.TrimPrefix(path.Clean(name), sandbox.WorkDir+"/"))
	if err := repo.CheckPath(folder); err != nil {
		return "", fmt.Sprintf("The folder %q cannot be used: %v. Name a new folder in %s, such as %s, and write the five files there.", name, err, sandbox.WorkDir, defaultFolder)
	}
	if _, file := tree.Mode(folder); file || tree.HasFolder(folder) {
		return "", fmt.Sprintf("The folder %q is the repository's own. Write the five files to a new one, such as %s.", name, defaultFolder)
	}
	return folder, ""
}

// cutFolder takes the files of a folder out of changes, and returns the regular
// ones by their names.
func cutFolder(changes map[string]*repo.File, folder string) map[string][]byte {
	written := map[string][]byte{}
	for file, content := range changes {
		name, ok := strings.CutPrefix(file, folder+"/")
		if !ok && file != folder {
			continue
		}
		delete(changes, file)
		if ok && content != nil && content.Mode != repo.Symlink {
			written[name] = append([]byte{}, content.Data...) // never nil
		}
	}
	return written
}

// named returns one of the five files, by its own name or else by its alias; nil:
// it is not there.
func named(written map[string][]byte, name string) []byte {
	if data, ok := written[name]; ok {
		return data
	}
	return written[bug.Alias(name)]
}
