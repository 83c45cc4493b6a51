// Package reward is the arithmetic of the game: what an injection and an attempt
// at solving it are paid, and whether a configuration can pay at all. It is the
// file a researcher edits first: numbers in, numbers out, nothing else of the
// engine imported but the comparison of texts.
//
// [Rule] is the game's own arithmetic. The injector is paid by the share s of counted attempts that solved its bug
// (SSR, arXiv 2512.18552, reward design; the numbers stand in section 4 of the
// rules this engine is built from):
//
//	inject = -1                   the artifact is invalid
//	       = -alpha               s = 0 or s = 1
//	       = 1 - (1 + alpha) s    0 < s < 1
//	solve  = +1 solved, -1 not
//
// A bug that nobody solves and one that everybody solves teach nothing, so both
// cost the injector alpha; between them the harder bug pays more. Seen from an
// injector whose bugs are solved with true probability p, that is a bet with
// expectation
//
//	R(p) = 1 - (1 + alpha) (p + (1-p)^G)
//
// over G independent attempts: [Rule.Expected]. It is largest at
// p* = 1 - G^(-1/(G-1)), whatever alpha is: [Rule.Best]. Where even R(p*) is not
// above zero no injector can expect to be paid, whatever it makes, and all it can
// learn is to lose less. [Rule.Validate] refuses such a rule before anything runs;
// a researcher who wants one calls the formulas, which do not refuse it.
//
// What other systems pay for an attempt is a [Part]: a name and a func from
// [Evidence] to a number. Parts add up by [Sum], and one of your own is a literal.
// Whoever does it so is named by each: [AnswerSimilarity] and [PatchSimilarity]
// (SWE-RL), [Thresholded] (CWM), [PlusMinusOne] (SWE-Swiss), [DeepSWE],
// [ResolvedOrNot] and [TestWriter] (Kimi-Dev), [StepPenalty] (Nebius), [R2E],
// [SWEBench], [SoftOverlong] (DAPO). Numbers are those of each system's own code.
// Where that pays for no evidence (two empty result maps are equal, a run that
// skips every test is resolved, a patch nobody can read is like one that does
// nothing) the default refuses, and an option Compat reproduces it for comparison.
//
// A player's malformed answer is a [FormatError] and is paid as the system pays
// it. Evidence that cannot be judged, a verdict that is missing, an oracle without
// a diff, text that is not UTF-8, is an error and never a number.
//
// What is not here: which attempts count (those that ended by the solver's doing,
// decided where an attempt ends), and what trainers make of rewards (advantages
// and masks). A bug with too few counted attempts is unscored: no number, because
// a zero would be a reward too.
package reward

import (
	"cmp"
	"fmt"
	"math"
)

// Defaults of a [Rule]'s zero fields. Alpha and Attempts are the paper's.
const (
	DefaultAlpha       = 0.8
	DefaultAttempts    = 8
	DefaultMinAttempts = 4
)

// Invalid is what an injector is paid for an artifact that failed a check.
const Invalid = -1.0

// A Rule says how bugs are paid. The zero Rule is the paper's.
type Rule struct {
	Alpha       float64 // cost of a bug that all or none solved, between 0 and 1; default 0.8
	Attempts    int     // G, the attempts made on one bug; default 8
	MinAttempts int     // with fewer counted a bug is unscored; default 4, or Attempts if that is less
}

// Inject returns what an injector is paid for an artifact of which solved out of
// counted attempts were right. An artifact that is not valid pays [Invalid],
// whatever the counts. A valid one with fewer than MinAttempts counted attempts
// is unscored: scored is false, and nobody is paid, its solvers included.
//
// Counts that cannot be are an error: negative ones, more solved than counted,
// more counted than Attempts.
func (r Rule) Inject(valid bool, solved, counted int) (pay float64, scored bool, err error) {
	if r, err = r.filled(); err != nil {
		return 0, false, err
	}
	if !valid {
		return Invalid, true, nil
	}
	if solved < 0 || counted < solved || r.Attempts < counted {
		return 0, false, fmt.Errorf("reward: %d solved of %d counted attempts: 0 <= solved <= counted <= %d must hold", solved, counted, r.Attempts)
	}
	switch {
	case counted < r.MinAttempts:
		return 0, false, nil
	case solved == 0 || solved == counted:
		return -r.Alpha, true, nil
	}
	return 1 - (1+r.Alpha)*float64(solved)/float64(counted), true, nil
}

// Solve returns what a solver is paid for an attempt that counts.
func (Rule) Solve(solved bool) float64 {
	if solved {
		return 1
	}
	return -1
}

// filled returns r with its defaults, or says which field cannot be.
func (r Rule) filled() (Rule, error) {
	r.Alpha = cmp.Or(r.Alpha, DefaultAlpha)
	r.Attempts = cmp.Or(r.Attempts, DefaultAttempts)
	r.MinAttempts = cmp.Or(r.MinAttempts, min(DefaultMinAttempts, r.Attempts))
	switch {
	case !(0 < r.Alpha && r.Alpha < 1): // NaN too
		return r, fmt.Errorf("reward: alpha is %v; it must lie between 0 and 1, so that a bug nobody can solve costs something, and less than an invalid one", r.Alpha)
	case r.Attempts < 1:
		return r, fmt.Errorf("reward: %d attempts on a bug; at least one must be made", r.Attempts)
	case r.MinAttempts < 1 || r.Attempts < r.MinAttempts:
		return r, fmt.Errorf("reward: at least %d of %d attempts must count; that must be between 1 and %[2]d", r.MinAttempts, r.Attempts)
	}
	return r, nil
}

// checkProbability refuses what is no probability.
func checkProbability(p float64) error {
	if math.IsNaN(p) || p < 0 || 1 < p {
		return fmt.Errorf("reward: the probability of solving is %v; it must lie between 0 and 1", p)
	}
	return nil
}
