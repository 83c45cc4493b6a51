package repo

type objects struct{}
