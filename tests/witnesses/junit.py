"""Reads a report as Jenkins and its like do: against their schema, and then with a reader of theirs. Prints what it found.

    junit.py SCHEMA REPORT
"""

import json
import sys

from junitparser import Error, Failure, JUnitXml, Skipped
from lxml import etree

schema, report = sys.argv[1:]
etree.XMLSchema(etree.parse(schema)).assertValid(etree.parse(report))
suites = JUnitXml.fromfile(report)
cases = [case for suite in suites for case in suite]
found = {kind.__name__.lower(): 0 for kind in (Error, Failure, Skipped)}
for case in cases:
    for result in case.result:
        found[type(result).__name__.lower()] += 1
assert suites.tests == len(cases), (suites.tests, len(cases))
assert (suites.failures, suites.errors) == (found["failure"], found["error"]), found
assert all(case.time >= 0 and case.classname and case.name for case in cases)
print(json.dumps({"cases": [case.name for case in cases], **found}))
