#!/usr/bin/env python3
"""Fails where docs/configuration.md and the code name different options, settings or environment variables.

usage: check_configuration.py ROOT

Marks before a table: options: FILE, or options: STRUCT for a subcommand of `cloister`; settings: FUNCTION (strict JSON reader);
variables: packaging/default; environment: folders whose getenv() calls count.
"""
import pathlib
import re
import sys

import check_formats

MARK = re.compile(r"<!-- (options|settings|variables|environment): (.+) -->")
DECLARED = re.compile(r'(?:add_option|add_flag|set_version_flag)\(\s*"([^"]+)"|\bNeed(?:Number)?\(app,\s*"([^"]+)"')
DECLARE = re.compile(r"^void Declare\(CLI::App& app, (?:\w+::)?(\w+)& options\) \{\n(.*?)^\}", re.DOTALL | re.MULTILINE)


def options_in(text):
    names = {name for pair in DECLARED.findall(text) for part in pair if part for name in part.split(",")}
    if "DeclareSigner(" in text:
        names |= {"--party", "--passphrase-file"}
    if "DeclareCollateral(" in text:
        names |= {"--dir", "--simulated-anchors", "--accept-simulated"}
    return names


def from_code(root):
    """What must be on the page, by mark."""
    found = {}
    for name in ("cloister-broker", "cloister-ledger"):
        found["options", f"apps/{name}/args.cc"] = options_in((root / f"apps/{name}/args.cc").read_text())
    for path in sorted((root / "apps/cloister").glob("args*.cc")):
        for struct, body in DECLARE.findall(path.read_text()):
            found["options", struct] = options_in(body)
    simulator = (root / "simulator/run.cc").read_text()
    found["options", "simulator/run.cc"] = set(re.findall(r'\{"(--[\w-]+)", k(?:Once|Flag|Repeated)\}', simulator))
    readers = check_formats.strict_readers(dict(check_formats.sources(root)))
    found["settings", "BrokerSettings::FromJson"] = readers["BrokerSettings::FromJson", "src/service/broker_service.cc"]
    found["variables", "packaging/default"] = {
        name for path in sorted((root / "packaging/default").iterdir())
        for name in re.findall(r"^([A-Z_]+)=", path.read_text(), re.MULTILINE)}
    found["environment", "src run tests"] = {
        name for top in ("src", "apps", "simulator", "tests") for path in sorted((root / top).rglob("*.cc"))
        for name in re.findall(r'\bgetenv\("([A-Z_]+)"\)', path.read_text())}
    return found


def on_page(page):
    mark, lines = None, page.splitlines()
    for number, line in enumerate(lines):
        matched = MARK.fullmatch(line.strip())
        if matched:
            mark = matched.groups()
        elif mark and line.startswith("|"):
            end = number
            while end < len(lines) and lines[end].startswith("|"):
                end += 1
            yield mark, check_formats.first_cells(lines[number:end])
            mark = None


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    expected = from_code(root)
    got = dict(on_page((root / "docs/configuration.md").read_text()))
    bad = []
    for mark in sorted(set(expected) | set(got)):
        if mark not in got:
            bad.append(f"docs/configuration.md: no table for {mark[0]} of {mark[1]}")
        elif mark not in expected:
            bad.append(f"docs/configuration.md: the code has no {mark[0]} of {mark[1]}")
        elif expected[mark] != got[mark]:
            bad.append(f"docs/configuration.md: {mark[1]}: {check_formats.difference(expected[mark], got[mark])}")
    print("\n".join(bad) or f"{len(got)} tables of options and settings agree with the code")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
