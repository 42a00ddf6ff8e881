#!/usr/bin/env python3
"""Fails where a page names a test or an attack that there is none of.

usage: check_named_tests.py ROOT

In backticks: `Suite.Name`, `Suite.*Part*`, `…EndOfAName` of a suite named before, and `--attack NAME` (a file of src/demo/attacks); and the
names in THREAT_MODEL.md's table of attacks.
"""
import fnmatch
import pathlib
import re
import sys

PAGES = ("THREAT_MODEL.md", "docs/compliance.md", "docs/operations.md", "docs/pitfalls.md", "docs/roadmap.md")
TEST = re.compile(r"^TEST(?:_F|_P)?\((\w+), (\w+)\)", re.MULTILINE)
EXAMPLES = {"Suite.Name"}


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    tests = {f"{suite}.{name}" for top in ("src", "tests", "simulator", "apps") for path in (root / top).rglob("*_test.cc")
             for suite, name in TEST.findall(path.read_text())}
    attacks = {name for path in (root / "src/demo/attacks").glob("*.cc") for name in re.findall(r'\.name = "([\w-]+)"', path.read_text())}
    played = re.search(r"<!-- attacks -->\n((?:\|.*\n)+)", (root / "THREAT_MODEL.md").read_text())
    named = set(re.findall(r"`([a-z][\w-]*)`", played[1])) if played else set()
    bad, count = [f"THREAT_MODEL.md: there is no attack {name}" for name in sorted(named - attacks)], len(named)
    for page in PAGES:
        for code in re.findall(r"`([^`\n]+)`", (root / page).read_text()):
            found = True
            if re.fullmatch(r"[A-Z]\w*\.[A-Z*][\w*]*", code) and code not in EXAMPLES:
                found = bool(fnmatch.filter(tests, code))
            elif code.startswith("…"):
                found = any(test.endswith(code[1:]) for test in tests)
            elif code.startswith("--attack "):
                found = code.split()[1] in attacks | {"all", "NAME"}
            else:
                continue
            count += 1
            if not found:
                bad.append(f"{page}: there is no {code}")
    print("\n".join(bad) or f"{count} tests and attacks that pages name are there")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
