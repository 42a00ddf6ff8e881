#include "attester/tsm_attester.h"

#include <charconv>

#include "attester/internal/signed_blobs.h"
#include "evidence/snp/json.h"

namespace cloister::attester {
namespace {

constexpr int kAttempts = 3;
constexpr std::size_t kMaximumText = 4096;
constexpr std::size_t kMaximumReport = std::size_t{32} << 10;
constexpr std::size_t kMaximumTable = std::size_t{64} << 10;
constexpr std::size_t kMaximumQuote = std::size_t{1} << 20;

// An entry that goes away with us.
class Entry {
 public:
  static Result<Entry> Make(TsmEntries& entries, crypto::RandomSource& random) {
    std::string name = "cloister-" + ToHex(crypto::RandomBytes(random, 12));
    TRY(entries.Make(name));
    return Entry(entries, std::move(name));
  }
  Entry(Entry&& other) noexcept : entries_(std::exchange(other.entries_, nullptr)), name_(std::move(other.name_)) {}
  Entry(const Entry&) = delete;
  ~Entry() {
    if (entries_ != nullptr) (void)entries_->Remove(name_);  // an entry left behind harms nobody
  }

  Result<Bytes> Read(const std::string& attribute, std::size_t maximum) const {
    return entries_->Read(name_, attribute, maximum);
  }
  Result<void> Write(const std::string& attribute, ByteSpan content) const {
    return entries_->Write(name_, attribute, content);
  }
  // A text attribute without its newline.
  Result<std::string> ReadText(const std::string& attribute) const {
    std::string text(AsText(TRY(Read(attribute, kMaximumText))));
    if (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }
  Result<std::uint64_t> ReadNumber(const std::string& attribute) const {
    const std::string text = TRY(ReadText(attribute));
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) {
      return Error(ErrorCode::kMalformed, "configfs-tsm: " + attribute + " is not a number");
    }
    return number;
  }

 private:
  Entry(TsmEntries& entries, std::string name) : entries_(&entries), name_(std::move(name)) {}
  TsmEntries* entries_;
  std::string name_;
};

// Where our VMPL is not 0 an entry's default of 0 is refused, so the floor has to be written. Returns the writes made.
Result<std::uint64_t> RaisePrivilegeLevel(const Entry& entry) {
  const std::uint64_t floor = TRY(entry.ReadNumber("privlevel_floor"));
  if (floor == 0) return std::uint64_t{0};
  TRY(entry.Write("privlevel", AsBytes(std::to_string(floor))));
  return std::uint64_t{1};
}

struct Blobs {
  std::string provider;
  Bytes report;
  Bytes table;
  bool ours = false;  // nobody else wrote to the entry in between
};

Result<Blobs> ReadBlobs(const Entry& entry, const ReportData& report_data) {
  Blobs blobs;
  blobs.provider = TRY(entry.ReadText("provider"));
  const bool sev = blobs.provider == kSevGuest;
  if (!sev && blobs.provider != kTdxGuest && blobs.provider != kArmCcaGuest) {
    return Error(ErrorCode::kUnsupported, "configfs-tsm: expected provider sev_guest, tdx_guest or arm_cca_guest, got another");
  }
  const std::uint64_t before = TRY(entry.ReadNumber("generation"));
  // Where others have these attributes at all, they mean nothing there.
  const std::uint64_t writes = (sev ? TRY(RaisePrivilegeLevel(entry)) : 0) + 1;
  TRY(entry.Write("inblob", report_data));
  blobs.report = TRY(entry.Read("outblob", sev ? kMaximumReport : kMaximumQuote));
  if (sev) blobs.table = TRY(entry.Read("auxblob", kMaximumTable));
  blobs.ours = TRY(entry.ReadNumber("generation")) == before + writes;
  return blobs;
}

Error OtherReportData() {
  return Error(ErrorCode::kMismatch, "configfs-tsm: the report is over other report data than ours");
}

Result<CollectedEvidence> FromSev(Blobs blobs, const ReportData& report_data) {
  const evidence::SnpReport report = TRY(evidence::ParseSnpReport(blobs.report));
  if (report.report_data != report_data) return OtherReportData();
  auto certificates = TRY(evidence::ParseSnpCertificateTable(blobs.table));
  return CollectedEvidence{.tee = "snp",
                           .snp = {.report = std::move(blobs.report), .certificates = std::move(certificates)}};
}

Result<CollectedEvidence> FromTdx(Blobs blobs, const ReportData& report_data) {
  const internal::QuoteView quote = TRY(internal::ViewTdQuote(blobs.report));
  if (!quote.report_data.empty() && !Equal(quote.report_data, report_data)) return OtherReportData();
  return CollectedEvidence{.tee = "tdx", .snp = {}, .signed_blob = ToBytes(quote.bytes)};
}

Result<CollectedEvidence> FromCca(Blobs blobs, const ReportData& report_data) {
  if (TRY(internal::CcaChallengeOf(blobs.report)) != ToBytes(ByteSpan(report_data))) return OtherReportData();
  return CollectedEvidence{.tee = "cca", .snp = {}, .signed_blob = std::move(blobs.report)};
}

}  // namespace

Result<formats::Json> CollectedEvidence::ToJson() const {
  if (tee == "snp") return evidence::SnpEvidenceToJson(snp);
  if (tee == "tdx") {
    return formats::Json(formats::Json::Object{{"quote", ToBase64(signed_blob)},
                                               {"cc_eventlog", event_log ? formats::Json(ToBase64(*event_log)) : nullptr}});
  }
  if (tee != "cca") return Error(ErrorCode::kUnsupported, "expected evidence of snp, tdx or cca, got another tee");
  formats::Json::Array bytes(signed_blob.begin(), signed_blob.end());
  return formats::Json(formats::Json::Object{{"token", std::move(bytes)}});
}

Result<CollectedEvidence> TsmAttester::Collect(const ReportData& report_data) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const Entry entry = TRY(Entry::Make(entries_, random_));
    Blobs blobs = TRY(ReadBlobs(entry, report_data));
    if (!blobs.ours) continue;
    if (blobs.provider == kSevGuest) return FromSev(std::move(blobs), report_data);
    if (blobs.provider == kTdxGuest) return FromTdx(std::move(blobs), report_data);
    return FromCca(std::move(blobs), report_data);
  }
  return Error(ErrorCode::kUnavailable, "configfs-tsm: others kept writing to our entry");
}

}  // namespace cloister::attester
