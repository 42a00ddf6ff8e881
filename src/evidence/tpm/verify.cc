#include "evidence/tpm/verify.h"

#include <algorithm>

namespace cloister::evidence {
namespace {

constexpr unsigned kInitDataPcr = 8;
constexpr unsigned kFirmwarePcrs = 8;

Error Mismatch(std::string what) { return Error(ErrorCode::kMismatch, std::move(what)); }

// TPM 2.0 Library, part 1, §25.1.3 and §34: only a restricted key never signs what begins with the TPM's magic but did not come
// from it.
Result<void> CheckAttributes(const TpmPublic& area) {
  const TpmAttributes& has = area.attributes;
  if (!has.Restricted() || !has.Sign() || has.Decrypt()) {
    return Error(ErrorCode::kUntrusted, "expected a restricted signing key, this one signs anything");
  }
  if (!has.FixedTpm() || !has.FixedParent() || !has.SensitiveDataOrigin()) {
    return Error(ErrorCode::kUntrusted, "expected a key that was made in its TPM and cannot leave it");
  }
  if (!area.scheme) return Error(ErrorCode::kUntrusted, "expected a key with one signature scheme");
  return {};
}

Result<void> CheckSignature(const TpmQuoteEvidence& evidence, const TpmAttestationKey& key) {
  const auto algorithm = TRY(TpmSignatureAlgorithm(evidence.signature.scheme, evidence.signature.hash));
  if (algorithm != key.key().algorithm()) return Error(ErrorCode::kUntrusted, "the signature is not of the key's algorithm");
  return key.key().Verify(evidence.message, evidence.signature.value);
}

Result<void> CheckNonce(const TpmQuote& quote, const ExpectedTpmNonce& expected) {
  if (!expected.value()) return {};
  if (expected.value()->empty()) return Error(ErrorCode::kUsage, "expected a nonce of 1 to 64 bytes to compare with");
  if (!Equal(quote.extra_data, *expected.value())) return Mismatch("its nonce (extraData) is not the one that was given");
  return {};
}

Result<void> CheckSelection(const TpmQuote& quote, const PcrSelection& demanded) {
  if (quote.selections.size() == 1 && quote.selections.front() == demanded) return {};
  std::string quoted;
  for (const PcrSelection& selection : quote.selections) quoted += (quoted.empty() ? "" : "; ") + PcrSelectionText(selection);
  return Mismatch("expected PCRs " + PcrSelectionText(demanded) + ", it quotes " + (quoted.empty() ? "none" : quoted));
}

// That `pcrs` are the values of exactly the selected registers.
Result<void> CheckValues(const TpmQuote& quote, PcrBank signature_hash, const PcrValues& pcrs) {
  const PcrSelection& selection = quote.selections.front();
  const std::size_t size = crypto::DigestSize(HashOf(selection.bank));
  BoundedVector<ByteSpan, kTpmPcrs> values;
  for (const unsigned index : selection.Indices()) {
    const crypto::RegisterDigest* const value = pcrs.Find(index);
    if (value == nullptr) return Mismatch("no value came of PCR " + std::to_string(index));
    if (value->size() != size) return Error(ErrorCode::kMalformed, "PCR " + std::to_string(index) + " is not of the bank's length");
    values.push_back(*value);
  }
  if (pcrs.size() != values.size()) return Mismatch("values came of PCRs that are not quoted");
  if (TRY(crypto::HashParts(HashOf(signature_hash), values)) == quote.pcr_digest) return {};
  return Error(ErrorCode::kUntrusted, "the values of the PCRs are not those that were signed");
}

Result<void> CheckInitData(const PcrSelection& selection, const PcrValues& pcrs, const ExpectedTpmInitData& expected) {
  if (!expected.pcr()) return {};
  if (selection.bank != PcrBank::kSha256 || !selection.Has(kInitDataPcr)) {
    return Error(ErrorCode::kUsage, "expected PCR 8 of SHA-256 among the demanded ones, init-data is compared with it");
  }
  if (Equal(pcrs.at(kInitDataPcr), *expected.pcr())) return {};
  return Mismatch("PCR 8 is not extended with the init-data that was given");
}

// A register that is as after a reset.
bool IsFresh(ByteSpan value) {
  return std::all_of(value.begin(), value.end(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

Result<TpmAttestationKey> TpmAttestationKey::FromPublicArea(ByteSpan area) {
  TpmPublic parsed = TRY(ParseTpmPublic(area));
  TRY_WITH("TPM key", CheckAttributes(parsed));
  return TpmAttestationKey(std::move(parsed.key));
}

Result<DemandedPcrs> DemandedPcrs::Of(const PcrSelection& selection) {
  if (selection.bank == PcrBank::kSha1) return Error(ErrorCode::kUsage, "PCRs: SHA-1 is broken, and has to be asked for by its name");
  if (selection.bits == 0 || selection.bits >> kTpmPcrs != 0) return Error(ErrorCode::kUsage, "PCRs: expected some of 0 to 23");
  return DemandedPcrs(selection);
}

Result<DemandedPcrs> DemandedPcrs::OfBrokenSha1(std::uint32_t bits) {
  if (bits == 0 || bits >> kTpmPcrs != 0) return Error(ErrorCode::kUsage, "PCRs: expected some of 0 to 23");
  return DemandedPcrs({PcrBank::kSha1, bits});
}

crypto::Sha256Digest TpmInitDataPcr(const crypto::Sha256Digest& init_data) {
  return crypto::Sha256Parts({crypto::Sha256Digest{}, init_data});
}

Result<ExpectedTpmInitData> ExpectedTpmInitData::Exactly(ByteSpan digest) {
  if (digest.size() != sizeof(crypto::Sha256Digest)) {
    return Error(ErrorCode::kUsage, "init-data: expected a digest of 32 bytes, which is what PCR 8 takes, got " + std::to_string(digest.size()));
  }
  return ExpectedTpmInitData(TpmInitDataPcr(TRY(ToArray<32>(digest))));
}

Result<PcrValues> AssignPcrs(const DemandedPcrs& demanded, std::span<const crypto::RegisterDigest> values) {
  const auto indices = demanded.selection().Indices();
  if (values.size() != indices.size()) {
    return Mismatch("PCRs: expected " + std::to_string(indices.size()) + " values, got " + std::to_string(values.size()));
  }
  PcrValues assigned;
  for (std::size_t i = 0; i < indices.size(); ++i) assigned[indices[i]] = values[i];
  return assigned;
}

Result<VerifiedTpmQuote> VerifyTpmQuote(const TpmQuoteEvidence& evidence, const TpmAttestationKey& key, const TpmExpectations& expected) {
  const TpmQuote quote = TRY(ParseTpmQuote(evidence.message));
  TRY_WITH("TPM quote", CheckSignature(evidence, key));
  TRY_WITH("TPM quote", CheckNonce(quote, expected.nonce));
  TRY_WITH("TPM quote", CheckSelection(quote, expected.pcrs.selection()));
  TRY_WITH("TPM quote", CheckValues(quote, evidence.signature.hash, evidence.pcrs));
  TRY_WITH("TPM quote", CheckInitData(quote.selections.front(), evidence.pcrs, expected.init_data));
  return VerifiedTpmQuote(quote, evidence.pcrs, key);
}

Result<VerifiedTpmLog> VerifyTpmLog(const VerifiedTpmQuote& verified, ByteSpan bytes) {
  EventLog log = TRY(ParseEventLog(bytes));
  TRY(CheckReplay(log, verified.selection().bank, verified.pcrs()));
  const PcrValues logged = TRY(ReplayPcrs(log, verified.selection().bank));
  for (const auto& [index, value] : verified.pcrs()) {
    if (index >= kFirmwarePcrs || IsFresh(value) || logged.contains(index)) continue;
    return Mismatch("event log: leaves out PCR " + std::to_string(index) + ", which was extended");
  }
  return VerifiedTpmLog(std::move(log), verified.selection().bank);
}

}  // namespace cloister::evidence
