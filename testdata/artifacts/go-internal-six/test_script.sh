#!/bin/bash
go test -count=1 -vet=off -json ./cache ./diff ./fmtsort ./imports ./par ./txtar
