#include "attester/internal/signed_blobs.h"

#include "base/byte_reader.h"
#include "formats/cbor.h"

namespace cloister::attester::internal {
namespace {

using formats::Cbor;
using formats::CborForm;

constexpr std::size_t kHeader = 48;
constexpr std::size_t kTdReport10 = 584;
constexpr std::size_t kTdReport15 = 648;
constexpr std::size_t kReportDataOffset = 520;
constexpr std::uint32_t kTdxTee = 0x81;

constexpr std::uint64_t kCcaTag = 399;
constexpr std::int64_t kRealmToken = 44241;
constexpr std::int64_t kChallenge = 10;
constexpr std::uint64_t kSign1Tag = 18;

}  // namespace

Result<QuoteView> ViewTdQuote(ByteSpan quote) {
  if (quote.empty()) return Error(ErrorCode::kMalformed, "TDX quote: it is empty");
  ByteReader reader(quote);
  const auto version = reader.Le<std::uint16_t>();
  if (!version || (*version != 4 && *version != 5)) return QuoteView{.bytes = quote, .report_data = {}};
  TRY_WITH("TDX quote", reader.Take(2));
  if (TRY_WITH("TDX quote", reader.Le<std::uint32_t>()) != kTdxTee) return QuoteView{.bytes = quote, .report_data = {}};
  TRY_WITH("TDX quote", reader.Take(kHeader - 8));
  std::uint32_t size = kTdReport10;
  if (*version == 5) {
    TRY_WITH("TDX quote", reader.Take(2));
    size = TRY_WITH("TDX quote", reader.Le<std::uint32_t>());
    if (size != kTdReport10 && size != kTdReport15) return Error(ErrorCode::kMalformed, "TDX quote: its body has another size");
  }
  const ByteSpan body = TRY_WITH("TDX quote", reader.Take(size));
  const auto signature = TRY_WITH("TDX quote", reader.Le<std::uint32_t>());
  TRY_WITH("TDX quote", reader.Take(signature));
  return QuoteView{.bytes = quote.first(quote.size() - reader.left()), .report_data = body.subspan(kReportDataOffset, 64)};
}

Result<Bytes> CcaChallengeOf(ByteSpan token) {
  const Cbor outer = TRY_WITH("CCA token", Cbor::Decode(token, CborForm::kAnyWellFormed));
  const Cbor* const map = TRY_WITH("CCA token", outer.AsTagged(kCcaTag));
  const ByteSpan realm = TRY_WITH("CCA token", map->GetBytes(kRealmToken));
  const Cbor message = TRY_WITH("CCA realm token", Cbor::Decode(realm, CborForm::kAnyWellFormed));
  const Cbor* const parts = message.tag() ? TRY_WITH("CCA realm token", message.AsTagged(kSign1Tag)) : &message;
  const auto& array = *TRY_WITH("CCA realm token", parts->AsArrayOf(4));
  const ByteSpan payload = TRY_WITH("CCA realm token", array[2].AsBytes());
  const Cbor claims = TRY_WITH("CCA realm token", Cbor::Decode(payload, CborForm::kAnyWellFormed));
  return ToBytes(TRY_WITH("CCA realm token", claims.GetBytes(kChallenge)));
}

}  // namespace cloister::attester::internal
