package local

import (
	"cmp"
	"runtime"
	"slices"

	"github.com/selfplay-swe/ssr/work"
)

// A pool is where the steps of one kind are done.
type pool struct {
	work.Kind
	running int
	queue   []*chain // whose steps are due, the next one first
}

func newPool(kind work.Kind) *pool {
	kind.Limit = cmp.Or(kind.Limit, runtime.GOMAXPROCS(0))
	return &pool{Kind: kind}
}

// push adds a chain at its turn.
func (p *pool) push(c *chain) {
	i, _ := slices.BinarySearchFunc(p.queue, c, byTurn)
	p.queue = slices.Insert(p.queue, i, c)
	c.due = true
}

// pop returns the chain whose turn it is, or nil when none can be begun.
func (p *pool) pop() *chain {
	for p.running < p.Limit && len(p.queue) > 0 {
		c := p.queue[0]
		p.queue = slices.Delete(p.queue, 0, 1)
		if !c.over { // not cancelled while it waited
			p.running++
			return c
		}
	}
	return nil
}

// byTurn is the order in which steps are done: those of groups that were started
// earlier, then those that are further in their task, then those of earlier
// tasks. So what is begun is ended before more is.
func byTurn(a, b *chain) int {
	return cmp.Or(
		cmp.Compare(a.group.seq, b.group.seq),
		cmp.Compare(b.step, a.step),
		cmp.Compare(a.index, b.index),
	)
}
