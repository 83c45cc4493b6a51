package main

import "github.com/selfplay-swe/ssr/preset"

// batch is the report of ssr batch: the table that package train writes, and below
// it what the preset cannot pay.
func (p *page) batch(b *preset.Batch) {
	if err := b.WriteTable(&p.text); err != nil {
		return // a buffer takes everything
	}
	if b.Note != "" {
		p.line("")
		p.hang("note: ", b.Note)
	}
	if len(b.LeftOut) > 0 {
		p.line("\nleft out: %d", len(b.LeftOut))
	}
	for _, l := range b.LeftOut {
		p.hang("  ", l.ID+": "+l.Why)
	}
}
