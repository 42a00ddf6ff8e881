#!/usr/bin/env python3
"""Fails where TRY leaves something undestroyed, and where a loop walks over something already destroyed.

g++ 12 doesn't destroy what braces have already built when a statement expression inside them returns. So
`T{TRY(a), TRY(b)}` and `v.push_back({x, TRY(b)})` leak the first part when the second fails, and leave secrets unwiped.
Read into locals first, or assign member by member. Arguments in round brackets are destroyed as they should be.
Types of which no part needs destroying may be built so: OWN_NOTHING.

`for (x : *Read())` takes what a Result holds and lets go of the Result before the first turn. Give it a name, or write
`for (x : TRY(Read()))`, which moves it out. `**Read()` and `*TRY(Read())` follow a pointer and are right.
"""
import pathlib
import re
import sys

OWN_NOTHING = {
    "Bounds", "Case", "Integrity", "Mechanism", "MinimumTcb", "Privacy", "PrvSettings", "ReadRequest", "RunDataset",
    "SimulatedSnpOptions", "SnpFirmwareVersion", "SnpTcb", "TreeHead",
}
SKIPPED = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.DOTALL)
TOKEN = re.compile(r"[{}()\[\],;]|\bTRY(?:_WITH)?\(")
TYPE = re.compile(r"(?!return\b)\b(\w+)(?: \w+)?\(?$")
DANGLING = re.compile(r"\bfor \([^;(){}]*[^:]: \*(?!\*|TRY)[\w.]+(?:->\w+|::\w+)*\(")
BLOCK = re.compile(r"(?:[);{}]|\b(?:else|do|const|mutable|noexcept|override|final)|->\s*[\w:<>,&* ]+"
                   r"|\b(?:class|struct|union|namespace|enum)\b[^;{}()=]*)\s*$")


def blank(text: str) -> str:
    """Comments and literals as spaces, so that positions and lines stay."""
    return SKIPPED.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def findings(text: str):
    text, open_brackets = blank(text), []
    for token in TOKEN.finditer(text):
        mark = token[0]
        if mark in "{([":
            before = text[max(0, token.start() - 120):token.start()]
            block = mark == "{" and bool(BLOCK.search(before)) and not before.rstrip().endswith("({")
            name = TYPE.search(before)
            open_brackets.append({"mark": mark, "block": block, "type": name and name[1], "comma": False})
        elif mark in "})]":
            if open_brackets:
                open_brackets.pop()
        elif mark == ",":
            if open_brackets:
                open_brackets[-1]["comma"] = True
        elif mark == ";":
            if open_brackets:
                open_brackets[-1]["block"] = True
        else:
            for bracket in reversed(open_brackets):
                if bracket["block"]:
                    break
                if bracket["mark"] == "{" and bracket["comma"] and bracket["type"] not in OWN_NOTHING:
                    yield text.count("\n", 0, token.start()) + 1
                    break
            open_brackets.append({"mark": "(", "block": False, "type": None, "comma": False})


def main() -> int:
    root, bad, files = pathlib.Path(sys.argv[1]), [], 0
    for top in ("src", "apps", "simulator"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            files += 1
            for line in sorted(set(findings(path.read_text()))):
                bad.append(f"{path.relative_to(root)}:{line}: TRY in braces behind a comma; read it into a local first")
            text = blank(path.read_text())
            for loop in DANGLING.finditer(text):
                line = text.count("\n", 0, loop.start()) + 1
                bad.append(f"{path.relative_to(root)}:{line}: a loop over what a Result held that is gone; give it a name first")
    print("\n".join(bad) or f"{files} files: no TRY leaves anything undestroyed, no loop walks over what is gone")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
