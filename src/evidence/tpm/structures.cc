#include "evidence/tpm/structures.h"

#include "base/byte_reader.h"

namespace cloister::evidence {
namespace {

constexpr std::uint32_t kGenerated = 0xFF544347;  // TPM_GENERATED_VALUE
constexpr std::uint16_t kAttestQuote = 0x8018;    // TPM_ST_ATTEST_QUOTE
constexpr std::size_t kMaximumStructure = 1024;
constexpr std::size_t kSelectBytes = 3;
constexpr std::size_t kMaximumSelectBytes = 4;

Error Malformed(std::string what) { return Error(ErrorCode::kMalformed, std::move(what)); }

// PCRs are selected by one bit each, the lowest first.
Result<PcrSelection> ReadSelection(ByteReader& reader) {
  PcrSelection selection;
  selection.bank = TRY(PcrBankFromId(TRY(reader.Be<std::uint16_t>())));
  const auto size = TRY(reader.Be<std::uint8_t>());
  if (size > kMaximumSelectBytes) return Error(ErrorCode::kLimit, "expected PCRs 0 to 23 selected");
  const ByteSpan map = TRY(reader.Take(size));
  for (std::size_t i = 0; i < map.size(); ++i) {
    if (i >= kSelectBytes && map[i] != 0) return Error(ErrorCode::kLimit, "expected PCRs 0 to 23 selected");
    selection.bits |= static_cast<std::uint32_t>(map[i]) << (8 * i);
  }
  return selection;
}

Result<void> ReadSelections(ByteReader& reader, TpmQuote& quote) {
  const auto count = TRY(reader.Be<std::uint32_t>());
  if (count > kMaximumTpmSelections) {
    return Error(ErrorCode::kLimit, "expected up to 5 selections of PCRs, got " + std::to_string(count));
  }
  for (std::uint32_t i = 0; i < count; ++i) quote.selections.push_back(TRY(ReadSelection(reader)));
  return {};
}

// TPM2B: a length, and so many bytes.
Result<ByteSpan> TakeSized(ByteReader& reader, std::size_t most, std::string_view what) {
  const auto size = TRY(reader.Be<std::uint16_t>());
  if (size > most) {
    return Error(ErrorCode::kLimit, std::string(what) + ": expected up to " + std::to_string(most) + " bytes, got " + std::to_string(size));
  }
  return reader.Take(size);
}

template <std::size_t N>
Result<void> ReadSized(ByteReader& reader, std::string_view what, BoundedBytes<N>& out) {
  out = TRY(TakeSized(reader, N, what));
  return {};
}

void AppendSized(Bytes& out, ByteSpan bytes) {
  AppendBe(out, static_cast<std::uint16_t>(bytes.size()));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Result<TpmScheme> SchemeFromId(std::uint16_t id) {
  for (const TpmScheme scheme : {TpmScheme::kRsaSsa, TpmScheme::kRsaPss, TpmScheme::kEcdsa}) {
    if (static_cast<std::uint16_t>(scheme) == id) return scheme;
  }
  return Error(ErrorCode::kUnsupported, "expected RSASSA, RSAPSS or ECDSA, got algorithm " + std::to_string(id));
}

// A number of ECDSA in `size` bytes.
Result<Bytes> Filled(ByteSpan number, std::size_t size) {
  if (number.size() > size) return Malformed("an ECDSA number of " + std::to_string(number.size()) + " bytes");
  Bytes filled(size - number.size());
  filled.insert(filled.end(), number.begin(), number.end());
  return filled;
}

Result<TpmQuote> ReadQuote(ByteSpan attest) {
  ByteReader reader(attest);
  if (TRY(reader.Be<std::uint32_t>()) != kGenerated) return Malformed("expected the magic ff544347 of what a TPM made");
  const auto type = TRY(reader.Be<std::uint16_t>());
  if (type != kAttestQuote) {
    return Error(ErrorCode::kUnsupported, "expected a quote (type 32792), got type " + std::to_string(type));
  }
  TpmQuote quote;
  TRY(ReadSized(reader, "qualifiedSigner", quote.qualified_signer));
  TRY(ReadSized(reader, "extraData", quote.extra_data));
  quote.clock = TRY(reader.Be<std::uint64_t>());
  quote.reset_count = TRY(reader.Be<std::uint32_t>());
  quote.restart_count = TRY(reader.Be<std::uint32_t>());
  const auto safe = TRY(reader.Be<std::uint8_t>());
  if (safe > 1 || !std::in_range<std::int64_t>(quote.clock)) return Malformed("clockInfo");
  quote.clock_safe = safe == 1;
  quote.firmware_version = TRY(reader.Be<std::uint64_t>());
  TRY(ReadSelections(reader, quote));
  TRY(ReadSized(reader, "pcrDigest", quote.pcr_digest));
  TRY(reader.Finish());
  return quote;
}

Result<TpmSignature> ReadSignature(ByteSpan bytes) {
  ByteReader reader(bytes);
  TpmSignature signature;
  signature.scheme = TRY(SchemeFromId(TRY(reader.Be<std::uint16_t>())));
  signature.hash = TRY(PcrBankFromId(TRY(reader.Be<std::uint16_t>())));
  const auto algorithm = TRY(TpmSignatureAlgorithm(signature.scheme, signature.hash));
  const ByteSpan value = TRY(TakeSized(reader, kMaximumStructure, "signature"));
  if (signature.scheme == TpmScheme::kEcdsa) {
    const std::size_t size = crypto::EcCoordinateSize(algorithm);
    const Bytes r = TRY(Filled(value, size));
    const Bytes s = TRY(Filled(TRY(TakeSized(reader, size, "signature")), size));
    signature.value = Concat({r, s});
  } else {
    signature.value = ToBytes(value);
  }
  TRY(reader.Finish());
  return signature;
}

Result<void> CheckLength(ByteSpan bytes) {
  if (bytes.size() <= kMaximumStructure) return {};
  return Error(ErrorCode::kLimit, "expected up to 1024 bytes, got " + std::to_string(bytes.size()));
}

}  // namespace

BoundedVector<unsigned, kTpmPcrs> PcrSelection::Indices() const {
  BoundedVector<unsigned, kTpmPcrs> indices;
  for (unsigned i = 0; i < kTpmPcrs; ++i) {
    if (Has(i)) indices.push_back(i);
  }
  return indices;
}

std::string PcrSelectionText(const PcrSelection& selection) {
  std::string text(PcrBankName(selection.bank));
  const char* between = ": ";
  for (const unsigned index : selection.Indices()) {
    text += between + std::to_string(index);
    between = ", ";
  }
  return text;
}

Result<TpmQuote> ParseTpmQuote(ByteSpan attest) {
  TRY_WITH("TPM quote", CheckLength(attest));
  return TRY_WITH("TPM quote", ReadQuote(attest));
}

Bytes SerializeTpmQuote(const TpmQuote& quote) {
  Bytes out;
  AppendBe(out, kGenerated);
  AppendBe(out, kAttestQuote);
  AppendSized(out, quote.qualified_signer);
  AppendSized(out, quote.extra_data);
  AppendBe(out, quote.clock);
  AppendBe(out, quote.reset_count);
  AppendBe(out, quote.restart_count);
  out.push_back(quote.clock_safe ? 1 : 0);
  AppendBe(out, quote.firmware_version);
  AppendBe(out, static_cast<std::uint32_t>(quote.selections.size()));
  for (const PcrSelection& selection : quote.selections) {
    AppendBe(out, static_cast<std::uint16_t>(selection.bank));
    out.push_back(kSelectBytes);
    for (std::size_t i = 0; i < kSelectBytes; ++i) out.push_back(static_cast<std::uint8_t>(selection.bits >> (8 * i) & 0xFF));
  }
  AppendSized(out, quote.pcr_digest);
  return out;
}

Result<crypto::SignatureAlgorithm> TpmSignatureAlgorithm(TpmScheme scheme, PcrBank hash) {
  using crypto::SignatureAlgorithm;
  struct Row {
    TpmScheme scheme;
    PcrBank hash;
    SignatureAlgorithm algorithm;
  };
  constexpr Row kRows[] = {{TpmScheme::kRsaSsa, PcrBank::kSha256, SignatureAlgorithm::kRs256},
                           {TpmScheme::kRsaPss, PcrBank::kSha256, SignatureAlgorithm::kPs256},
                           {TpmScheme::kRsaPss, PcrBank::kSha384, SignatureAlgorithm::kPs384},
                           {TpmScheme::kRsaPss, PcrBank::kSha512, SignatureAlgorithm::kPs512},
                           {TpmScheme::kEcdsa, PcrBank::kSha256, SignatureAlgorithm::kEs256},
                           {TpmScheme::kEcdsa, PcrBank::kSha384, SignatureAlgorithm::kEs384}};
  for (const Row& row : kRows) {
    if (row.scheme == scheme && row.hash == hash) return row.algorithm;
  }
  return Error(ErrorCode::kUnsupported, "no such signature with " + std::string(PcrBankName(hash)));
}

Result<TpmSignature> ParseTpmSignature(ByteSpan signature) {
  TRY_WITH("TPM signature", CheckLength(signature));
  return TRY_WITH("TPM signature", ReadSignature(signature));
}

Bytes SerializeTpmSignature(const TpmSignature& signature) {
  Bytes out;
  AppendBe(out, static_cast<std::uint16_t>(signature.scheme));
  AppendBe(out, static_cast<std::uint16_t>(signature.hash));
  const ByteSpan value(signature.value);
  if (signature.scheme != TpmScheme::kEcdsa) {
    AppendSized(out, value);
    return out;
  }
  AppendSized(out, value.first(value.size() / 2));
  AppendSized(out, value.subspan(value.size() / 2));
  return out;
}

}  // namespace cloister::evidence
