#!/bin/bash
report=$(mktemp)
export PYTHONPATH=src
python3 -B -m pytest -q --tb=no -p no:cacheprovider --junitxml="$report" tests/test_{datetime,duration,pickle,strf,time}.py
cat "$report"
rm "$report"
