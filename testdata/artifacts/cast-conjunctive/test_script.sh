#!/bin/bash
tests='Alias|Bool|String|Indirect|TrimDecimal|TrimZeroDecimal|Time|TimeWithTimezones|Duration'
slices='(Bool|Int|Int64|Uint|Float64|String|Duration)?Slice'
go test -count=1 -v -run "^Test($tests|$slices)\$" .
