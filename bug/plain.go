package bug

import (
	"bytes"
	"strings"

	"github.com/selfplay-swe/ssr/repo"
)

// atPlainHeader says whether the lines are those of a diff without a "diff
// --git" line, by the rule of git: ---, +++ and a hunk.
func (s *scanner) atPlainHeader() bool {
	return s.at("--- ") &&
		bytes.HasPrefix(s.peek(1), []byte("+++ ")) &&
		bytes.HasPrefix(s.peek(2), []byte("@@ -"))
}

// plainPart reads a part without a "diff --git" line. git guesses there: the
// number of folders to strip, the end of a name, whether a file is new from
// its time. What git would have to guess is refused.
func (s *scanner) plainPart() (*part, error) {
	line := s.line
	old, err := plainName(s.take()[len("--- "):])
	if err != nil {
		err.Line = line
		return nil, err
	}
	next, err := plainName(s.take()[len("+++ "):])
	if err != nil {
		err.Line = line + 1
		return nil, err
	}
	p := &part{line: line}
	switch {
	case old == devNull && hasPrefix(next):
		p.new = side{path: next[2:], mode: repo.Regular}
	case next == devNull && hasPrefix(old):
		p.old = side{path: old[2:]}
	case !prefixed(old, next) || old[2:] != next[2:]:
		return nil, problem(line, prefixWant, "--- %.200q and +++ %.200q are not a/ and b/ of one path", old, next)
	default:
		p.old.path, p.new.path = old[2:], next[2:]
	}
	if err := p.checkPaths(); err != nil {
		return nil, err
	}
	hunks, hunkErr := s.hunks(p)
	if hunkErr != nil {
		return nil, hunkErr
	}
	p.hunks = hunks
	return p, p.unguessed()
}

// plainName reads a name that may be followed by a tab and a time.
func plainName(value string) (string, *FormatError) {
	value, stamp, _ := strings.Cut(value, "\t")
	switch {
	case strings.HasPrefix(value, `"`):
	case strings.Contains(value, " "):
		return "", problem(0, `add a "diff --git" line`, "where the name %.200q ends would have to be guessed", value)
	case strings.HasPrefix(stamp, "19") && value != devNull:
		return "", problem(0, "write /dev/null for the side that does not exist", "the time %.60q would have to tell whether the file is new", stamp)
	}
	return unquote(value)
}

// unguessed refuses hunks from nothing or to nothing between two named sides.
func (p *part) unguessed() error {
	if p.old.path == "" || p.new.path == "" {
		return nil
	}
	for _, h := range p.hunks {
		if h.old.start == 0 || h.new.start == 0 {
			return problem(h.line, "write /dev/null for the side that does not exist", "whether %q is added, deleted or changed would have to be guessed", p.path())
		}
	}
	return nil
}
