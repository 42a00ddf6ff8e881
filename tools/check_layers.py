#!/usr/bin/env python3
"""Fails when a file includes a module or a library that it may not use.

Reads src/modules.txt (a line may list only modules above it) and checks src/, apps/ and simulator/:
a module includes only what its line lists, nobody includes another module's internal/ header, and each big library is
included in the modules that own it, and nowhere else but in x_bench.cc files, which measure against it.
"""
import pathlib
import re
import sys

# Library header -> the places that own it.
OWNERS = {
    "openssl/": {"crypto", "net"},
    "boost/": {"net"},
    "nlohmann/": {"formats"},
    "toml++/": {"formats"},
    "sqlite3.h": {"store"},
    "libpq": {"store"},
    "duckdb": {"tables"},
    "libxml/": {"evidence"},
    "xmlsec/": {"evidence"},
    "tss2/": {"attester"},
    "curl/": {"net"},
    "CLI/": {"apps"},
    "fuse": {"simulator"},
    "seccomp.h": {"room"},
}
OWN = re.compile(r'^\s*#\s*include\s+"([a-z_]+)/([^"]+)"')
LIBRARY = re.compile(r"^\s*#\s*include\s+<([^>]+)>")


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    allowed, rank, bad = {}, {}, []
    for number, line in enumerate((root / "src/modules.txt").read_text().splitlines()):
        line = line.split("#")[0].strip()
        if line:
            name, _, uses = line.partition(":")
            allowed[name.strip()], rank[name.strip()] = set(uses.split()), number
    for module, uses in allowed.items():
        for used in sorted(uses):
            if rank.get(used, 10**9) >= rank[module]:
                bad.append(f"src/modules.txt: {module} may not use {used}: it does not stand above it")
    files = 0
    for top in ("src", "apps", "simulator"):
        for path in sorted((root / top).rglob("*.[ch]*")):
            if path.suffix not in (".h", ".cc"):
                continue
            files += 1
            place = path.relative_to(root / top).parts[0] if top == "src" else top
            if top == "src" and place not in allowed:
                bad.append(f"{path.relative_to(root)}: folder '{place}' is not in src/modules.txt")
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                where = f"{path.relative_to(root)}:{number}"
                if (own := OWN.match(line)) and own[1] in allowed and own[1] != place:
                    if top == "src" and own[1] not in allowed[place]:
                        bad.append(f"{where}: {place} may not include {own[1]}")
                    if "internal/" in own[2]:
                        bad.append(f"{where}: {own[1]}/internal is private to {own[1]}")
                if (library := LIBRARY.match(line)) and not path.name.endswith("_bench.cc"):
                    for prefix, owners in OWNERS.items():
                        if library[1].startswith(prefix) and place not in owners:
                            bad.append(f"{where}: <{library[1]}> belongs to {', '.join(sorted(owners))}")
    print("\n".join(bad) or f"{len(allowed)} modules, {files} files: the layers hold")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
