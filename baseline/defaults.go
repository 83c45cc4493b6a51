package baseline

// DefaultPolicy returns the policy that plays where none was learned.
func DefaultPolicy() *Policy {
	weights := injectPrior()
	weights["solve/log-suspicion"] = 2 // suspiciousness squared (baseline.md, Solver)
	weights["solve/log-rank"] = -0.5
	return &Policy{Version: PolicyVersion, Temperature: 1, Weights: weights}
}
