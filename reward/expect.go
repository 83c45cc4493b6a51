package reward

import (
	"fmt"
	"math"
)

// Expected returns R(p): what an injector can expect for a valid bug that one
// attempt solves with probability p, when all Attempts are made independently
// and counted.
func (r Rule) Expected(p float64) (float64, error) {
	r, err := r.filled()
	if err != nil {
		return 0, err
	}
	if err := checkProbability(p); err != nil {
		return 0, err
	}
	return r.expected(p), nil
}

// expected is R(p) of a filled rule: 1-(1+alpha)s also holds at s = 1, so the
// mean of s is right but for s = 0, where alpha is lost instead of 1 won.
func (r Rule) expected(p float64) float64 {
	none := math.Pow(1-p, float64(r.Attempts))
	return 1 - (1+r.Alpha)*(p+none)
}

// Best returns p*, the probability of solving that pays an injector most, and
// R(p*). With a single attempt every p pays -Alpha, and p* is 0.
func (r Rule) Best() (p, pay float64, err error) {
	if r, err = r.filled(); err != nil {
		return 0, 0, err
	}
	p, pay = r.best()
	return p, pay, nil
}

func (r Rule) best() (p, pay float64) {
	if r.Attempts > 1 {
		g := float64(r.Attempts)
		p = 1 - math.Pow(g, -1/(g-1))
	}
	return p, r.expected(p)
}

// Validate refuses a rule whose fields cannot be, and one by which no injector
// can ever expect to be paid; it then names the fewest attempts that would pay.
func (r Rule) Validate() error {
	r, err := r.filled()
	if err != nil {
		return err
	}
	p, pay := r.best()
	if pay > 0 {
		return nil
	}
	return fmt.Errorf("reward: with alpha %v and %d attempts on a bug no injector can expect to be paid: its best bug, solved with probability %.3f, pays %.3f on average; alpha %[1]v needs at least %[5]d attempts",
		r.Alpha, r.Attempts, p, pay, r.fewestThatPay())
}

// fewestThatPay ends at 4 at the latest: p*+(1-p*)^4 is 0.472, below the 1/2
// that is the least 1/(1+alpha) can be.
func (r Rule) fewestThatPay() int {
	for r.Attempts = 1; ; r.Attempts++ {
		if _, pay := r.best(); pay > 0 {
			return r.Attempts
		}
	}
}
