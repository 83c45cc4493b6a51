package bug

import (
	"strings"

	"github.com/selfplay-swe/ssr/repo"
)

const devNull = "/dev/null"

const prefixWant = "make the diff with git diff --src-prefix=a/ --dst-prefix=b/"

// part puts together what h says of names and modes, and refuses a header
// whose lines do not agree: a diff must not touch one path for one reader and
// another for the next.
func (h *header) part() (*part, error) {
	left, right, err := h.sides()
	if err == nil {
		err = h.agree(left, right)
	}
	if err != nil {
		err.Line = h.line
		return nil, err
	}
	p := &part{line: h.line, old: side{path: left[2:]}, new: side{path: right[2:]}, copied: h.copied}
	if err := h.modes(p); err != nil {
		err.Line = h.line
		return nil, err
	}
	return p, p.checkPaths()
}

// sides splits what follows "diff --git " into its two names, each with its
// one-letter prefix. Unquoted names may hold spaces, so where the first ends
// is known from the names of a rename, or from both being equally long.
func (h *header) sides() (left, right string, err *FormatError) {
	cut := (len(h.pair) - 1) / 2
	if h.from != nil {
		cut = len("a/") + len(*h.from)
	}
	left, rest, ok := "", "", false
	switch quote := strings.IndexByte(h.pair, '"'); {
	case quote == 0:
		left, rest, ok = cutQuoted(h.pair)
	case quote > 0:
		left, rest, ok = h.pair[:quote-1], h.pair[quote-1:], true
	case cut > 0 && cut < len(h.pair):
		left, rest, ok = h.pair[:cut], h.pair[cut:], true
	}
	if !ok || !strings.HasPrefix(rest, " ") {
		return "", "", problem(0, prefixWant, "the names in %.300q cannot be told apart", h.pair)
	}
	if right, err = unquote(rest[1:]); err != nil {
		return "", "", err
	}
	if !prefixed(left, right) {
		return "", "", problem(0, prefixWant, "the names in %.300q have no a/ and b/ before them", h.pair)
	}
	if _, err := unquote(left); err != nil && h.pair[0] != '"' {
		return "", "", err
	}
	return left, right, nil
}

// prefixed says whether both names have one of git's prefixes. They differ,
// whatever diff.mnemonicPrefix says; those of a diff without prefixes are the
// first letters of one path.
func prefixed(left, right string) bool {
	return hasPrefix(left) && hasPrefix(right) && left[0] != right[0]
}

func hasPrefix(name string) bool {
	return len(name) > 2 && name[1] == '/' && strings.IndexByte("abciow12", name[0]) >= 0
}

// agree holds the names of the other lines against those of the first.
func (h *header) agree(left, right string) *FormatError {
	differ := func(line string, got *string, want string) *FormatError {
		return problem(0, "", "the %s line says %q, the diff --git line %q", line, *got, want)
	}
	switch {
	case (h.from == nil) != (h.to == nil):
		return problem(0, "", "from and to come together in a rename or a copy")
	case h.from == nil && left[2:] != right[2:]:
		return problem(0, `a rename has "rename from" and "rename to" lines`, "the diff --git line has two paths, %q and %q", left[2:], right[2:])
	case h.from != nil && *h.from != left[2:]:
		return differ("from", h.from, left[2:])
	case h.to != nil && *h.to != right[2:]:
		return differ("to", h.to, right[2:])
	case h.from != nil && left[2:] == right[2:]:
		return problem(0, "", "%q cannot be renamed or copied to itself", left[2:])
	}
	if h.added != nil {
		left = devNull
	}
	if h.deleted != nil {
		right = devNull
	}
	switch {
	case h.minus != nil && *h.minus != left:
		return differ("---", h.minus, left)
	case h.plus != nil && *h.plus != right:
		return differ("+++", h.plus, right)
	}
	return nil
}

// modes takes the modes of h into p, and what they say of the kind.
func (h *header) modes(p *part) *FormatError {
	switch {
	case h.added != nil && h.deleted != nil,
		(h.added != nil || h.deleted != nil) && (h.from != nil || h.oldMode != nil || h.newMode != nil),
		(h.oldMode == nil) != (h.newMode == nil),
		h.index != nil && h.index.mode != 0 && (h.added != nil || h.deleted != nil || h.oldMode != nil):
		return problem(0, "", "the mode lines of the entry contradict each other")
	case h.added != nil:
		p.old, p.new.mode = side{}, *h.added
	case h.deleted != nil:
		p.new, p.old.mode = side{}, *h.deleted
	case h.oldMode != nil:
		p.old.mode, p.new.mode = *h.oldMode, *h.newMode
	case h.index != nil:
		p.old.mode, p.new.mode = h.index.mode, h.index.mode
	}
	if h.oldMode != nil && isLink(p.old.mode) != isLink(p.new.mode) {
		return problem(0, "delete the one and add the other", "a symlink and a file do not become each other by a new mode")
	}
	return nil
}

// checkPaths refuses names that can be no file of a tree.
func (p *part) checkPaths() error {
	for _, s := range []side{p.old, p.new} {
		if s.path == "" {
			continue
		}
		if err := repo.CheckPath(s.path); err != nil {
			return problem(p.line, "paths stay inside the repository and out of .git", "%v", err)
		}
	}
	return nil
}
