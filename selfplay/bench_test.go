package selfplay_test

import "testing"

// BenchmarkRound is the engine's own time for a round: commands cost nothing in
// the small world, so what is left is the engine, the judge, the archive in
// memory and the solvers' git directories.
func BenchmarkRound(b *testing.B) {
	source := folder(b, 6)
	e := engine(b)
	e.Similar = 2
	b.ReportAllocs()
	b.ResetTimer()
	for range e.Rounds(b.Context(), sources(source), b.N) {
	}
}
