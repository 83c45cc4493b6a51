package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode"
	"unicode/utf16"

	"github.com/spf13/cobra"
)

// write writes a report to standard output: as JSON, or as a page for a person.
func write(cmd *cobra.Command, asJSON bool, report any, fill func(*page)) error {
	out := cmd.OutOrStdout()
	var text []byte
	if asJSON {
		var err error
		if text, err = encode(report, "  "); err != nil {
			return err
		}
	} else {
		p := &page{paint: paintFor(out), columns: columns(out)}
		fill(p)
		text = p.text.Bytes()
	}
	if _, err := out.Write(text); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// writeLine writes a value as JSON in one line.
func writeLine(cmd *cobra.Command, value any) error {
	text, err := encode(value, "")
	if err == nil {
		_, err = cmd.OutOrStdout().Write(text)
	}
	if err != nil {
		return fmt.Errorf("write the round: %w", err)
	}
	return nil
}

// encode returns indented JSON that can be shown on a terminal: what encoding/json
// leaves as it is although a terminal could act on it is written as \u escapes.
func encode(report any, indent string) ([]byte, error) {
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(report); err != nil {
		return nil, err
	}
	var safe bytes.Buffer
	for _, r := range plain.String() {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			safe.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&safe, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&safe, `\u%04x`, r)
		}
	}
	return safe.Bytes(), nil
}
