package mutate

// An Edit is one small change of source code, made by one operator at one
// place. It is a value: whoever holds the sources that it was made for can apply
// it and undo it, byte for byte.
type Edit struct {
	Operator string   `json:"operator"` // lower-case words with hyphens; stored, so it never changes
	File     string   `json:"file"`     // where it is, a path of the tree; Changes may touch more files
	Line     int      `json:"line"`     // from 1, in File
	Func     string   `json:"func"`     // the enclosing function: "Name", "(*T).Name", "Class.name"; "" outside of any
	Changes  []Change `json:"changes"`  // sorted by file and offset, not overlapping, never empty
}

// A Change replaces some bytes of a file: those at Start, which are Before, by
// After.
type Change struct {
	File   string `json:"file"`
	Start  int    `json:"start"` // byte offset
	Before string `json:"before"`
	After  string `json:"after"`
}
