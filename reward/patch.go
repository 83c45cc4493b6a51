package reward

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// What is compared of a patch is what python-unidiff 0.7.5 makes of it, which
// SWE-RL and CWM call: it reads headers leniently and hunks strictly, prints each
// hunk's header anew with both lengths, and refuses a patch as a whole. So this
// reads patches its way and not package bug's, by whose reading they are applied.

// A patchFile is one file of a patch.
type patchFile struct {
	source, target string
	binary         bool
	hunks          []string
}

const devNull = "/dev/null"

func (f *patchFile) renamed() bool {
	return f.source != devNull && f.target != devNull && dropTwo(f.source) != dropTwo(f.target)
}

// dropTwo takes two code points off, an a/ or b/ mostly.
func dropTwo(path string) string {
	points := []rune(path)
	return string(points[min(2, len(points)):])
}

// key is the path a file is compared under: its old one, if it has one.
func (f *patchFile) key() string {
	if f.renamed() {
		return strings.TrimPrefix(f.source, "a/")
	}
	path := f.source
	if path == devNull {
		path = f.target
	}
	if strings.HasPrefix(path, "a/") || strings.HasPrefix(path, "b/") {
		return path[2:]
	}
	return path
}

// normalized is the text that is compared.
func (f *patchFile) normalized() string {
	header := ""
	if f.renamed() {
		header = fmt.Sprintf("rename from %s to %s", strings.TrimPrefix(f.source, "a/"), strings.TrimPrefix(f.target, "b/"))
	}
	var hunks []string
	for _, hunk := range f.hunks {
		hunks = append(hunks, strings.TrimFunc(hunk, pythonSpace))
	}
	return strings.TrimFunc(header+"\n"+strings.Join(hunks, "\n"), pythonSpace)
}

// A patchReader reads a patch line by line.
type patchReader struct {
	lines   []string // with their newlines
	at      int
	files   []*patchFile
	current *patchFile // nil between files
	preface bool       // lines of no known kind belong to the current file
	source  string     // named last as the old file, by any line
	dashed  bool       // a --- line has been read
}

// parsePatch reads a patch. Text in which no file is found is no patch, but for
// white space, which changes nothing.
func parsePatch(text string) ([]*patchFile, error) {
	r := &patchReader{lines: strings.SplitAfter(text, "\n")}
	if r.lines[len(r.lines)-1] == "" {
		r.lines = r.lines[:len(r.lines)-1]
	}
	for r.at < len(r.lines) {
		r.at++
		if err := r.read(r.lines[r.at-1]); err != nil {
			return nil, fmt.Errorf("line %d: %w", min(r.at, len(r.lines)), err)
		}
	}
	if len(r.files) == 0 && strings.TrimSpace(text) != "" {
		return nil, errors.New("line 1: no file is changed in it; a unified diff begins with --- or diff --git")
	}
	return r.files, nil
}

var (
	gitHeader = regexp.MustCompile(`^diff --git (a/[^\t\n]+) (b/[^\t\n]+)`)
	urlHeader = regexp.MustCompile(`^diff --git (.*://[^\t\n]+) (.*://[^\t\n]+)`)
	anyHeader = regexp.MustCompile(`^diff --git ([^\t\n]+) ([^\t\n]+)`)
	newMode   = regexp.MustCompile(`^new file mode \d+\n?$`)
	goneMode  = regexp.MustCompile(`^deleted file mode \d+\n?$`)
	hunkStart = regexp.MustCompile(`^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)`)
	binary    = regexp.MustCompile(`^Binary files? ([^\t]+?)(?:\t[\s0-9:+-]+)?(?: and [^\t]+?(?:\t[\s0-9:+-]+)?)? (?:differ|has changed)`)
)

// read takes one line outside of hunks. The order of the cases is unidiff's.
func (r *patchReader) read(line string) error {
	if names := headerOf(line); names != nil {
		r.begin(names[1], names[2])
		r.source, r.preface = names[1], true
		return nil
	}
	switch {
	case newMode.MatchString(line):
		return r.mark(func(f *patchFile) { f.source = devNull })
	case goneMode.MatchString(line):
		return r.mark(func(f *patchFile) { f.target = devNull })
	case namedBy(line, "--- ") != "":
		return r.readSource(namedBy(line, "--- "))
	case namedBy(line, "+++ ") != "":
		return r.readTarget(namedBy(line, "+++ "))
	}
	if match := hunkStart.FindStringSubmatch(line); match != nil {
		return r.readHunk(match)
	}
	switch {
	case strings.HasPrefix(line, `\ No newline at end of file`):
		return r.appendToHunk("\\ No newline at end of file\n")
	case line == "\n" && r.current != nil:
		return r.appendToHunk("\n")
	}
	return r.readPreface(line)
}

func headerOf(line string) []string {
	for _, pattern := range []*regexp.Regexp{gitHeader, urlHeader, anyHeader} {
		if match := pattern.FindStringSubmatch(line); match != nil {
			return match
		}
	}
	return nil
}

// namedBy is the file name after a mark, up to a tab or the end; "" if there is none.
func namedBy(line, mark string) string {
	name, marked := strings.CutPrefix(line, mark)
	if end := strings.IndexAny(name, "\t\n"); marked && end >= 0 {
		return name[:end]
	}
	if marked {
		return name
	}
	return ""
}

func (r *patchReader) begin(source, target string) {
	r.current = &patchFile{source: source, target: target}
	r.files = append(r.files, r.current)
}

// mark changes the file whose preface is being read.
func (r *patchReader) mark(change func(*patchFile)) error {
	if r.current == nil || !r.preface {
		return errors.New("a file is made or deleted without a diff --git line before")
	}
	change(r.current)
	return nil
}

func (r *patchReader) readSource(name string) error {
	r.source, r.dashed = name, true
	if r.current != nil && r.current.source != name {
		r.current = nil
	}
	return nil
}

func (r *patchReader) readTarget(name string) error {
	if r.current != nil && r.current.target != name || r.current == nil && !r.dashed {
		return fmt.Errorf("+++ %s without its --- line", name)
	}
	if r.current == nil {
		r.begin(r.source, name)
		r.preface = false
	}
	return nil
}

// readPreface takes a line of no other kind: an index line, a mode, a note.
func (r *patchReader) readPreface(line string) error {
	if !r.preface {
		r.current, r.preface = nil, true
	}
	names := binary.FindStringSubmatch(line)
	switch {
	case names != nil:
		if r.current == nil {
			r.begin(names[1], "")
		}
		r.current.binary, r.source = true, names[1]
	case line == "GIT binary patch\n":
		if r.current == nil {
			return errors.New("a binary patch of no file")
		}
		r.current.binary = true
	default:
		return nil
	}
	r.current, r.preface = nil, false
	return nil
}
