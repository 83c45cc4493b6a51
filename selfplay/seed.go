package selfplay

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
)

// Derive returns the seed of a part of what has the given seed: the first eight
// bytes, big-endian, of the SHA-256 of "ssr SEED PART INDEX". So the chance of
// one attempt does not depend on how many others there are, and a single one can
// be played again. The parts are
//
//	play     "round" i         its injector is given that seed as it is
//	round    "attempt" k
//	round    "child" k         the second-order bug that attempt k left
//	child    "attempt" j
//	round    "strategy", "target", "children", "private"   the engine's own draws
func Derive(seed uint64, part string, index int) uint64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "ssr %d %s %d", seed, part, index))
	return binary.BigEndian.Uint64(sum[:8])
}

// chance is the engine's own, for one draw.
func chance(seed uint64, part string) *rand.Rand {
	return rand.New(rand.NewPCG(Derive(seed, part, 0), 0))
}
