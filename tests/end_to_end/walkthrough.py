#!/usr/bin/env python3
"""Runs the commands of docs/walkthrough.md as they stand there.

usage: walkthrough.py REPOSITORY PROGRAMS
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SCRIPT_FROM_PAGE = re.compile(r"^```bash\n(.*?)^```$", re.DOTALL | re.MULTILINE)
AT_THE_END = ("data/contract.json", "out/proof.json", "out/scrub.cose", "model.safetensors", "card.json", "revocation.cose")


def main():
    repository, programs = sys.argv[1:]
    page = (pathlib.Path(repository) / "docs/walkthrough.md").read_text()
    script = "\n".join(SCRIPT_FROM_PAGE.findall(page))
    script = script.replace("$PWD/build/release/bin", programs).replace("repository=$PWD", f"repository={repository}")
    with tempfile.TemporaryDirectory() as folder:
        ran = subprocess.run(["bash", "-euo", "pipefail", "-c", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n" + script],
                             cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False)
        missing = [name for name in AT_THE_END if not os.path.exists(os.path.join(folder, "walkthrough", name))]
        kept = os.path.exists(os.path.join(folder, "walkthrough/out-2/proof.json"))
    print(ran.stdout)
    if ran.returncode != 0 or missing:
        sys.exit(f"walkthrough: expected every command to end with 0 and to leave {AT_THE_END}, "
                 f"the last ended with {ran.returncode}, missing: {missing}")
    if kept or "refused with exit code 1" not in ran.stdout:
        sys.exit("walkthrough: expected the run after the revocation to be refused, it was not")


if __name__ == "__main__":
    main()
