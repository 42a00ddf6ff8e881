#include "sealed/testkit.h"

#include <zlib.h>

#include <algorithm>
#include <set>

#include "base/file.h"
#include "sealed/age_file.h"
#include "sealed/internal/payload.h"

namespace cloister::sealed {
namespace {

constexpr std::size_t kMaxInflated = std::size_t{32} << 20;
constexpr std::size_t kMaxCase = std::size_t{32} << 20;

struct AgeCase {
  std::string expect;
  std::string payload_sha256;
  std::vector<std::string> identities;
  std::string missing_feature;  // empty: all that the case needs is built
  Bytes file;
};

Error Malformed(const std::string& message) { return Error(ErrorCode::kMalformed, "age test kit: " + message); }

Result<Bytes> Inflate(ByteSpan compressed) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return Error(ErrorCode::kInternal, "zlib: cannot start");
  stream.next_in = const_cast<Bytef*>(compressed.data());  // zlib's field is not const; it does not write there
  stream.avail_in = static_cast<uInt>(compressed.size());
  Bytes out;
  Bytes piece(std::size_t{64} << 10);
  int status = Z_OK;
  while (status == Z_OK && out.size() <= kMaxInflated) {
    stream.next_out = piece.data();
    stream.avail_out = static_cast<uInt>(piece.size());
    status = inflate(&stream, Z_NO_FLUSH);
    out.insert(out.end(), piece.begin(), piece.end() - static_cast<std::ptrdiff_t>(stream.avail_out));
  }
  const bool all_read = stream.avail_in == 0;
  inflateEnd(&stream);
  if (out.size() > kMaxInflated) return Error(ErrorCode::kLimit, "age test kit: inflates to more than 32 MiB");
  if (status != Z_STREAM_END || !all_read) return Malformed("expected one zlib stream");
  return out;
}

// One "key: value" line of the case's header.
Result<void> TakeLine(std::string_view line, AgeCase& out, bool& compressed) {
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos) return Malformed("expected \"key: value\"");
  const std::string_view key = line.substr(0, colon);
  const std::string value(line.substr(colon + 2));
  if (key == "expect") {
    out.expect = value;
  } else if (key == "payload") {
    out.payload_sha256 = value;
  } else if (key == "identity") {
    if (value.starts_with("AGE-SECRET-KEY-PQ-")) out.missing_feature = "hybrid";
    out.identities.push_back(value);
  } else if (key == "passphrase") {
    out.missing_feature = "scrypt";
  } else if (key == "armored") {
    out.missing_feature = "armored";
  } else if (key == "compressed") {
    if (value != "zlib") return Malformed("expected compression zlib");
    compressed = true;
  } else if (key != "file key" && key != "comment") {
    out.missing_feature = "unknown key";  // the kit says: ignore such a file
  }
  return {};
}

Result<AgeCase> ParseCase(ByteSpan raw) {
  const std::string_view text = AsText(raw);
  const std::size_t end = text.find("\n\n");
  if (end == std::string_view::npos) return Malformed("expected an empty line after the header");
  AgeCase out;
  bool compressed = false;
  for (std::string_view rest = text.substr(0, end + 1); !rest.empty();) {
    const std::size_t size = rest.find('\n');
    TRY(TakeLine(rest.substr(0, size), out, compressed));
    rest.remove_prefix(size + 1);
  }
  const ByteSpan data = raw.subspan(end + 2);
  out.file = compressed ? TRY(Inflate(data)) : ToBytes(data);
  return out;
}

std::string_view FailureName(AgeFailure failure) {
  switch (failure) {
    case AgeFailure::kHeader:
      return "header failure";
    case AgeFailure::kNoMatch:
      return "no match";
    case AgeFailure::kHmac:
      return "HMAC failure";
    case AgeFailure::kPayload:
      return "payload failure";
  }
  return "unknown failure";
}

// The first of `identities` that a stanza is for.
Result<FileKey> UnwrapAny(const AgeHeader& header, std::span<const Identity> identities) {
  for (const Identity& identity : identities) {
    auto file_key = header.Unwrap(identity);
    if (file_key || file_key.error().code() != ErrorCode::kMismatch) return file_key;
  }
  return Error(ErrorCode::kMismatch, "age header: no stanza is for any identity");
}

// What came: "success" and the plaintext's hash, or the kind of failure.
std::string OpenCase(const AgeCase& test, std::span<const Identity> identities, std::string* sha256) {
  const auto header = AgeHeader::ParseFront(test.file);
  if (!header) return std::string(FailureName(AgeFailure::kHeader));
  const auto file_key = UnwrapAny(*header, identities);
  if (!file_key) return std::string(FailureName(FailureOfUnwrap(file_key.error())));
  const ByteSpan payload = ByteSpan(test.file).subspan(header->encoded().size());
  // The kit counts a file without a whole payload nonce as a failing header.
  if (payload.size() < kPayloadNonceSize) return std::string(FailureName(AgeFailure::kHeader));
  const auto plaintext = OpenPayload(*file_key, payload);
  if (!plaintext) return std::string(FailureName(AgeFailure::kPayload));
  *sha256 = ToHex(crypto::Sha256(plaintext->ExposeSecret()));
  return "success";
}

}  // namespace

Result<AgeCaseResult> RunAgeCase(ByteSpan testkit_file) {
  const AgeCase test = TRY(ParseCase(testkit_file));
  if (!test.missing_feature.empty()) return AgeCaseResult{AgeCaseOutcome::kSkipped, test.missing_feature};
  std::vector<Identity> identities;
  for (const std::string& text : test.identities) identities.push_back(TRY(Identity::FromText(text)));
  std::string sha256;
  const std::string came = OpenCase(test, identities, &sha256);
  if (came != test.expect) return AgeCaseResult{AgeCaseOutcome::kFailed, "expected " + test.expect + ", got " + came};
  if (came == "success" && sha256 != test.payload_sha256) {
    return AgeCaseResult{AgeCaseOutcome::kFailed, "expected payload " + test.payload_sha256 + ", got " + sha256};
  }
  return AgeCaseResult{AgeCaseOutcome::kPassed, {}};
}

Result<AgeKitReport> RunAgeKit(const std::filesystem::path& folder) {
  std::set<std::filesystem::path> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    // Cases have no suffix; what has one describes them.
    if (entry.is_regular_file() && !entry.path().has_extension()) files.insert(entry.path());
  }
  if (files.empty())
    return Error(ErrorCode::kNotFound, folder.string() + ": expected cases of the age test kit, got none");
  AgeKitReport report;
  for (const auto& path : files) {
    const Bytes raw = TRY(ReadFile(path, kMaxCase));
    const std::string name = path.filename().string();
    const AgeCaseResult result = TRY_WITH(name, RunAgeCase(raw));
    if (result.outcome == AgeCaseOutcome::kPassed) ++report.passed;
    if (result.outcome == AgeCaseOutcome::kFailed) report.failed[name] = result.detail;
    if (result.outcome == AgeCaseOutcome::kSkipped) ++report.skipped[result.detail];
  }
  return report;
}

}  // namespace cloister::sealed
