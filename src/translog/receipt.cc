#include "translog/receipt.h"

#include "token/cose.h"

namespace cloister::translog {
namespace {

using formats::Cbor;
using formats::CborForm;

// Header labels (RFC 9942 §4).
constexpr int kVds = 395;
constexpr int kVdp = 396;
// Ours, protected: the two numbers of the proof, {1: first, 2: second}. RFC 9942 signs the root only, and one root may be
// reached with several sizes or indexes, which stand in the unprotected header for anybody to change.
constexpr std::string_view kPlace = "cloister.v1";
constexpr int kInclusion = -1;
constexpr int kConsistency = -2;
constexpr std::int64_t kRfc9162Sha256 = 1;

constexpr std::size_t kMaxStatementBytes = 1u << 20;
constexpr std::size_t kMaxProofs = 16;

Error Malformed(std::string message) { return Error(ErrorCode::kMalformed, std::move(message)); }

// [first, second, [hash…]]: tree size and leaf index, or the two sizes of a consistency proof.
struct EncodedProof {
  std::uint64_t first;
  std::uint64_t second;
  MerkleProof path;
};

Result<EncodedProof> DecodeProof(const Cbor& wrapped) {
  const ByteSpan bytes = TRY(wrapped.AsBytes());
  const Cbor proof = TRY(Cbor::Decode(bytes, CborForm::kAnyWellFormed, {.max_bytes = kMaxReceiptBytes, .max_depth = 4}));
  const Cbor::Array& parts = *TRY(proof.AsArrayOf(3));
  EncodedProof out;
  out.first = TRY(parts[0].AsUint());
  out.second = TRY(parts[1].AsUint());
  const Cbor::Array& path = *TRY(parts[2].AsArray());
  if (path.size() > kMaxProofHashes) return Error(ErrorCode::kLimit, "receipt: proof with too many hashes");
  for (const Cbor& hash : path) {
    const ByteSpan raw = TRY(hash.AsBytes());
    out.path.push_back(TRY(ToArray<32>(raw)));
  }
  return out;
}

Cbor EncodeProof(const EncodedProof& proof) {
  Cbor::Array path;
  for (const Hash& hash : proof.path) path.emplace_back(hash);
  return Cbor(Cbor::Array{proof.first, proof.second, std::move(path)}).Encode();
}

// A receipt of which only the structure is known, and the key that its kid names.
struct ParsedReceipt {
  ByteSpan bytes;
  token::UnverifiedCose1 message;
  std::vector<EncodedProof> proofs;  // at least one
  const token::CoseKey* key;
};

Result<const token::CoseKey*> ChooseKey(const token::UnverifiedCose1& message, std::span<const token::CoseKey> keys) {
  for (const token::CoseKey& key : keys) {
    if (!key.key_id.empty() && key.key_id == message.key_id()) return &key;
  }
  return Error(ErrorCode::kUntrusted, "receipt: kid names no known key");
}

// The data structure is read from the protected header only: an attacker could write another one beside it.
Result<void> CheckVds(const token::UnverifiedCose1& message) {
  const Cbor* vds = message.Protected(kVds);
  if (vds == nullptr) return Malformed("receipt: no verifiable data structure (395) in its protected header");
  const std::int64_t number = TRY_WITH("receipt", vds->AsInt());
  if (number == kRfc9162Sha256) return {};
  return Error(ErrorCode::kUnsupported, "receipt: expected verifiable data structure 1, got " + std::to_string(number));
}

Result<ParsedReceipt> ParseReceipt(ByteSpan receipt, int proof_type, std::span<const token::CoseKey> keys) {
  if (receipt.size() > kMaxReceiptBytes) {
    return Error(ErrorCode::kLimit, "receipt: expected at most " + std::to_string(kMaxReceiptBytes) + " bytes, got " +
                                        std::to_string(receipt.size()));
  }
  token::UnverifiedCose1 message = TRY_WITH("receipt", token::UnverifiedCose1::Parse(receipt, token::CoseForm::kAny));
  ParsedReceipt out{receipt, std::move(message), {}, {}};
  if (!out.message.tagged()) return Malformed("receipt: expected tag 18 (RFC 9942 §4.3)");
  TRY(CheckVds(out.message));
  const Cbor* vdp = out.message.Unprotected(kVdp);
  if (vdp == nullptr) return Malformed("receipt: no proofs (396)");
  const Cbor::Array& proofs = *TRY_WITH("receipt: proofs", vdp->GetArray(proof_type));
  if (proofs.empty()) return Malformed("receipt: no proof");
  if (proofs.size() > kMaxProofs) return Error(ErrorCode::kLimit, "receipt: too many proofs");
  for (const Cbor& proof : proofs) out.proofs.push_back(TRY_WITH("receipt: proof", DecodeProof(proof)));
  out.key = TRY(ChooseKey(out.message, keys));
  return out;
}

// Checks an attached payload against `root`, and the signature over it.
Result<token::VerifiedCose1> VerifyRoot(const ParsedReceipt& receipt, const Hash& root) {
  token::Cose1Expectations expected{.form = token::CoseForm::kAny};
  if (receipt.message.detached()) {
    expected.detached_payload = ByteSpan(root);
  } else if (!Equal(*receipt.message.unverified_payload(), root)) {
    return Error(ErrorCode::kUntrusted, "receipt: the proof does not lead to the attached root");
  }
  return TRY_WITH("receipt", token::VerifyCose1(receipt.bytes, receipt.key->key, expected));
}

// Whether the signed header states the place; kUntrusted where it states another than the proof does.
Result<bool> CheckPlace(const token::VerifiedCose1& verified, const EncodedProof& proof) {
  const Cbor* place = verified.Protected(kPlace);
  if (place == nullptr) return false;
  if (TRY_WITH("receipt: place", place->GetUint(1)) != proof.first ||
      TRY_WITH("receipt: place", place->GetUint(2)) != proof.second) {
    return Error(ErrorCode::kUntrusted, "receipt: size or index are not the signed ones");
  }
  return true;
}

Bytes SignRoot(const ReceiptIssuer& issuer, std::string_view subject, const Hash& root, int proof_type,
               const EncodedProof& proof, token::CosePayload placed, Time now) {
  token::CoseHeaders headers;
  headers.key_id = issuer.kid;
  headers.claims = token::CwtClaims{issuer.issuer, std::string(subject), now};
  headers.more = {{kVds, kRfc9162Sha256}, {kPlace, Cbor::Map{{1, proof.first}, {2, proof.second}}}};
  headers.unprotected = {{kVdp, Cbor::Map{{proof_type, Cbor::Array{EncodeProof(proof)}}}}};
  return token::SignCose1(issuer.key, headers, root, placed);
}

Error WrongProof(const Error& why) { return Error(ErrorCode::kUsage, "receipt: " + why.message()); }

}  // namespace

Result<Bytes> EntryOfStatement(ByteSpan statement) {
  if (statement.size() > kMaxStatementBytes) return Error(ErrorCode::kLimit, "statement: larger than 1 MiB");
  const auto message = TRY_WITH("statement", token::UnverifiedCose1::Parse(statement, token::CoseForm::kAny));
  if (!message.tagged()) return Malformed("statement: expected tag 18");
  if (message.detached()) return Malformed("statement: payload is missing");
  return TRY_WITH("statement", token::WithoutUnprotected(statement));
}

Result<Bytes> IssueInclusionReceipt(const ReceiptIssuer& issuer, const Hash& leaf, std::uint64_t index,
                                    const TreeHead& head, const MerkleProof& proof, Time now) {
  if (const auto holds = VerifyInclusion(leaf, index, head, proof); !holds) return WrongProof(holds.error());
  return SignRoot(issuer, "scitt.receipt", head.root, kInclusion, {head.size, index, proof}, token::CosePayload::kDetached,
                  now);
}

Result<Bytes> IssueConsistencyReceipt(const ReceiptIssuer& issuer, const TreeHead& earlier, const TreeHead& later,
                                      const MerkleProof& proof, Time now) {
  if (const auto holds = VerifyConsistency(earlier, later, proof); !holds) return WrongProof(holds.error());
  return SignRoot(issuer, "scitt.consistency", later.root, kConsistency, {earlier.size, later.size, proof},
                  token::CosePayload::kAttached, now);
}

Result<VerifiedReceipt> VerifyInclusionReceipt(ByteSpan receipt, ByteSpan statement, std::span<const token::CoseKey> keys) {
  const ParsedReceipt parsed = TRY(ParseReceipt(receipt, kInclusion, keys));
  const Hash leaf = LeafHash(TRY(EntryOfStatement(statement)));
  VerifiedReceipt out;
  out.index_ = parsed.proofs[0].second;
  out.head_.size = parsed.proofs[0].first;
  for (std::size_t i = 0; i < parsed.proofs.size(); ++i) {
    const EncodedProof& proof = parsed.proofs[i];
    const Hash root = TRY_WITH("receipt", RootFromInclusion(leaf, proof.second, proof.first, proof.path));
    if (i == 0) out.head_.root = root;
    if (root != out.head_.root) return Error(ErrorCode::kUntrusted, "receipt: its proofs lead to different roots");
  }
  const token::VerifiedCose1 verified = TRY(VerifyRoot(parsed, out.head_.root));
  for (const EncodedProof& proof : parsed.proofs) out.place_is_signed_ = TRY(CheckPlace(verified, proof));
  out.kid_ = parsed.key->key_id;
  out.issuer_ = verified.claims().issuer;
  out.issued_at_ = verified.claims().issued_at;
  return out;
}

Result<VerifiedExtension> VerifyConsistencyReceipt(ByteSpan receipt, const TreeHead& earlier,
                                                   std::span<const token::CoseKey> keys) {
  const ParsedReceipt parsed = TRY(ParseReceipt(receipt, kConsistency, keys));
  VerifiedExtension out;
  out.earlier_ = earlier;
  for (std::size_t i = 0; i < parsed.proofs.size(); ++i) {
    const EncodedProof& proof = parsed.proofs[i];
    if (proof.first != earlier.size) {
      return Error(ErrorCode::kMismatch, "receipt: expected a proof from " + std::to_string(earlier.size) +
                                             " entries, got one from " + std::to_string(proof.first));
    }
    const Hash root = TRY_WITH("receipt", RootFromConsistency(earlier, proof.second, proof.path));
    if (i == 0) out.later_ = {proof.second, root};
    if (out.later_ != TreeHead{proof.second, root}) {
      return Error(ErrorCode::kUntrusted, "receipt: its proofs lead to different roots");
    }
  }
  const token::VerifiedCose1 verified = TRY(VerifyRoot(parsed, out.later_.root));
  for (const EncodedProof& proof : parsed.proofs) out.place_is_signed_ = TRY(CheckPlace(verified, proof));
  return out;
}

}  // namespace cloister::translog
