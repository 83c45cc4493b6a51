#!/bin/bash
python3 -B -m pytest -q -rA --tb=short -p no:cacheprovider -p no:randomly toolz/tests
