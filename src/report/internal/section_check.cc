#include "report/internal/sections.h"
#include "report/internal/words.h"

namespace cloister::report::internal {
namespace {

constexpr Literal kScript = R"(import base64, hashlib, json, re, sys
from cbor2 import dumps, loads
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
sha = lambda *parts: hashlib.sha256(b"".join(parts)).digest()
raw = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
page = open(sys.argv[1], encoding="utf-8").read()
records = json.loads(re.search(r'id="records">(.*?)</script>', page, re.S)[1])
proof = records["proof"]
contract = proof["contract"]
keys = {named["kid"]: (contract["ledger"]["origin"], named["key"]) for named in contract["ledger"]["keys"]}
for party in contract["parties"]:
    for named in party["keys"] + party.get("broker", {}).get("keys", []):
        keys[named["kid"]] = party["did"], named["key"]
def check(cose, payload=None):  # COSE_Sign1, ES256 (RFC 9052)
    protected, unprotected, body, signature = loads(cose).value
    header, payload = loads(protected), body if payload is None else payload
    owner, key = keys[header[4].hex()]
    assert owner == header[15][1], "signed by another"
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    x, y = (int.from_bytes(raw(key[c]), "big") for c in "xy")
    ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key().verify(
        utils.encode_dss_signature(r, s), dumps(["Signature1", protected, b"", payload]), ec.ECDSA(SHA256()))
    return header, unprotected, payload
def receipt(cose, statement):  # RFC 9942 over RFC 9162, section 2.1.3.2
    size, index, path = loads(loads(cose).value[1][396][-1][0])
    node, fn, sn = sha(b"\0", statement), index, size - 1
    for other in path:
        if fn & 1 or fn == sn:
            node = sha(b"\1", other, node)
            while not fn & 1 and fn: fn, sn = fn >> 1, sn >> 1
        else:
            node = sha(b"\1", node, other)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    check(cose, node)
    return index
for item in records["signatures"]:
    header, _, text = check(raw(item["statement"]))
    assert json.loads(text) == contract
    print("contract", sha(text).hex(), "signed by", header[15][1], "entry", receipt(raw(item["receipt"]), raw(item["statement"])))
report = json.loads(loads(raw(proof["report"])).value[2])
room = loads(loads(raw(proof["report"])).value[0])[4].hex()
keys[room] = "urn:cloister:room:" + report["run"], report["room_key"]
assert report["contracts"] == [sha(text).hex()]
for name in "report", "run_request", "certification":
    print(name, "signed by", check(raw(proof[name]))[0][15][1])
print("report is entry", receipt(raw(proof["receipt"]), raw(proof["report"])))
for cose in report["reservations"] + proof["settlements"] + [records["scrub"]]:
    header, _, payload = check(raw(cose))
    said = json.loads(payload)
    assert said["run"] == report["run"] and said.get("room_key", room) == room
    print(said["type"], "signed by", header[15][1])
for output in report["outputs"]:
    print("output", output["name"], output["sha256"])
)";

Html Command(const Html& text) { return Element("pre", Element("code", text)); }

Html Step(const Html& words, const Html& command) { return Element("li", words + Command(command)); }

std::string FileOf(const contract::RunReport::Released& output) {
  return output.name + (output.kind == contract::OutputKind::kModel ? ".safetensors.age" : ".json.age");
}

Html Files(const RunFacts& facts) {
  Html out;
  for (const auto& output : facts.report.outputs) {
    if (!out.ToString().empty()) out += Html::Of("\n");
    out += Text("openssl dgst -sha256 " + FileOf(output));
  }
  return out;
}

}  // namespace

Html CheckSection(const RunFacts& facts) {
  const Html steps =
      Step(Text("All of it, offline: the records inside this page are verified, the page is made anew from them, and compared byte by byte. "
                "Only with your own copy of the contract does that say more than that the page agrees with itself."),
           Text("cloister run verify report.html --contract contract.json")) +
      Step(Text("Every signature and receipt without our code: Python with cbor2 and cryptography (Debian: python3-cbor2, "
                "python3-cryptography), and the script below as check.py. It looks at no evidence."),
           Text("python3 check.py report.html")) +
      Step(Text("What lies beside the page: compare with the digests above. For your contract, in canonical form, expect ") +
               Digest(facts.contract.digest()) + Text("."),
           Files(facts) + Html::Of("\n") + Text("openssl dgst -sha256 contract.json"));
  return Section("check", "Check it yourself",
                 Element("ol", "steps", steps) + Element("details", Element("summary", Text("check.py, to copy")) + Command(Html::Code(kScript))));
}

}  // namespace cloister::report::internal
