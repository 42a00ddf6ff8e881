#include "formats/pem.h"

#include <algorithm>

namespace cloister::formats {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";
constexpr std::size_t kLongestLine = 76;
constexpr std::size_t kLongestLabel = 64;

Error Malformed(std::size_t line, const std::string& message) {
  return Error(ErrorCode::kMalformed, "PEM line " + std::to_string(line) + ": " + message);
}

// Gives lines without their LF or CRLF, and counts them.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  bool Next(std::string_view* line) {
    if (rest_.empty()) return false;
    const std::size_t size = std::min(rest_.find('\n'), rest_.size());
    *line = rest_.substr(0, size);
    rest_.remove_prefix(std::min(size + 1, rest_.size()));
    if (line->ends_with('\r')) line->remove_suffix(1);
    ++number_;
    return true;
  }
  std::size_t number() const { return number_; }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

// RFC 7468 §3: printable characters other than '-', single spaces between; kept to capitals and digits, as all are.
bool IsLabel(std::string_view label) {
  if (label.empty() || label.size() > kLongestLabel || label.front() == ' ' || label.back() == ' ') return false;
  if (label.find("  ") != std::string_view::npos) return false;
  return std::all_of(label.begin(), label.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' '; });
}

Result<Bytes> Body(Lines& lines, std::string_view label) {
  const std::string end = std::string(kEnd) + std::string(label) + std::string(kDashes);
  std::string base64;
  std::size_t width = 0;
  bool last = false;
  std::string_view line;
  while (lines.Next(&line)) {
    if (line == end) return TRY_WITH("PEM block before line " + std::to_string(lines.number()), FromBase64(base64));
    if (width == 0) width = line.size();
    if (line.empty() || line.size() % 4 != 0 || line.size() > kLongestLine || line.size() > width || last) {
      return Malformed(lines.number(), "expected base64 lines of one length, then the end of the block");
    }
    last = line.size() < width;
    base64 += line;
  }
  return Malformed(lines.number(), "expected the end of the block, got the end of the text");
}

}  // namespace

Result<std::vector<PemBlock>> ParsePem(std::string_view text, const PemLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return Error(ErrorCode::kLimit, "PEM: expected at most " + std::to_string(limits.max_bytes) + " bytes, got " +
                                        std::to_string(text.size()));
  }
  std::vector<PemBlock> blocks;
  Lines lines(text);
  std::string_view line;
  while (lines.Next(&line)) {
    if (line.empty()) continue;
    if (!line.starts_with(kBegin) || !line.ends_with(kDashes) || line.size() < kBegin.size() + kDashes.size()) {
      return Malformed(lines.number(), "expected the begin of a block");
    }
    const std::string_view label = line.substr(kBegin.size(), line.size() - kBegin.size() - kDashes.size());
    if (!IsLabel(label)) return Malformed(lines.number(), "expected a label of capitals, digits and spaces");
    if (blocks.size() == limits.max_blocks) {
      return Error(ErrorCode::kLimit, "PEM: expected at most " + std::to_string(limits.max_blocks) + " blocks");
    }
    Bytes content = TRY(Body(lines, label));
    blocks.push_back({std::string(label), std::move(content)});
  }
  if (blocks.empty()) return Error(ErrorCode::kMalformed, "PEM: expected at least one block, got none");
  return blocks;
}

Result<std::vector<Bytes>> ParsePemOf(std::string_view label, std::string_view text, const PemLimits& limits) {
  std::vector<Bytes> contents;
  for (PemBlock& block : TRY(ParsePem(text, limits))) {
    if (block.label != label) {
      return Error(ErrorCode::kMalformed, "PEM: expected " + std::string(label) + ", got " + block.label);
    }
    contents.push_back(std::move(block.content));
  }
  return contents;
}

std::string EncodePem(std::string_view label, ByteSpan content) {
  CHECK(IsLabel(label));
  constexpr std::size_t kWidth = 64;
  const std::string base64 = ToBase64(content);
  std::string out = std::string(kBegin) + std::string(label) + std::string(kDashes) + "\n";
  for (std::size_t at = 0; at < base64.size(); at += kWidth) out += base64.substr(at, kWidth) + "\n";
  return out + std::string(kEnd) + std::string(label) + std::string(kDashes) + "\n";
}

}  // namespace cloister::formats
