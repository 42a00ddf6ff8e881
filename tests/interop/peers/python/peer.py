"""Answers of NVIDIA's Python verifier to vectors, and its speed; see docs/interop.md.

    peer.py verify MANIFEST                one JSON line for each case that the peer has an answer to
    peer.py bench MANIFEST CASE [SECONDS]  one JSON line

The peer has no argument for the time: OpenSSL's store is told it. It asks for revocation over the network: that is left out.
"""
import datetime
import functools
import importlib.metadata
import json
import logging
import pathlib
import sys
import time

from OpenSSL import crypto

NAME = "nv-local-gpu-verifier"
NOT_CHECKED = "revocation (it asks a service while it verifies)"


class StoreContextAt(crypto.X509StoreContext):
    at = None

    def __init__(self, store, certificate, chain=None):
        store.set_time(StoreContextAt.at)
        super().__init__(store, certificate, chain)


crypto.X509StoreContext = StoreContextAt
# The peer logs to a file in the working folder, and to standard output.
logging.FileHandler = lambda *_: logging.NullHandler()
logging.disable(logging.CRITICAL)

from verifier.attestation import AttestationReport  # noqa: E402
from verifier.cc_admin_utils import CcAdminUtils  # noqa: E402
from verifier.config import BlackwellSettings, HopperSettings  # noqa: E402
from verifier.nvml.gpu_cert_chains import GpuCertificateChains  # noqa: E402
from verifier.nvml.test_handle import TestHandle  # noqa: E402
from verifier.rim import RIM  # noqa: E402
from verifier.utils import format_vbios_version  # noqa: E402
from verifier.verifier import Verifier  # noqa: E402

CcAdminUtils.ocsp_certificate_chain_validation = staticmethod(lambda *_: (True, "", "good", None))


class Refused(Exception):
    pass


def demand(holds: bool, what: str) -> None:
    if not holds:
        raise Refused(what)


class Sample:
    def __init__(self, case: dict, folder: pathlib.Path):
        self.case, self.folder = case, folder
        self.at = datetime.datetime.fromisoformat(case["verify_at"].replace("Z", "+00:00"))

    def file(self, role: str):
        path = self.case["files"].get(role)
        return None if path is None else (self.folder / path).read_bytes()


def manifest_of(name: str, content: bytes, version, settings) -> RIM:
    """A manifest (RIM) that NVIDIA signed; of that version, where one is given."""
    rim = RIM(rim_name=name, settings=settings, content=content.decode())
    demand(rim.verify(version=version or rim.colloquialVersion, settings=settings)[0], f"{name} manifest")
    demand(version in (None, rim.colloquialVersion), f"{name} manifest of version {rim.colloquialVersion}, expected {version}")
    return rim


def verify_gpu(report: bytes, chain: bytes, manifests: dict, at) -> None:
    """As the peer's own `attest` does, with versions from the report, for there is no driver to ask."""
    StoreContextAt.at = at
    certificates = GpuCertificateChains(TestHandle(chain)).GpuAttestationCertificateChain
    blackwell = "GB1" in certificates[-2].get_subject().CN
    settings = BlackwellSettings() if blackwell else HopperSettings()
    parsed = AttestationReport(report, settings)
    opaque = parsed.get_response_message().get_opaque_data()
    fwid = opaque.get_data("OPAQUE_FIELD_ID_FWID") or b""
    found = CcAdminUtils.verify_gpu_certificate_chain(certificates, settings, fwid.hex())
    demand(found and found[0], "certificate chain")
    versions = {"driver": opaque.get_data("OPAQUE_FIELD_ID_DRIVER_VERSION").decode().rstrip("\0"),
                "vbios": format_vbios_version(opaque.get_data("OPAQUE_FIELD_ID_VBIOS_VERSION"))}
    # No vector has a nonce that we chose: the one it carries stands in for it.
    nonce = parsed.get_request_message().get_nonce()
    demand(CcAdminUtils.verify_attestation_report(parsed, certificates[0], nonce, versions["driver"], versions["vbios"], settings),
           "report")
    rims = {name: manifest_of(name, content, versions[name].lower(), settings) for name, content in manifests.items()}
    if len(rims) == 2:
        demand(Verifier(parsed, rims["driver"], rims["vbios"], settings=settings).verify(settings), "measurements")


def verify_rim(content: bytes, at) -> None:
    StoreContextAt.at = at
    manifest_of("driver", content, None, HopperSettings())


def prepared(sample: Sample):
    if sample.case["tee"] == "nvidia-rim":
        return functools.partial(verify_rim, sample.file("rim"), sample.at)
    manifests = {name: sample.file(f"{name}_rim") for name in ("driver", "vbios") if f"{name}_rim" in sample.case["files"]}
    return functools.partial(verify_gpu, sample.file("report"), sample.file("cert_chain"), manifests, sample.at)


def answer(sample: Sample) -> dict:
    said = {"id": sample.case["id"], "peer": NAME, "version": importlib.metadata.version(NAME), "answer": "valid", "reason": ""}
    try:
        prepared(sample)()
    except Exception as refusal:  # whatever the peer raises is its refusal
        said.update(answer="invalid", reason=f"{type(refusal).__name__}: {str(refusal).strip()}")
    return said


def bench(sample: Sample, seconds: float) -> dict:
    """Verifications in a second of processor time, of the best of many batches of about 50 ms, after a warm-up."""
    check, batch, best, end = prepared(sample), 1, 0.0, time.monotonic() + seconds
    while best == 0 or time.monotonic() < end:
        begin = time.process_time()
        for _ in range(batch):
            check()
        taken = time.process_time() - begin
        if taken < 0.05:
            batch *= 2
        else:
            best = max(best, batch / taken)
    return {"peer": NAME, "version": importlib.metadata.version(NAME), "case": sample.case["id"], "ops_per_second": best,
            "not_checked": NOT_CHECKED}


def main() -> None:
    command, manifest, *rest = sys.argv[1:]
    path = pathlib.Path(manifest)
    samples = [Sample(case, path.parent) for case in json.loads(path.read_text()) if case["tee"] in ("nvidia-gpu", "nvidia-rim")]
    if command == "verify":
        lines = map(answer, samples)
    else:
        lines = (bench(sample, float(rest[1]) if rest[1:] else 1.0) for sample in samples if sample.case["id"] == rest[0])
    for line in lines:
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
