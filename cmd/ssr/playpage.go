package main

import (
	"fmt"
	"strings"

	"github.com/selfplay-swe/ssr/selfplay"
)

// play is the report of ssr play.
func (p *page) play(rounds []*selfplay.Round, leftOut []selfplay.Event, wanted int, store string) {
	p.roundTable(rounds)
	p.line("")
	p.strategyTable(rounds)
	for _, out := range leftOut {
		p.hang("left out: ", out.Err.Error())
	}
	p.line("")
	p.field("kept in", store)
	p.field("more", fmt.Sprintf("the same command with --rounds %d plays on", 2*wanted))
	p.field("look closer", fmt.Sprintf(`sqlite3 %s 'select round, strategy, fail_to_pass, solved, counted, reward from rounds'`, store))
}

// roundTable has a line for each round.
func (p *page) roundTable(rounds []*selfplay.Round) {
	const form = "%5s  %-8s  %-8s  %5s  %6s  %7s  %8s  %7s  %8s  %7s"
	p.line("%s", p.dim(strings.TrimRight(fmt.Sprintf(form, "round", "bug", "strategy", "files", "broken", "solved", "injector", "solvers", "children", "seconds"), " ")))
	for _, r := range rounds {
		if !r.Consistent || r.Duplicate != nil || r.Errored != "" {
			p.line(form, fmt.Sprint(r.Index+1), "-", printable(string(r.Strategy)), "-", "-", "-", pay(r.Reward), "-", "-", seconds(r))
			p.hang(strings.Repeat(" ", 7), whyNot(r))
			continue
		}
		p.line(form, fmt.Sprint(r.Index+1), cut(r.Bug, 8), printable(string(r.Strategy)), fmt.Sprint(len(r.Files)), fmt.Sprint(r.FailToPass),
			fmt.Sprintf("%d of %d", r.Solved, r.Counted), pay(r.Reward), pay(meanPay(r.Attempts)), children(r), seconds(r))
	}
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

// children tells of the second-order bugs: how many, and of how many some
// attempt was right.
func children(r *selfplay.Round) string {
	solved := 0
	for _, child := range r.Children {
		solved += min(child.Solved, 1)
	}
	if len(r.Children) == 0 {
		return "0"
	}
	return fmt.Sprintf("%d (%d)", len(r.Children), solved)
}

func seconds(r *selfplay.Round) string { return fmt.Sprintf("%.1f", r.Cost.Wall) }

// strategyTable has a line for each strategy.
func (p *page) strategyTable(rounds []*selfplay.Round) {
	const form = "%-10s  %6s  %10s  %9s  %8s  %7s  %7s"
	p.line("%s", p.dim(strings.TrimRight(fmt.Sprintf(form, "strategy", "rounds", "consistent", "0 < s < 1", "injector", "solvers", "seconds"), " ")))
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
