package rollout

import "strings"

// reverse turns a git diff around, as text: what it took away is added, and what it
// added is taken away. A store has no trees, so a diff that repairs a bug can only
// be had so. It is what likeness is measured against, and is never applied: git,
// asked for the way back, may find a line that occurs twice in another place. The
// way back of a copied file, which is deleting it, is not made.
func reverse(diff string) string {
	t := turner{}
	for line := range strings.Lines(diff) {
		switch {
		case strings.HasPrefix(line, "diff --git "):
			t.header(line)
		case strings.HasPrefix(line, "@@ "):
			t.hunk(line)
		case t.inHunk:
			t.body(line)
		default:
			t.header(line)
		}
	}
	t.flush()
	return t.out.String()
}

// A turner turns a diff around line by line.
type turner struct {
	out            strings.Builder
	inHunk         bool
	held           string   // the first line of a pair, turned around
	removed, added []string // of the run of changes that is being read, turned around
	last           *[]string
}

// pairs are lines of a header that stand one after the other, and say what was and
// what is. The first is held back until the second comes.
var pairs = [][2]string{{"--- ", "+++ "}, {"old mode ", "new mode "}, {"rename from ", "rename to "}}

func (t *turner) header(line string) {
	t.flush()
	t.inHunk = false
	for _, pair := range pairs {
		if was, ok := strings.CutPrefix(line, pair[0]); ok {
			t.held = pair[1] + swapSide(pair[0], was)
			return
		}
		if is, ok := strings.CutPrefix(line, pair[1]); ok {
			t.out.WriteString(pair[0] + swapSide(pair[0], is) + t.held)
			t.held = ""
			return
		}
	}
	if rest, ok := strings.CutPrefix(line, "new file mode "); ok {
		line = "deleted file mode " + rest
	} else if rest, ok := strings.CutPrefix(line, "deleted file mode "); ok {
		line = "new file mode " + rest
	}
	t.out.WriteString(swapNames(line))
}

// swapSide says of a name that it is on the other side, in lines that say so.
func swapSide(word, name string) string {
	if word != "--- " {
		return name
	}
	if rest, ok := strings.CutPrefix(name, "a/"); ok {
		return "b/" + rest
	}
	if rest, ok := strings.CutPrefix(name, "b/"); ok {
		return "a/" + rest
	}
	return name
}

// swapNames swaps the names in a line "diff --git a/x b/y"; a line of another kind,
// or with a quoted name, stays.
func swapNames(line string) string {
	names, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "diff --git a/")
	from, to, two := strings.Cut(names, " b/")
	if !ok || !two {
		return line
	}
	return "diff --git a/" + to + " b/" + from + "\n"
}

// hunk turns "@@ -1,2 +3,4 @@ func" around.
func (t *turner) hunk(line string) {
	t.flush()
	t.inHunk = true
	fields := strings.SplitN(line, " ", 4)
	if len(fields) == 4 {
		line = "@@ -" + strings.TrimPrefix(fields[2], "+") + " +" + strings.TrimPrefix(fields[1], "-") + " " + fields[3]
	}
	t.out.WriteString(line)
}

// body keeps a run of changes until it ends, since what is removed stands first.
func (t *turner) body(line string) {
	switch line[0] {
	case '+':
		t.removed, t.last = append(t.removed, "-"+line[1:]), &t.removed
	case '-':
		t.added, t.last = append(t.added, "+"+line[1:]), &t.added
	case '\\': // no newline at the end of the line before
		if t.last != nil {
			*t.last = append(*t.last, line)
			return
		}
		t.out.WriteString(line)
	default:
		t.flush()
		t.out.WriteString(line)
	}
}

func (t *turner) flush() {
	for _, line := range append(t.removed, t.added...) {
		t.out.WriteString(line)
	}
	t.removed, t.added, t.last = nil, nil, nil
}
