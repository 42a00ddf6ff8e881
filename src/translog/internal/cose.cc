#include "translog/internal/cose.h"

namespace cloister::translog {
namespace {

using formats::Cbor;
using formats::CborForm;

constexpr std::uint64_t kTag = 18;
constexpr int kAlg = 1;
constexpr int kCrit = 2;

// Sig_structure of RFC 9052 §4.4 without external data. An empty protected header is the empty byte string there.
Bytes SigStructure(ByteSpan protected_bytes, ByteSpan payload) {
  return Cbor(Cbor::Array{"Signature1", protected_bytes, Bytes(), payload}).Encode();
}

Result<Cbor> DecodeProtected(ByteSpan bytes) {
  if (bytes.empty()) return Cbor(Cbor::Map{});
  Cbor header = TRY_WITH("protected header", Cbor::Decode(bytes, CborForm::kAnyWellFormed));
  TRY_WITH("protected header", header.AsMap());
  return header;
}

}  // namespace

Result<CoseSign1> ParseCoseSign1(ByteSpan message, std::size_t max_bytes) {
  const Cbor outer = TRY(Cbor::Decode(message, CborForm::kAnyWellFormed, {.max_bytes = max_bytes, .max_depth = 16}));
  const Cbor::Array& parts = *TRY(TRY(outer.AsTagged(kTag))->AsArrayOf(4));
  CoseSign1 out;
  out.protected_bytes = ToBytes(TRY_WITH("protected header", parts[0].AsBytes()));
  out.protected_header = TRY(DecodeProtected(out.protected_bytes));
  for (const auto& [label, value] : *TRY_WITH("unprotected header", parts[1].AsMap())) {
    if (out.protected_header.Find(label) != nullptr) {
      return Error(ErrorCode::kMalformed, "COSE_Sign1: a header stands in both maps");
    }
  }
  if (out.protected_header.Find(kCrit) != nullptr) {
    return Error(ErrorCode::kUnsupported, "COSE_Sign1: critical headers that we do not know");
  }
  out.unprotected_header = parts[1];
  if (!parts[2].is_null()) out.payload = ToBytes(TRY_WITH("payload", parts[2].AsBytes()));
  out.signature = ToBytes(TRY_WITH("signature", parts[3].AsBytes()));
  return out;
}

Bytes EncodeCoseSign1(const CoseSign1& message) {
  Cbor payload;
  if (message.payload) payload = Cbor(*message.payload);
  return Cbor::Tagged(kTag, Cbor::Array{message.protected_bytes, message.unprotected_header, std::move(payload),
                                        message.signature})
      .Encode();
}

Result<std::int64_t> CoseAlgorithm(crypto::SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case crypto::SignatureAlgorithm::kEs256: return -7;
    case crypto::SignatureAlgorithm::kEs384: return -35;
    case crypto::SignatureAlgorithm::kEs512:
    case crypto::SignatureAlgorithm::kEs512OnP256: return -36;
    case crypto::SignatureAlgorithm::kEdDsa:
    case crypto::SignatureAlgorithm::kEd448: return -8;
    case crypto::SignatureAlgorithm::kPs256: return -37;
    case crypto::SignatureAlgorithm::kPs384: return -38;
    case crypto::SignatureAlgorithm::kPs512: return -39;
    case crypto::SignatureAlgorithm::kRs256: break;
  }
  return Error(ErrorCode::kUnsupported, "COSE: no signatures with this algorithm");
}

Result<CoseSign1> SignCoseSign1(Cbor header, ByteSpan payload, const crypto::SigningKey& key) {
  header.Set(kAlg, TRY(CoseAlgorithm(key.algorithm())));
  CoseSign1 out;
  out.protected_bytes = header.Encode();
  out.protected_header = std::move(header);
  out.unprotected_header = Cbor::Map{};
  out.payload = ToBytes(payload);
  out.signature = key.Sign(SigStructure(out.protected_bytes, payload));
  return out;
}

Result<void> VerifyCoseSign1(const CoseSign1& message, ByteSpan payload, const crypto::VerifyingKey& key) {
  const std::int64_t alg = TRY_WITH("alg", message.protected_header.GetInt(kAlg));
  if (alg != TRY(CoseAlgorithm(key.algorithm()))) {
    return Error(ErrorCode::kUnsupported, "COSE_Sign1: alg " + std::to_string(alg) + " is not the key's");
  }
  const bool empty = message.protected_header.AsMap() && (*message.protected_header.AsMap())->empty();
  const ByteSpan signed_header = empty ? ByteSpan() : ByteSpan(message.protected_bytes);
  return key.Verify(SigStructure(signed_header, payload), message.signature);
}

}  // namespace cloister::translog
