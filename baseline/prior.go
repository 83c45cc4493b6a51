package baseline

// injectPrior is what the injector prefers where nothing was learned: edits whose
// inverse is an edit, since a bug that no solver can repair pays nobody, and those
// that break few tests, so that several fit together (the measurements of
// docs/baseline.md).
func injectPrior() map[string]float64 {
	weights := map[string]float64{"inject/log-broken": -0.3, "inject/shared": -1}
	for _, operator := range []string{
		"eq-flip", "nil-flip", "rel-change", "rel-boundary", "logic-change", "arith-change", "bit-change", "operand-swap",
		"bool-flip", "const-change", "if-negate", "unary-drop", "slice-bound", "arg-swap", "break-continue",
	} {
		weights["inject/operator="+operator] = 2
	}
	for _, operator := range []string{"stmt-swap", "if-true", "if-false", "return-remove"} {
		weights["inject/operator="+operator] = 0.5
	}
	return weights
}
