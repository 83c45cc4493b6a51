package solve

import (
	"bytes"
	"fmt"
	"regexp"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
)

// A hunk is a part of a diff that can be withheld. An entry that is no text, or
// makes or removes a file, is one.
type hunk struct {
	head    []byte // the entry's lines before its hunks
	lines   []byte // the hunk's own, from @@ on; nil: head is all
	names   string // where the names of its tests stand: its lines, and the definition that it is in
	private bool
}

// split cuts a diff, as [repo.Diff] renders it, into its hunks.
func split(diff []byte, after *repo.Tree) ([]*hunk, error) {
	patch, err := bug.ParsePatch(diff)
	if err != nil {
		return nil, err
	}
	var hunks []*hunk
	for _, e := range patch.Entries {
		starts := hunkStart.FindAllIndex(e.Raw, -1)
		if e.Kind != bug.Modified || e.Binary || len(starts) == 0 {
			hunks = append(hunks, &hunk{head: e.Raw, names: string(e.Raw)})
			continue
		}
		file, err := after.Read(e.New)
		if err != nil {
			return nil, err
		}
		within := definitions{lines: bytes.SplitAfter(file.Data, []byte("\n"))}
		for i, at := range starts {
			end := len(e.Raw)
			if i+1 < len(starts) {
				end = starts[i+1][0]
			}
			h := &hunk{head: e.Raw[:starts[0][0]], lines: e.Raw[at[0]:end]}
			h.names = within.before(h.place().start) + string(h.lines)
			hunks = append(hunks, h)
		}
	}
	return hunks, nil
}

// A line of a diff's content begins with one of " +-\", so this is a header.
var hunkStart = regexp.MustCompile(`(?m)^@@ -`)

// A place is what the header of a hunk says.
type place struct{ oldStart, oldCount, start, count int }

func (h *hunk) place() (p place) {
	fmt.Sscanf(string(h.lines), "@@ -%d,%d +%d,%d @@", &p.oldStart, &p.oldCount, &p.start, &p.count)
	return p
}

// joined is the diff of the hunks that are shown. A hunk moves up by what those
// withheld before it, in the same file, would have added.
func joined(hunks []*hunk) []byte {
	var out []byte
	moved, written := 0, false
	for i, h := range hunks {
		if i == 0 || &h.head[0] != &hunks[i-1].head[0] {
			moved, written = 0, false
		}
		p := h.place()
		if h.private {
			moved += p.count - p.oldCount
			continue
		}
		if !written {
			out = append(out, h.head...)
			written = true
		}
		if h.lines != nil {
			_, rest, _ := bytes.Cut(h.lines, []byte("\n"))
			out = fmt.Appendf(out, "@@ -%d,%d +%d,%d @@\n", p.oldStart, p.oldCount, p.start-moved, p.count)
			out = append(out, rest...)
		}
	}
	return out
}

// Definitions are the lines of a file that define a test, a function or a class,
// found from the top down.
type definitions struct {
	lines [][]byte
	read  int
	last  string
}

// before returns the last definition at or before a line, from 1. Lines are asked
// for in their order.
func (d *definitions) before(line int) string {
	for ; d.read < min(line, len(d.lines)); d.read++ {
		if defines.Match(d.lines[d.read]) {
			d.last = string(d.lines[d.read])
		}
	}
	return d.last
}

var defines = regexp.MustCompile(`^\s*(func|def|async def|class|it|test|describe|suite)\b`)
