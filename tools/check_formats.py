#!/usr/bin/env python3
"""Fails where docs/formats and the code name different members.

usage: check_formats.py ROOT

A table in docs/formats/*.md may carry marks on the lines before it:
  <!-- members: FUNCTION[.RECEIVER] in FILE -->  the members that this strict reader takes (RefuseUnknownMembers, CheckType)
  <!-- writes: FUNCTION in FILE -->              the members that this function writes (Json::Object, Set)
RECEIVER is the variable that is read, where it is none of the usual ones. First cells name members, with commas between; of a.b
only b counts in a `writes` table. Every strict reader of the code must have a table. Content types, document types, audit
events and store tables must be named somewhere.
"""
import pathlib
import re
import sys

# Strict readers of other people's formats, and the functions that others call with their own lists.
NOT_OURS = {
    "src/formats/json.cc", "src/contract/fields.cc",
    "src/tables/internal/sql_expression.cc",  # DuckDB's syntax tree
    "src/token/jwe.cc",                       # RFC 7516
    "src/formats/safetensors.cc",
    "src/evidence/csv/json.cc",               # Trustee's
    "src/evidence/cca/reference_values.cc", "src/evidence/cca/platform_keys.cc",
    "src/evidence/intel/internal/signed_json.cc",  # Intel's collateral
}
ONE_MEMBER_BY_NAME = {("src/contract/broker_calls.cc", "CoseFromAnswer")}  # its caller says which
USUAL = {"json", "entry", "jwk", "model", "toml"}
FUNCTION = re.compile(r"^(?:template <[^>]*>\s*)?(?:static |inline )?[A-Za-z_][\w:<>,&* ]*?[ &*]([A-Za-z_][\w:]*)\([^;{}]*\)(?: const)? \{", re.MULTILINE)
READER = re.compile(r"(\w+)(?:\.|->)RefuseUnknownMembers\(\s*\{|\bCheckType\(\s*(\w+),\s*\"[^\"]*\",\s*\{")
MARK = re.compile(r"<!-- (members|writes): (\S+) in (\S+) -->")


def sources(root):
    for top in ("src", "simulator", "apps"):
        for path in sorted((root / top).rglob("*.cc")):
            if not path.stem.endswith(("_test", "_fuzz", "_bench")):
                yield str(path.relative_to(root)), path.read_text()


def functions(text):
    """(name, body) of each function that begins in column 0."""
    starts = list(FUNCTION.finditer(text))
    for match, after in zip(starts, starts[1:] + [None]):
        yield match[1], text[match.start():after.start() if after else len(text)]


def strict_readers(code):
    found = {}
    for file, text in code.items():
        if file in NOT_OURS:
            continue
        for name, body in functions(text):
            for call in READER.finditer(body):
                receiver = call[1] or call[2]
                names = re.findall(r'"([^"]+)"', body[call.end():body.index("}", call.end())])
                if (file, name) in ONE_MEMBER_BY_NAME or not names:
                    continue
                key = name if receiver in USUAL else f"{name}.{receiver}"
                found.setdefault((key, file), set()).update(names)
    return found


def written(code, function, file):
    for name, body in functions(code.get(file, "")):
        if name == function:
            return set(re.findall(r'\{\s*"([\w.-]+)",', body)) | set(re.findall(r'\bSet\(\s*"([\w.-]+)"', body))
    return None


def first_cells(lines):
    names = set()
    for line in lines[2:]:
        cell = line.split("|")[1]
        names.update(name.strip().strip("`") for name in cell.split(",") if name.strip())
    return names


def tables(page):
    """(marks, lines of the table) of each marked table."""
    marks, lines = [], page.splitlines()
    for number, line in enumerate(lines):
        mark = MARK.fullmatch(line.strip())
        if mark:
            marks.append(mark.groups())
        elif marks and line.startswith("|"):
            end = number
            while end < len(lines) and lines[end].startswith("|"):
                end += 1
            yield marks, lines[number:end]
            marks = []
        elif marks and line.strip():
            yield marks, []
            marks = []


def difference(expected, got):
    return f"code only: {sorted(expected - got) or 'none'}, page only: {sorted(got - expected) or 'none'}"


def check_tables(pages, code):
    readers = strict_readers(code)
    seen = set()
    for name, page in pages.items():
        for marks, lines in tables(page):
            members = first_cells(lines)
            for kind, function, file in marks:
                where = f"docs/formats/{name}: {function} in {file}"
                if kind == "members":
                    seen.add((function, file))
                    expected, got = readers.get((function, file)), members
                else:
                    expected, got = written(code, function, file), {part for member in members for part in member.split(".")}
                if expected is None:
                    yield f"{where}: no such function reads or writes members"
                elif expected != got:
                    yield f"{where}: {difference(expected, got)}"
    for function, file in sorted(set(readers) - seen):
        yield f"{file}: {function} reads members that no table of docs/formats has"


def names_to_mention(code):
    """What must stand somewhere in docs/formats, with where it comes from."""
    for file, text in code.items():
        for name in re.findall(r'"(application/vnd\.cloister\.[\w.+-]+)"', text):
            yield name, file
        for name in re.findall(r'"([a-z][a-z-]*/v1)"', text):
            if file.startswith(("src/contract", "src/training", "src/ledger")):
                yield name, file
        if file.startswith(("src/broker", "src/room")):
            for name in re.findall(r'"((?:run|contract|certification|key|policy|resource|session|room)\.[a-z-]+)"', text):
                if not name.endswith((".json", ".cose")):
                    yield name, file
        if file in ("src/broker/account.cc", "src/broker/shelf.cc", "src/broker/resources.cc", "src/broker/policies.cc",
                    "src/broker/ledger_watch.cc"):
            for name in re.findall(r'constexpr std::string_view k\w+ = "([a-z_]+)";', text):
                yield f"`{name}`", file


def headers_to_mention(root):
    for file in ("src/ledger/internal/tables.h",):
        for name in re.findall(r'string_view k\w+ = "([a-z_]+)";', (root / file).read_text()):
            yield f"`{name}`", file
    for path in sorted((root / "src").rglob("*.h")):
        for name in re.findall(r'"(application/vnd\.cloister\.[\w.+-]+)"', path.read_text()):
            yield name, str(path.relative_to(root))
    states = (root / "src/room/state.cc").read_text()
    for name in re.findall(r'return "([a-z-]+)";', states):
        yield f"`{name}`", "src/room/state.cc"


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    pages = {path.name: path.read_text() for path in sorted((root / "docs/formats").glob("*.md"))}
    code = dict(sources(root))
    bad = list(check_tables(pages, code))
    everything = "\n".join(pages.values())
    for name, file in sorted({*names_to_mention(code), *headers_to_mention(root)}):
        if name not in everything:
            bad.append(f"{file}: {name} is named nowhere in docs/formats")
    index = pages.get("README.md", "")
    bad += [f"docs/formats/README.md: no link to {name}" for name in pages if name != "README.md" and f"({name})" not in index]
    marked = sum(len(marks) for page in pages.values() for marks, _ in tables(page))
    print("\n".join(bad) or f"{len(pages)} pages: {marked} tables agree with the code")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
