package baseline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/selfplay-swe/ssr/repo"
)

// A past is what code files were at an earlier commit.
type past struct {
	Commit string            `json:"commit"`
	Files  map[string][]byte `json:"files"` // those that are there now, with other content
}

const (
	mostCommits = 12  // that are looked at, the latest first
	mostTrees   = 40  // that are read to find them
	mostLookup  = 400 // commits that are listed
)

// readPast reads the latest commits that left code files other than they are
// now. Without a history there are none. One that cannot be reached is an error:
// with a network the same seed would make another bug.
func readPast(ctx context.Context, s *repo.Snapshot, isCode func(string) bool) ([]past, error) {
	var commits []repo.Commit
	for c, err := range s.History(ctx) {
		if err != nil {
			return nil, brief(ctx, err)
		}
		if commits = append(commits, c); len(commits) > mostLookup {
			commits = commits[1:]
		}
	}
	slices.Reverse(commits)
	var list []past
	for _, c := range commits[:min(len(commits), mostTrees)] {
		tree, err := c.Tree(ctx)
		if err != nil {
			return list, brief(ctx, err)
		}
		p, err := pastOf(s, c.ID, tree, isCode)
		if err != nil {
			return nil, err
		}
		if len(p.Files) > 0 && !slices.ContainsFunc(list, p.same) {
			list = append(list, p)
		}
		if len(list) == mostCommits {
			break
		}
	}
	return list, nil
}

// brief keeps of the errors of a history what another try may not meet: the end
// of ctx, and a network that is not there. What is wrong with a commit itself ends
// the history at that commit, each time.
func brief(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.Join(context.Cause(ctx), err)
	}
	if _, ok := errors.AsType[*repo.UnreachableError](err); ok {
		return fmt.Errorf("inject: read the past: %w", err)
	}
	return nil
}

// pastOf reads the code files of a tree that are there now with other content.
func pastOf(s *repo.Snapshot, commit string, tree *repo.Tree, isCode func(string) bool) (past, error) {
	p := past{commit, map[string][]byte{}}
	for _, change := range tree.Changes() {
		if change.File == nil || change.File.Mode == repo.Symlink || !isCode(change.Path) {
			continue
		}
		p.Files[change.Path] = change.File.Data
	}
	return p, nil
}

func (p past) same(other past) bool {
	if len(p.Files) != len(other.Files) {
		return false
	}
	for name, data := range p.Files {
		if !bytes.Equal(data, other.Files[name]) {
			return false
		}
	}
	return true
}

// A hunk is lines of a file that were others once.
type hunk struct {
	first, last int    // lines, from 1; last < first: nothing, before first
	start, end  int    // bytes
	then        string // what stood there
}

// hunks lists where a file differs from what it was, as runs of lines.
func hunks(now, then []byte) (list []hunk) {
	text := string(diff.Diff("now", now, "then", then))
	_, text, _ = strings.Cut(text, "@@") // the names
	offsets := lineOffsets(now)
	line := 0
	var open *hunk
	for row := range strings.Lines("@@" + text) {
		if strings.HasPrefix(row, "@@ -") {
			line, open = hunkLine(row), nil
			continue
		}
		switch row[0] {
		case '-', '+':
			if open == nil {
				list = append(list, hunk{first: line, last: line - 1})
				open = &list[len(list)-1]
			}
			if row[0] == '-' {
				open.last, line = line, line+1
			} else {
				open.then += row[1:]
			}
		case ' ':
			line, open = line+1, nil
		}
	}
	for i, h := range list {
		if h.last >= len(offsets) || h.first < 1 {
			return nil // a file without a final newline: the diff says so in a line of its own
		}
		list[i].start, list[i].end = offsets[h.first-1], offsets[h.last]
	}
	return list
}

// lineOffsets returns where each line begins, and the end of the last.
func lineOffsets(text []byte) []int {
	offsets := []int{0}
	for line := range bytes.Lines(text) {
		offsets = append(offsets, offsets[len(offsets)-1]+len(line))
	}
	return offsets
}

// hunkLine reads the line of "@@ -12,3 +12,4 @@" at which the hunk begins.
func hunkLine(header string) (line int) {
	digits, _, _ := strings.Cut(strings.TrimPrefix(header, "@@ -"), " ")
	digits, count, _ := strings.Cut(digits, ",")
	for _, d := range digits {
		line = 10*line + int(d-'0')
	}
	if count == "0" {
		line++
	}
	return line
}
