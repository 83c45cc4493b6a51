package baseline

// DefaultPolicy returns the policy that plays where none was learned.
func DefaultPolicy() *Policy {
	return &Policy{Version: PolicyVersion, Temperature: 1, Weights: map[string]float64{
		"solve/log-suspicion": 2, // suspiciousness squared
	}}
}
