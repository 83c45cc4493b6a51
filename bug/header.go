package bug

import (
	"strings"

	"github.com/selfplay-swe/ssr/repo"
)

// A header is what the lines from "diff --git" to the first hunk say. A nil
// field was not said.
type header struct {
	line             int
	pair             string // what follows "diff --git "
	oldMode, newMode *repo.Mode
	added, deleted   *repo.Mode
	from, to         *string // of a rename or a copy
	copied           bool
	minus, plus      *string // of the --- and +++ lines
	index            *index
}

// An index is the line that names the contents before and after.
type index struct {
	old, new string // object ids, perhaps abbreviated
	mode     repo.Mode
}

// header reads one. Every line may come once; --- and +++ are the last, and the
// first line that is none of a header's ends it.
func (s *scanner) header() (*header, error) {
	h := &header{line: s.line}
	h.pair = strings.TrimPrefix(s.take(), "diff --git ")
	for len(s.rest) > 0 && h.plus == nil {
		done, err := h.read(string(s.peek(0)))
		if err == nil && (h.minus == nil && h.plus != nil || h.minus != nil && h.plus == nil && !s.at("--- ")) {
			err = problem(0, "", "a +++ line follows the --- line, and both follow the other lines of the header")
		}
		if err != nil {
			err.Line = s.line
			return nil, err
		}
		if done {
			break
		}
		s.take()
	}
	if h.minus != nil && h.plus == nil {
		return nil, problem(s.line, "", "no +++ line follows the --- line")
	}
	return h, nil
}

// read takes one line into h, or says that it is none of the header's.
func (h *header) read(line string) (done bool, err *FormatError) {
	key, value := cutKey(strings.TrimSuffix(line, "\n"))
	switch key {
	case "old mode ":
		return false, mode(&h.oldMode, value)
	case "new mode ":
		return false, mode(&h.newMode, value)
	case "new file mode ":
		return false, mode(&h.added, value)
	case "deleted file mode ":
		return false, mode(&h.deleted, value)
	case "rename from ", "copy from ":
		h.copied = key == "copy from "
		return false, name(&h.from, value)
	case "rename to ", "copy to ":
		if h.copied != (key == "copy to ") {
			return false, problem(0, "", "a rename and a copy in one entry")
		}
		return false, name(&h.to, value)
	case "--- ":
		return false, name(&h.minus, untab(value))
	case "+++ ":
		return false, name(&h.plus, untab(value))
	case "index ":
		return false, h.readIndex(value)
	case "similarity index ", "dissimilarity index ":
		return false, nil
	}
	return true, nil
}

var headerKeys = []string{
	"old mode ", "new mode ", "new file mode ", "deleted file mode ", "rename from ", "rename to ",
	"copy from ", "copy to ", "--- ", "+++ ", "index ", "similarity index ", "dissimilarity index ",
}

func cutKey(line string) (key, value string) {
	for _, key := range headerKeys {
		if value, ok := strings.CutPrefix(line, key); ok {
			return key, value
		}
	}
	return "", line
}

func once[T any](field **T, value T) *FormatError {
	if *field != nil {
		return problem(0, "", "a line of the header comes twice")
	}
	*field = &value
	return nil
}

func name(field **string, value string) *FormatError {
	path, err := unquote(value)
	if err != nil {
		return err
	}
	return once(field, path)
}

func mode(field **repo.Mode, value string) *FormatError {
	m, err := parseMode(value)
	if err != nil {
		return err
	}
	return once(field, m)
}

func parseMode(value string) (repo.Mode, *FormatError) {
	switch value {
	case "100644":
		return repo.Regular, nil
	case "100755":
		return repo.Executable, nil
	case "120000":
		return repo.Symlink, nil
	case "160000":
		return 0, problem(0, "leave submodules out", "mode 160000 is a submodule")
	}
	return 0, problem(0, "100644, 100755 or 120000 is possible", "mode %.20q is not one of git's for files", value)
}

func isLink(m repo.Mode) bool { return m == repo.Symlink }

// readIndex reads "old..new" or "old..new mode".
func (h *header) readIndex(value string) *FormatError {
	ids, tail, hasMode := strings.Cut(value, " ")
	var x index
	var ok bool
	if x.old, x.new, ok = strings.Cut(ids, ".."); !ok || !isHex(x.old) || !isHex(x.new) {
		return problem(0, "git writes index OLD..NEW MODE", "index line %.100q cannot be read", value)
	}
	if hasMode {
		m, err := parseMode(tail)
		if err != nil {
			return err
		}
		x.mode = m
	}
	return once(&h.index, x)
}

func isHex(id string) bool {
	return len(id) >= 4 && len(id) <= 64 && strings.Trim(id, "0123456789abcdef") == ""
}
