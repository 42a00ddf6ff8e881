"""Changed copies of valid samples: what signs nothing any more, and what stands outside the signatures."""
import json
import pathlib
import random

EVIDENCE = ("report", "quote", "document", "token", "cert_chain", "vcek", "vlek", "sig_sha256", "quote_sha256")
BITS = 24  # single bits turned in each file of evidence, spread over its whole length


def variants(content: bytes, chance: random.Random):
    """(name, changed bytes): one bit turned in each of as many stretches, the last byte missing, one byte more."""
    for i in range(BITS):
        first, last = len(content) * i // BITS, max(len(content) * (i + 1) // BITS - 1, len(content) * i // BITS)
        changed = bytearray(content)
        at = chance.randint(first, last)
        changed[at] ^= 1 << chance.randrange(8)
        yield f"byte {at}", bytes(changed)
    yield "cut", content[:-1]
    yield "longer", content + b"\0"


def write(cases: list, vectors: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """Writes changed copies of the valid ones of `cases` to `folder`, with a manifest whose path is returned."""
    for entry in vectors.iterdir():
        if entry.is_dir():
            (folder / entry.name).symlink_to(entry.resolve())
    (folder / "changed").mkdir()
    changed = []
    for case in cases:
        if case["expect"] != "valid":
            continue
        chance = random.Random(case["id"])
        for role in sorted(set(EVIDENCE) & set(case["files"])):
            for name, content in variants((vectors / case["files"][role]).read_bytes(), chance):
                path = f"changed/{len(changed)}"
                (folder / path).write_bytes(content)
                files = {**case["files"], role: path}
                changed.append({**case, "id": f"{case['id']} with {role} {name}", "files": files, "expect": "invalid", "expected_claims": {}})
    manifest = folder / "MANIFEST.json"
    manifest.write_text(json.dumps(changed))
    return manifest
