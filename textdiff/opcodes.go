package textdiff

import "iter"

// A Tag says what becomes of a stretch of a. Its values are difflib's words.
type Tag string

const (
	Equal   Tag = "equal"
	Replace Tag = "replace"
	Delete  Tag = "delete"
	Insert  Tag = "insert"
)

// An Opcode turns a[A1:A2] into b[B1:B2].
type Opcode struct {
	Tag            Tag
	A1, A2, B1, B2 int
}

// Opcodes lists in order what turns a into b, as difflib's get_opcodes does.
func (m Alignment) Opcodes() []Opcode {
	var codes []Opcode
	a, b := 0, 0
	for _, block := range append(m.Blocks[:len(m.Blocks):len(m.Blocks)], Block{m.LenA, m.LenB, 0}) {
		switch {
		case a < block.A && b < block.B:
			codes = append(codes, Opcode{Replace, a, block.A, b, block.B})
		case a < block.A:
			codes = append(codes, Opcode{Delete, a, block.A, b, block.B})
		case b < block.B:
			codes = append(codes, Opcode{Insert, a, block.A, b, block.B})
		}
		a, b = block.A+block.Size, block.B+block.Size
		if block.Size > 0 {
			codes = append(codes, Opcode{Equal, block.A, a, block.B, b})
		}
	}
	return codes
}

// Groups yields the changes with so many equal elements around them, those that
// are near each other together, as difflib's get_grouped_opcodes does. Equal
// sequences have none. A negative context is 0.
func (m Alignment) Groups(context int) iter.Seq[[]Opcode] {
	context = max(context, 0)
	codes := m.Opcodes()
	return func(yield func([]Opcode) bool) {
		var group []Opcode
		for at, code := range codes {
			if code.Tag == Equal && at == 0 {
				code.A1, code.B1 = max(code.A1, code.A2-context), max(code.B1, code.B2-context)
			}
			if code.Tag == Equal && at == len(codes)-1 {
				code.A2, code.B2 = min(code.A2, code.A1+context), min(code.B2, code.B1+context)
			}
			if code.Tag == Equal && code.A2-code.A1 > 2*context {
				head := code
				head.A2, head.B2 = code.A1+context, code.B1+context
				if group = append(group, head); !yield(group) {
					return
				}
				group = nil
				code.A1, code.B1 = code.A2-context, code.B2-context
			}
			group = append(group, code)
		}
		if len(group) > 1 || len(group) == 1 && group[0].Tag != Equal {
			yield(group)
		}
	}
}
