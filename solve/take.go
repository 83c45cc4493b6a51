package solve

import "github.com/selfplay-swe/ssr/sandbox"

// Limits bound what is taken from a desk. More is no error, but an attempt that
// is not solved and says why.
type Limits = sandbox.TakeLimits
