package train

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
)

// BatchVersion is the form of a stored [Batch].
const BatchVersion = "ssr.batch/1"

// A Batch is what a recipe made of samples, and why. As JSON it is its own record.
type Batch struct {
	Version string        `json:"version"`
	Recipe  string        `json:"recipe,omitempty"`
	Steps   []Tally       `json:"steps"` // what removed samples, in the order it did
	Groups  []GroupReport `json:"groups"`
}

// A Tally is how much one rule removed at one step.
type Tally struct {
	Step    string `json:"step"` // fault, drop, filter, gate or mask
	Rule    string `json:"rule"`
	Groups  int    `json:"groups"`
	Samples int    `json:"samples"`
}

// A GroupReport is what became of one group.
type GroupReport struct {
	Role string `json:"role"`
	Key  string `json:"key"`
	Kept bool   `json:"kept"`
	Rule string `json:"rule,omitempty"` // what dropped it; "" if it was kept
	Why  string `json:"why,omitempty"`
	Rows []Row  `json:"rows"`
}

// A Row is what became of one sample. Its advantage is nil if it was dropped, alone
// or with its group, before there was one; a masked sample has one, and does not
// train.
type Row struct {
	Index       int      `json:"index"` // in what the caller gave
	ID          string   `json:"id,omitempty"`
	Stop        Stop     `json:"stop"`
	Reward      *float64 `json:"reward"`           // nil: the machine's
	Parts       []Part   `json:"parts,omitempty"`  // what shapes added
	Shaped      *float64 `json:"shaped"`           // the reward it was compared by; nil: dropped
	Advantage   *float64 `json:"advantage"`        // nil: none
	Trains      bool     `json:"trains"`           // false: its weight is 0
	Tokens      int      `json:"tokens,omitempty"` // that train
	Weight      float64  `json:"weight,omitempty"` // of a trained token's loss; see [Loss]
	MaskedTurns []int    `json:"masked_turns,omitempty"`
	Rule        string   `json:"rule,omitempty"` // what masked or dropped it
	Why         string   `json:"why,omitempty"`
}

// A Part is what one shape added to a reward.
type Part struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// Rows yields every row with its group, groups in order.
func (b *Batch) Rows() iter.Seq2[*GroupReport, *Row] {
	return func(yield func(*GroupReport, *Row) bool) {
		for g := range b.Groups {
			for r := range b.Groups[g].Rows {
				if !yield(&b.Groups[g], &b.Groups[g].Rows[r]) {
					return
				}
			}
		}
	}
}

// Sorted returns the rows in the order the caller gave the samples.
func (b *Batch) Sorted() []*Row {
	var rows []*Row
	for _, row := range b.Rows() {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b *Row) int { return a.Index - b.Index })
	return rows
}

// tally counts what a rule removed at a step.
func (b *Batch) tally(step, rule string, groups, samples int) {
	for i := range b.Steps {
		if t := &b.Steps[i]; t.Step == step && t.Rule == rule {
			t.Groups, t.Samples = t.Groups+groups, t.Samples+samples
			return
		}
	}
	b.Steps = append(b.Steps, Tally{step, rule, groups, samples})
}

// WriteTable writes b for people: a line for each sample, and below what each step
// removed.
func (b *Batch) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "group\trole\tsample\tstop\treward\tshaped\tadvantage\ttrains\twhy")
	for g, row := range b.Rows() {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", word(g.Key), word(g.Role), row.name(), row.Stop,
			number(row.Reward), number(row.Shaped), number(row.Advantage), row.trains(), row.why(g))
	}
	fmt.Fprintln(t, "\nstep\trule\tgroups\tsamples")
	for _, s := range b.Steps {
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\n", s.Step, word(s.Rule), s.Groups, s.Samples)
	}
	return t.Flush()
}

func (r *Row) name() string {
	if r.ID == "" {
		return strconv.Itoa(r.Index)
	}
	return word(r.ID)
}

func (r *Row) trains() string {
	if !r.Trains {
		return "no"
	}
	if r.Weight == 0 {
		return "yes"
	}
	return "yes, " + strconv.FormatFloat(r.Weight, 'g', 4, 64)
}

// why is the reason of the sample, else that of its group.
func (r *Row) why(g *GroupReport) string {
	switch {
	case r.Rule != "":
		return word(r.Rule) + ": " + printable(r.Why)
	case g.Rule != "":
		return "group " + word(g.Rule) + ": " + printable(g.Why)
	}
	return "-"
}

func number(x *float64) string {
	if x == nil {
		return "-"
	}
	return strconv.FormatFloat(*x, 'g', 6, 64)
}

// word keeps a name that came from outside from breaking the table or the terminal.
func word(s string) string {
	if s == "" || strings.ContainsFunc(s, unicode.IsSpace) || printable(s) != s {
		return strconv.Quote(s)
	}
	return s
}

func printable(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}
