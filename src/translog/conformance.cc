#include "translog/conformance.h"

#include <map>

#include "base/file.h"
#include "token/cose.h"
#include "translog/checkpoint.h"
#include "translog/internal/text.h"
#include "translog/receipt.h"

namespace cloister::translog {
namespace {

using formats::Json;

constexpr std::size_t kMaxFile = 1u << 20;

struct Case {
  const Json& params;
  const Json& files;
  const std::filesystem::path& folder;

  Result<Bytes> File(std::string_view role) const {
    const std::string name = TRY(files.GetString(role));
    return ReadFile(folder / name, kMaxFile);
  }
  Result<Bytes> Hex(std::string_view member) const {
    const std::string hex = TRY(params.GetString(member));
    return TRY_WITH(member, FromHex(hex));
  }
  Result<Hash> HashOf(std::string_view member) const {
    const Bytes raw = TRY(Hex(member));
    return TRY_WITH(member, ToArray<32>(raw));
  }
  Result<std::uint64_t> Size(std::string_view member) const {
    const Json& value = *TRY(params.Get(member));
    if (value.is_string()) return ParseDecimal(TRY(value.AsString()));
    return static_cast<std::uint64_t>(TRY(params.GetIntIn(member, 0, INT64_MAX)));
  }
  Result<MerkleProof> Proof() const {
    MerkleProof out;
    for (const std::string& hex : TRY(params.GetStrings("proof"))) {
      const Bytes raw = TRY(FromHex(hex));
      out.push_back(TRY(ToArray<32>(raw)));
    }
    return out;
  }
};

Error Differs(std::string_view what) {
  return Error(ErrorCode::kMismatch, std::string(what) + ": another value than the case states");
}

Result<void> RunInclusion(const Case& c) {
  const TreeHead head{TRY(c.Size("tree_size")), TRY(c.HashOf("root"))};
  return VerifyInclusion(TRY(c.HashOf("leaf_hash")), TRY(c.Size("leaf_index")), head, TRY(c.Proof()));
}

Result<void> RunConsistency(const Case& c) {
  const TreeHead earlier{TRY(c.Size("old_size")), TRY(c.HashOf("old_root"))};
  const TreeHead later{TRY(c.Size("new_size")), TRY(c.HashOf("new_root"))};
  return VerifyConsistency(earlier, later, TRY(c.Proof()));
}

Result<void> RunNote(const Case& c) {
  std::vector<NoteVerifier> known;
  for (const std::string& vkey : TRY(c.params.GetStrings("vkeys"))) known.push_back(TRY(NoteVerifier::Parse(vkey)));
  const Bytes note = TRY(c.File("note"));
  const VerifiedNote verified = TRY(VerifyNote(AsText(note), known));
  std::vector<std::string> names;
  for (const VerifiedNote::Signer& signer : verified.signers()) names.push_back(signer.key.name());
  if (names != TRY(c.params.GetStrings("signers"))) return Differs("signers");
  return {};
}

Result<VerifiedCheckpoint> CheckpointOf(const Case& c, std::string_view role) {
  const NoteVerifier key = TRY(NoteVerifier::Parse(TRY(c.params.GetString("log_vkey"))));
  const Bytes note = TRY(c.File(role));
  return VerifyCheckpoint(AsText(note), TRY(c.params.GetString("origin")), key);
}

Result<void> RunCheckpoint(const Case& c) {
  const VerifiedCheckpoint checkpoint = TRY(CheckpointOf(c, "checkpoint"));
  if (c.params.Find("tree_size") == nullptr) return {};
  const TreeHead stated{TRY(c.Size("tree_size")), TRY(c.HashOf("root"))};
  if (checkpoint.head() != stated) return Differs("tree head");
  if (checkpoint.extensions() != TRY(c.params.GetStrings("extensions"))) return Differs("extensions");
  return {};
}

// `old` must be taken; what comes back says whether `new` may follow it.
Result<void> RunCheckpointPair(const Case& c, bool* old_taken) {
  const VerifiedCheckpoint old_head = TRY(CheckpointOf(c, "old"));
  *old_taken = old_head.head() == TreeHead{TRY(c.Size("old_size")), TRY(c.HashOf("old_root"))};
  const VerifiedCheckpoint next = TRY(CheckpointOf(c, "new"));
  return VerifyExtends(old_head, next, {});
}

Result<void> RunReceipt(const Case& c) {
  const Bytes statement = TRY(c.File("statement"));
  const Bytes receipt = TRY(c.File("receipt"));
  const std::vector<token::CoseKey> keys = TRY(token::ParseCoseKeySet(TRY(c.File("keys"))));
  const VerifiedReceipt verified = TRY(VerifyInclusionReceipt(receipt, statement, keys));
  if (verified.index() != TRY(c.Size("leaf_index")) || verified.head().size != TRY(c.Size("tree_size"))) {
    return Differs("receipt's place");
  }
  if (c.params.Find("root") != nullptr && verified.head().root != TRY(c.HashOf("root"))) return Differs("root");
  if (c.files.Find("issuer_keys") == nullptr) return {};
  const std::vector<token::CoseKey> issuers = TRY(token::ParseCoseKeySet(TRY(c.File("issuer_keys"))));
  TRY(token::VerifyCose1(statement, issuers));
  const Bytes transparent = TRY(c.File("transparent"));
  if (TRY(token::ReceiptsOf(transparent)) != std::vector<Bytes>{receipt}) return Differs("transparent's receipts");
  if (TRY(EntryOfStatement(transparent)) != TRY(EntryOfStatement(statement))) return Differs("transparent statement");
  return {};
}

Result<void> RunConsistencyReceipt(const Case& c) {
  const Bytes raw = TRY(c.File("old_root"));
  const TreeHead earlier{TRY(c.Size("old_size")), TRY(ToArray<32>(raw))};
  const std::vector<token::CoseKey> keys = TRY(token::ParseCoseKeySet(TRY(c.File("keys"))));
  const VerifiedExtension verified = TRY(VerifyConsistencyReceipt(TRY(c.File("proof")), earlier, keys));
  if (verified.later() != TreeHead{TRY(c.Size("new_size")), TRY(c.HashOf("new_root"))}) return Differs("later head");
  return {};
}

Result<crypto::VerifyingKey> ExampleKey(const Json& key, std::int64_t alg) {
  using crypto::SignatureAlgorithm;
  const auto part = [&](std::string_view name) -> Result<Bytes> { return FromHex(TRY(key.GetString(name))); };
  const std::string curve = TRY(key.GetString("crv"));
  const Bytes x = TRY(part("x"));
  if (curve == "Ed25519") return crypto::VerifyingKey::FromEd25519(x);
  if (curve == "Ed448") return crypto::VerifyingKey::FromEd448(x);
  const Bytes y = TRY(part("y"));
  if (curve == "P-384") return crypto::VerifyingKey::FromEcPoint(SignatureAlgorithm::kEs384, x, y);
  if (curve == "P-521") return crypto::VerifyingKey::FromEcPoint(SignatureAlgorithm::kEs512, x, y);
  if (curve != "P-256") return Error(ErrorCode::kUnsupported, "curve " + curve);
  // What the message's own header says is part of the examples: COSE lets ES512 go with any curve.
  const bool es512 = alg == token::CoseAlgorithm(SignatureAlgorithm::kEs512);
  return crypto::VerifyingKey::FromEcPoint(es512 ? SignatureAlgorithm::kEs512OnP256 : SignatureAlgorithm::kEs256, x, y);
}

Result<void> RunSign1(const Case& c) {
  const Bytes message = TRY(c.Hex("message"));
  const Bytes external = TRY(c.Hex("external_aad"));
  const Json& alg = *TRY(c.params.Get("alg"));
  const Json::Array& keys = *TRY(c.params.GetArray("keys"));
  if (keys.size() != 1) return Error(ErrorCode::kUnsupported, "examples with several keys");
  const auto parsed = TRY(token::UnverifiedCose1::Parse(message, token::CoseForm::kAny));
  if (parsed.tagged() == TRY(c.params.Get("tag"))->is_null()) return Differs("tag");
  const auto key = TRY(ExampleKey(keys[0], alg.AsInt() ? *alg.AsInt() : 0));
  token::Cose1Expectations expected{.form = token::CoseForm::kAny, .external_aad = external};
  Bytes detached;
  if (!TRY(c.params.Get("detached_payload"))->is_null()) {
    detached = TRY(c.Hex("detached_payload"));
    expected.detached_payload = ByteSpan(detached);
  }
  TRY(token::VerifyCose1(message, key, expected));
  return {};
}

const std::map<std::string, Result<void> (*)(const Case&), std::less<>>& Kinds() {
  static const std::map<std::string, Result<void> (*)(const Case&), std::less<>> kinds = {
      {"merkle-inclusion", RunInclusion}, {"merkle-consistency", RunConsistency},
      {"note", RunNote},                  {"checkpoint", RunCheckpoint},
      {"cose-receipt", RunReceipt},       {"cose-consistency", RunConsistencyReceipt},
      {"cose-sign1", RunSign1}};
  return kinds;
}

CaseResult Judge(CaseResult out, const std::string& expect, const Result<void>& result) {
  const bool accept = expect == "accept";
  out.outcome = result.has_value() == accept ? CaseOutcome::kPassed : CaseOutcome::kFailed;
  out.detail = result ? "" : result.error().ToText();
  if (result && !accept) out.detail = "accepted, but must be refused";
  return out;
}

Result<CaseResult> Run(const Json& test_case, const std::filesystem::path& folder) {
  CaseResult out;
  out.id = TRY(test_case.GetString("id"));
  out.kind = TRY(test_case.GetString("kind"));
  const auto kind = Kinds().find(out.kind);
  if (kind == Kinds().end()) {
    out.detail = "this kind is not run here";
    return out;
  }
  const std::string expect = TRY(test_case.GetString("expect"));
  const Case c{*TRY(test_case.GetObject("params")), *TRY(test_case.GetObject("files")), folder};
  if (expect != "reject-second") return Judge(std::move(out), expect, kind->second(c));
  bool old_taken = false;
  const Result<void> second = RunCheckpointPair(c, &old_taken);
  if (!old_taken) return Judge(std::move(out), "accept", Error(ErrorCode::kMismatch, "the first checkpoint is refused"));
  return Judge(std::move(out), "reject", second);
}

// Puts quotes around integers of 19 and more digits outside strings.
std::string QuoteLongIntegers(std::string_view text) {
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (in_string && c == '\\' && i + 1 < text.size()) {
      out.append(text.substr(i, 2));
      i += 2;
      continue;
    }
    if (c == '"') in_string = !in_string;
    std::size_t end = i;
    while (!in_string && end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    const std::string_view digits = text.substr(i, end - i);
    if (digits.size() >= 19) {
      out.append("\"").append(digits).append("\"");
    } else {
      out.append(digits.empty() ? text.substr(i, 1) : digits);
    }
    i += std::max<std::size_t>(digits.size(), 1);
  }
  return out;
}

}  // namespace

Result<std::vector<Json>> ParseLedgerManifest(std::string_view text) {
  if (text.size() > (std::size_t{8} << 20)) return Error(ErrorCode::kLimit, "manifest: larger than 8 MiB");
  const Json manifest = TRY(Json::Parse(QuoteLongIntegers(text), {.max_bytes = std::size_t{8} << 20}));
  return *TRY(manifest.AsArray());
}

CaseResult RunLedgerCase(const Json& test_case, const std::filesystem::path& folder) {
  auto result = Run(test_case, folder);
  if (result) return *std::move(result);
  const auto id = test_case.FindString("id");
  return {id && *id ? **id : "", "", CaseOutcome::kFailed, result.error().ToText()};
}

}  // namespace cloister::translog
