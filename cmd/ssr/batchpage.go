package main

import (
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/preset"
)

// batch is the report of ssr batch: the table that package train writes, and below
// it what the preset cannot pay, by the reason.
func (p *page) batch(b *preset.Batch) {
	_ = b.WriteTable(&p.text) // a buffer takes everything
	p.line("")
	p.line("%s", p.dim("samples are counted from 0: round/0/attempt/2 is attempt 3 of round 1 in ssr play and ssr replay"))
	if b.Note != "" {
		p.line("")
		p.hang("note: ", b.Note)
	}
	if len(b.LeftOut) > 0 {
		p.line("\nleft out: %d", len(b.LeftOut))
	}
	left := b.LeftOut
	for len(left) > 0 {
		why := left[0].Why
		var ids []string
		left = slices.DeleteFunc(slices.Clone(left), func(l preset.LeftOut) bool {
			if l.Why == why {
				ids = append(ids, l.ID)
			}
			return l.Why == why
		})
		p.hang("  ", why+": "+strings.Join(ids, ", "))
	}
}
