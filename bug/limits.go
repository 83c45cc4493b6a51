package bug

import "cmp"

// Limits bound what a player's files may cost. Zero fields take the default.
type Limits struct {
	Script    int64 // bytes of test_script.sh; default 1 MiB
	Parser    int64 // bytes of test_parser.py; default 1 MiB
	TestFiles int64 // bytes of test_files.txt; default 1 MiB
	Patch     int64 // bytes of one diff; default 32 MiB
	Entries   int   // files in one diff, and lines of test_files.txt; default 10,000

	// Made bounds the bytes that applying one diff makes, and the bytes that
	// its binary hunks unpack to: a kilobyte of diff can stand for gigabytes.
	// Default 256 MiB.
	Made int64
}

func (l Limits) withDefaults() Limits {
	const mib = 1 << 20
	return Limits{
		Script:    cmp.Or(l.Script, mib),
		Parser:    cmp.Or(l.Parser, mib),
		TestFiles: cmp.Or(l.TestFiles, mib),
		Patch:     cmp.Or(l.Patch, 32*mib),
		Entries:   cmp.Or(l.Entries, 10_000),
		Made:      cmp.Or(l.Made, 256*mib),
	}
}
