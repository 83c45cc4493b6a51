package bug

import (
	"bytes"
	"slices"
)

// ParsePatch reads a git diff within the default [Limits]. It keeps raw. An
// error is always a [*FormatError].
func ParsePatch(raw []byte) (*Patch, error) { return Limits{}.ParsePatch(raw) }

// ParsePatch reads a git diff. Lines before the first entry and between
// entries that are no part of a diff are passed over, as git does, so that what
// git format-patch writes can be read. No bytes at all are a patch without
// entries; bytes without an entry are an error.
func (l Limits) ParsePatch(raw []byte) (*Patch, error) {
	l = l.withDefaults()
	if err := within(l.Patch, raw); err != nil {
		return nil, err
	}
	if len(raw) > 0 && raw[len(raw)-1] != '\n' {
		return nil, problem(bytes.Count(raw, []byte("\n"))+1, "end the diff with a newline", "the last line is cut off")
	}
	p := &Patch{Raw: raw, made: l.Made}
	s := &scanner{rest: raw, line: 1, unpack: l.Made}
	for len(s.rest) > 0 {
		if err := p.scan(s); err != nil {
			return nil, err
		}
		if len(p.Entries) > l.Entries {
			return nil, problem(p.Entries[l.Entries].Line, "", "the diff has more than %d entries", l.Entries)
		}
	}
	if len(p.Entries) == 0 && len(bytes.TrimSpace(raw)) > 0 {
		return nil, problem(1, `an entry starts with "diff --git a/path b/path"`, "no diff is in it")
	}
	return p, p.disjoint()
}

// scan reads one entry, or passes over one line.
func (p *Patch) scan(s *scanner) error {
	start := s.rest
	read, err := s.next()
	if err != nil {
		return err
	}
	if read == nil {
		return nil
	}
	raw := start[:len(start)-len(s.rest)]
	last := len(p.Entries) - 1
	if last >= 0 && p.Entries[last].joins(*read) {
		p.Entries[last].join(*read, raw)
		return nil
	}
	p.Entries = append(p.Entries, &Entry{
		Kind: read.kind(),
		Old:  read.old.path, New: read.new.path,
		OldMode: read.old.mode, NewMode: read.new.mode,
		Binary: read.binary != nil,
		Line:   read.line,
		Raw:    raw,
		parts:  []part{*read},
		patch:  p,
	})
	return nil
}

// joins says whether next is the second half of a type change, which git
// writes as a deletion and an addition of one path.
func (e *Entry) joins(next part) bool {
	return e.Kind == Deleted && next.kind() == Added && e.Old == next.new.path &&
		isLink(e.OldMode) != isLink(next.new.mode)
}

func (e *Entry) join(next part, raw []byte) {
	e.Kind = TypeChanged
	e.New, e.NewMode = next.new.path, next.new.mode
	e.Binary = e.Binary || next.binary != nil
	e.Raw = slices.Concat(e.Raw, raw)
	e.parts = append(e.parts, next)
}

// disjoint refuses two entries that touch one path: undoing one of them alone
// would have no meaning.
func (p *Patch) disjoint() error {
	lines := make(map[string]int)
	for _, e := range p.Entries {
		for _, path := range e.Touches() {
			if line, ok := lines[path]; ok {
				return problem(e.Line, "merge them into one entry", "%q is changed by the entry in line %d already", path, line)
			}
			lines[path] = e.Line
		}
	}
	return nil
}
