#!/usr/bin/env python3
"""Sums what CTest and GoogleTest wrote: prints skips with their reasons, failures, and one line `N passed, N failed, N skipped`.

usage: test_summary.py TESTS.json JUNIT.xml GTEST_DIR
  TESTS.json  `ctest --show-only=json-v1`
  JUNIT.xml   `ctest --output-junit`
  GTEST_DIR   where GTEST_OUTPUT=xml:DIR/ wrote one file for each test program
A GoogleTest program counts each of its cases; any other test, and one that died before it wrote its file, counts as one.
Exit status 0: nothing failed and something passed.
"""
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as xml


def gtest_cases(path):
    for case in xml.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None:
            yield name, "failed", ""
        elif skipped is not None or case.get("result") == "skipped":
            lines = (skipped.get("message") if skipped is not None else "").splitlines()
            yield name, "skipped", " ".join(line for line in lines[1:] if line) or "no reason given"
        elif case.get("status") == "run":
            yield name, "passed", ""


def written_by(program, gtest_dir):
    """The cases of every file that `program` wrote: one for each time it ran."""
    name = re.compile(re.escape(program) + r"(_[0-9]+)?\.xml")
    for path in sorted(gtest_dir.iterdir()):
        if name.fullmatch(path.name):
            yield from gtest_cases(path)


def cases(tests, junit, gtest_dir):
    programs = {}  # program -> its cases; several tests may run one program, and GoogleTest numbers their files
    for case in xml.parse(junit).getroot().iter("testcase"):
        name, status = case.get("name"), case.get("status")
        command = next((test.get("command") for test in tests if test["name"] == name), None)
        program = pathlib.Path(command[0]).name if command else name
        whole = {"run": "passed", "fail": "failed"}.get(status, "skipped")
        if program not in programs:
            programs[program] = list(written_by(program, gtest_dir))
            yield from programs[program]
        inside = programs[program]
        # A program that failed although none of its cases did (a leak at exit, say) is a failure too.
        if not inside or whole == "skipped" or (whole == "failed" and all(result != "failed" for _, result, _ in inside)):
            yield name, whole, "did not run" if whole == "skipped" else ""


def main():
    tests = json.loads(pathlib.Path(sys.argv[1]).read_text())["tests"]
    found = list(cases(tests, sys.argv[2], pathlib.Path(sys.argv[3])))
    for name, result, why in found:
        if result == "skipped":
            print(f"skipped {name}: {why}")
    for name, result, _ in found:
        if result == "failed":
            print(f"FAILED {name}")
    count = {kind: sum(result == kind for _, result, _ in found) for kind in ("passed", "failed", "skipped")}
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 0 if count["failed"] == 0 and count["passed"] > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
