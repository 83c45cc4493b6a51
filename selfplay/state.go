package selfplay

// state is what the steps of an Engine share in one process.
type state struct{}
