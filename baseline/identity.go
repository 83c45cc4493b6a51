package baseline

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Identity says what the injector's play depends on (see selfplay.Identifier).
func (i *Injector) Identity() string {
	return "baseline injector 1, policy " + cmp.Or(i.Policy, DefaultPolicy()).digest()
}

// Identity says what the solver's play depends on.
func (s *Solver) Identity() string {
	return fmt.Sprintf("baseline solver 1, budget %d, policy %s", s.budget(), s.policy().digest())
}

// digest tells policies apart by what they weigh.
func (p *Policy) digest() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // a number that JSON has not, which LoadPolicy lets nobody read
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:4])
}
