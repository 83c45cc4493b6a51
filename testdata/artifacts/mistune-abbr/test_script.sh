#!/bin/bash
export PYTHONPATH=src PYTHONDONTWRITEBYTECODE=1
python3 -m unittest discover -v -s tests -t .
