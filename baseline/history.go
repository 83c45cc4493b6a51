package baseline

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/mutate"
)

// The operators of history. A hunk is a run of lines that a past change made
// what they are, and a function all hunks inside of one.
const (
	pastHunk     = "history-hunk"
	pastFunction = "history-function"
)

// past lists edits that bring back what functions once were, the latest past
// first: the whole function, and every hunk of it, with what it needs to compile.
// Test files stay as they are (rules, section 6).
func (g *ground) past(ctx context.Context, f *field, commit string) (list []candidate, err error) {
	pasts, err := g.pasts(ctx)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, p := range pasts {
		if commit != "" && p.Commit != commit {
			continue
		}
		for _, file := range slices.Sorted(maps.Keys(p.Files)) {
			edits, err := g.pastEdits(file, p.Files[file])
			if err != nil {
				return nil, err
			}
			for _, e := range edits {
				if !seen[e.Key()] && g.possible(f, e) {
					seen[e.Key()] = true
					list = append(list, candidate{e, p.Commit})
				}
			}
		}
	}
	return list, nil
}

// pasts reads the past once for a snapshot and keeps it beside it: a module's
// releases come from a network.
func (g *ground) pasts(ctx context.Context) ([]past, error) {
	return g.history.take(ctx, "", func(ctx context.Context) ([]past, error) {
		name := filepath.Join(g.repository.Snapshot.Dir, "past-"+poolVersion+".json")
		return kept(ctx, name, func(ctx context.Context) ([]past, error) {
			return readPast(ctx, g.repository.Snapshot, func(file string) bool { return g.code.has(file) && !steers(file) })
		})
	})
}

// pastEdits lists the edits that bring back the past of one file.
func (g *ground) pastEdits(file string, then []byte) (list []mutate.Edit, err error) {
	now, err := g.read(file)
	if err != nil {
		return nil, err
	}
	byFunc := map[*mutate.Function][]hunk{}
	for _, h := range hunks(now, then) {
		if f := g.code.function(file, h.first); f != nil && f.First < h.first && max(h.first, h.last) <= f.Last {
			byFunc[f] = append(byFunc[f], h)
		}
	}
	offer := func(operator string, f *mutate.Function, hunks ...hunk) {
		e := mutate.Edit{Operator: operator, File: file, Line: hunks[0].first, Func: f.Name}
		for _, h := range hunks {
			e.Changes = append(e.Changes, mutate.Change{File: file, Start: h.start, Before: string(now[h.start:h.end]), After: h.then})
		}
		if g.seen.Framework == survey.GoTest {
			e.Changes = goNeeds(now, then, e.Changes)
		}
		if len(e.Changes) > 0 && !onlyLayout(e.Changes) {
			list = append(list, e)
		}
	}
	for _, f := range slices.SortedFunc(maps.Keys(byFunc), func(a, b *mutate.Function) int { return a.First - b.First }) {
		if len(byFunc[f]) > 1 {
			offer(pastFunction, f, byFunc[f]...)
		}
		for _, h := range byFunc[f] {
			offer(pastHunk, f, h)
		}
	}
	return list, nil
}

// onlyLayout says whether changes are of white space and lines of comments alone.
func onlyLayout(changes []mutate.Change) bool {
	return !slices.ContainsFunc(changes, func(c mutate.Change) bool { return meaning(c.Before) != meaning(c.After) })
}

// meaning is text without white space and lines of comments.
func meaning(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "#") {
			b.WriteString(strings.Join(strings.Fields(line), ""))
		}
	}
	return b.String()
}
