package baseline

// DefaultPolicy returns the policy that plays where none was learned. It prefers
// on both sides edits whose inverse is an edit too: a bug that no solver can
// repair pays nobody. What is behind the numbers is measured in docs/baseline.md.
func DefaultPolicy() *Policy {
	weights := map[string]float64{
		"inject/log-broken":   -0.3, // those that break few tests, so that several fit together
		"inject/shared":       -1,
		"inject/at-file":      2,
		"inject/at-target":    3, // and at-file
		"solve/log-suspicion": 2, // suspiciousness squared (baseline.md, Solver)
		"solve/log-share":     0.3,
		"solve/log-rank":      -0.5,
	}
	for _, operator := range invertible {
		weights["inject/operator="+operator] = 3
		weights["solve/operator="+operator] = 2
	}
	for operator, weight := range lossy {
		weights["inject/operator="+operator] = weight
	}
	for operator, weight := range repairing {
		weights["solve/operator="+operator] = weight
	}
	return &Policy{Version: PolicyVersion, Temperature: 1, Weights: weights}
}

// invertible are the operators that one edit of the same operator undoes, and of
// which there are few at one place.
var invertible = []string{
	"eq-flip", "nil-flip", "rel-change", "rel-boundary", "logic-change", "arith-change", "bit-change", "operand-swap",
	"bool-flip", "const-change", "if-negate", "arg-swap", "break-continue",
}

// lossy are operators that forget what was there, or can be undone in one of many
// ways: by how well a solver finds it again.
var lossy = map[string]float64{
	"unary-drop": 2, "slice-bound": 1.5, "call-change": 1, "attr-replace": 0.5, "name-replace": 0.5, "return-zero": 0,
	"stmt-swap": 1.5, "error-drop": 0, "string-typo": -2, "chain-break": -1.5, "call-unwrap": -1, "logic-drop": -1,
}

// repairing are operators that undo what others did.
var repairing = map[string]float64{"not-add": 1.5, "offset-add": 0.5, "slice-bound": 0.5, "slice-add": 0.5, "stmt-swap": 0.5}
