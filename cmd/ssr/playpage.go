package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/selfplay"
)

// play is the report of ssr play.
func (p *page) play(rounds []*selfplay.Round, sources []selfplay.Event, wanted int, store string) {
	p.roundTable(rounds)
	p.line("")
	p.strategyTable(rounds)
	if gap := selfplay.Summarize(rounds).All.ShownOnly; gap.Of > 0 {
		p.line("%d of %d tries pass every test that was shown, and not all that were not", gap.N, gap.Of)
	}
	for _, source := range sources {
		if source.Err != nil {
			p.hang("left out: ", source.Err.Error())
		} else {
			p.hang("note: ", source.Source+": "+source.Text)
		}
	}
	p.line("")
	p.field("kept in", store)
	if missing := wanted - len(rounds); missing > 0 {
		p.field("more", fmt.Sprintf("the same command plays the %d rounds that are left", missing))
	} else {
		p.field("more", fmt.Sprintf("the same command with --rounds %d plays on", 2*wanted))
	}
	p.field("look closer", fmt.Sprintf(`sqlite3 %s 'select round + 1 as round, strategy, fail_to_pass, solved, counted, reward from rounds'`, quoted(store)))
}

// roundTable has a line for each round.
func (p *page) roundTable(rounds []*selfplay.Round) {
	const form = "%5s %-7s %-8s %5s %6s %8s  %6s %6s %8s %7s  %s"
	sources, heading := sourcesOf(rounds), "on"
	on := func(r *selfplay.Round) string { return fmt.Sprint(slices.Index(sources, r.Source) + 1) }
	if len(sources) < 2 {
		sources, heading, on = nil, "", func(*selfplay.Round) string { return "" }
	}
	p.head(form, "round", "bug", "strategy", "files", "broken", "solved", "inject", "solve", "children", "seconds", heading)
	for _, r := range rounds {
		if !r.Consistent || r.Duplicate != nil || r.Errored != "" {
			p.row(form, fmt.Sprint(r.Index+1), "-", printable(string(r.Strategy)), "-", "-", "-", pay(r.Reward), "-", "-", seconds(r), on(r))
			p.hang(strings.Repeat(" ", 7), whyNot(r))
			continue
		}
		p.row(form, fmt.Sprint(r.Index+1), r.Bug[:min(7, len(r.Bug))], printable(string(r.Strategy)), fmt.Sprint(len(r.Files)), fmt.Sprint(r.FailToPass),
			fmt.Sprintf("%d of %d", r.Solved, r.Counted), pay(r.Reward), pay(meanPay(r.Attempts)), children(r), seconds(r), on(r))
	}
	p.line("%s", p.dim("broken: tests; inject, solve: rewards; children: solved, of bugs that tries left"))
	for i, source := range sources {
		p.hang(fmt.Sprintf("on %d: ", i+1), source)
	}
}

// head is the first line of a table.
func (p *page) head(form string, names ...any) {
	p.line("%s", p.dim(strings.TrimRight(fmt.Sprintf(form, names...), " ")))
}

// row is a line of a table, without blanks at its end.
func (p *page) row(form string, values ...any) {
	p.line("%s", strings.TrimRight(fmt.Sprintf(form, values...), " "))
}

// sourcesOf lists what rounds were played on, in the order in which it came up.
func sourcesOf(rounds []*selfplay.Round) (sources []string) {
	for _, r := range rounds {
		if !slices.Contains(sources, r.Source) {
			sources = append(sources, r.Source)
		}
	}
	return sources
}

// whyNot says why a round has no attempts.
func whyNot(r *selfplay.Round) string {
	switch {
	case r.Errored != "":
		return "the machine failed: " + r.Errored
	case r.Duplicate != nil:
		return fmt.Sprintf("too like the bug of round %d (by its %s)", r.Duplicate.Of+1, r.Duplicate.By)
	case r.Refusal != nil:
		return "refused by " + r.Refusal.Check + ": " + r.Refusal.Finding
	}
	return "not consistent"
}

func pay(reward *float64) string {
	if reward == nil {
		return "-"
	}
	return fmt.Sprintf("%+.3f", *reward)
}

// meanPay is what the attempts that count were paid on average; nil: none counts.
func meanPay(attempts []selfplay.Attempt) *float64 {
	sum, n := 0.0, 0.0
	for _, a := range attempts {
		if a.Reward != nil {
			sum, n = sum+*a.Reward, n+1
		}
	}
	if n == 0 {
		return nil
	}
	mean := sum / n
	return &mean
}

// children tells how many second-order bugs were repaired by some attempt, of how
// many.
func children(r *selfplay.Round) string {
	solved := 0
	for _, child := range r.Children {
		solved += min(child.Solved, 1)
	}
	return ratio(selfplay.Ratio{N: solved, Of: len(r.Children)})
}

func seconds(r *selfplay.Round) string { return fmt.Sprintf("%.1f", r.Cost.Wall) }

// strategyTable has a line for each strategy.
func (p *page) strategyTable(rounds []*selfplay.Round) {
	const form = "%-10s  %6s  %10s  %9s  %7s  %7s  %7s"
	p.head(form, "strategy", "rounds", "consistent", "0 < s < 1", "inject", "solve", "seconds")
	summary := selfplay.Summarize(rounds)
	for _, s := range append(summary.Strategies, selfplay.StrategyTotals{Strategy: "all", Totals: summary.All}) {
		p.line(form, printable(string(s.Strategy)), fmt.Sprint(s.Rounds), ratio(s.Valid), ratio(s.Between), mean(s.Inject), mean(s.Solve), fmt.Sprintf("%.1f", s.Seconds/float64(max(s.Rounds, 1))))
	}
}

// ratio shows so many of so many.
func ratio(r selfplay.Ratio) string {
	if r.Of == 0 {
		return "-"
	}
	return fmt.Sprintf("%d of %d", r.N, r.Of)
}

func mean(m selfplay.Mean) string {
	if m.N == 0 {
		return "-"
	}
	return fmt.Sprintf("%+.3f", m.Value())
}
