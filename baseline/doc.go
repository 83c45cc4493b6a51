// Package baseline is the built-in player: both roles without a language model.
package baseline
