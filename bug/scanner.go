package bug

import "bytes"

// A scanner reads a diff line by line. Every line ends in a newline.
type scanner struct {
	rest   []byte
	line   int   // number of the first line of rest
	unpack int64 // bytes that binary hunks may still unpack to
}

// peek returns the line that is n lines ahead, with its newline; nil at the end.
func (s *scanner) peek(n int) []byte {
	rest := s.rest
	for ; n > 0; n-- {
		rest = rest[lineLen(rest):]
	}
	return rest[:lineLen(rest)]
}

// take returns the next line without its newline and moves behind it.
func (s *scanner) take() string {
	n := lineLen(s.rest)
	text := s.rest[:n-1]
	s.rest = s.rest[n:]
	s.line++
	return string(text)
}

func (s *scanner) at(prefix string) bool { return bytes.HasPrefix(s.rest, []byte(prefix)) }

func lineLen(b []byte) int { return bytes.IndexByte(b, '\n') + 1 }

// next reads the part that starts in this line; nil when none does.
func (s *scanner) next() (*part, error) {
	switch {
	case s.at("diff --git "):
		return s.gitPart()
	case s.atPlainHeader():
		return s.plainPart()
	case s.at("@@ -"):
		return nil, problem(s.line, `it needs a "diff --git a/path b/path" header before it`, "a hunk belongs to no file")
	case s.at("diff --cc "), s.at("diff --combined "):
		return nil, problem(s.line, "compare with one parent: git diff OLD NEW", "the diff of a merge cannot be applied")
	}
	s.take()
	return nil, nil
}

// gitPart reads a part with a "diff --git" header.
func (s *scanner) gitPart() (*part, error) {
	h, err := s.header()
	if err != nil {
		return nil, err
	}
	p, err := h.part()
	if err != nil {
		return nil, err
	}
	switch {
	case h.minus != nil:
		p.hunks, err = s.hunks(p)
	case s.at("GIT binary patch\n"):
		p.binary, err = s.binary(h)
	case s.at("Binary files "), s.at("Files "):
		err = problem(s.line, "make the diff with git diff --binary", "the bytes of %q are not in the diff", p.path())
	case s.at("@@ -"):
		err = problem(s.line, "", "hunks of %q without --- and +++ lines before them", p.path())
	case p.old.path == p.new.path && p.old.mode == p.new.mode:
		err = problem(p.line, "", "the entry of %q changes nothing", p.path())
	}
	return p, err
}

// path is a name for p in messages.
func (p *part) path() string {
	if p.new.path == "" {
		return p.old.path
	}
	return p.new.path
}
