#include "report/page.h"

#include <algorithm>

#include "report/internal/render.h"

namespace cloister::report {
namespace {

constexpr std::string_view kBegin = "<script type=\"application/json\" id=\"records\">";
constexpr std::string_view kEnd = "</script>";
constexpr std::size_t kMaxDepth = 24;
constexpr std::size_t kShown = 32;

// What stands at `at`, without what a terminal would obey.
std::string Snippet(std::string_view page, std::size_t at) {
  if (at >= page.size()) return "the end";
  std::string text(page.substr(at, kShown));
  std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return "\"" + text + "\"";
}

Error Difference(std::string_view expected, std::string_view got) {
  const auto [a, b] = std::ranges::mismatch(expected, got);
  std::size_t at = static_cast<std::size_t>(a - expected.begin());
  const auto line = 1 + std::ranges::count(expected.substr(0, at), '\n');
  // A little before it, so that a digit is seen in its number; never before the line.
  const std::size_t from = std::max(at - std::min<std::size_t>(at, 8), expected.substr(0, at).rfind('\n') + 1);
  return Error(ErrorCode::kMismatch, "page: line " + std::to_string(line) + ", byte " + std::to_string(at) + ": expected " +
                                         Snippet(expected, from) + ", got " + Snippet(got, from));
}

}  // namespace

Result<std::string> RenderPage(const VerifiedRecords& verified) {
  return internal::Render(verified.facts(), verified.records().ToJson());
}

Result<Records> RecordsFromUnverifiedPage(std::string_view page) {
  if (page.size() > kMaxPage) {
    return Error(ErrorCode::kLimit, "page: expected at most " + std::to_string(kMaxPage) + " bytes, got " + std::to_string(page.size()));
  }
  const std::size_t begin = page.find(kBegin);
  if (begin == std::string_view::npos) return Error(ErrorCode::kMalformed, "page: expected the records of a run inside, found none");
  if (page.find(kBegin, begin + 1) != std::string_view::npos) {
    return Error(ErrorCode::kMalformed, "page: expected the records of one run, found more");
  }
  std::string_view text = page.substr(begin + kBegin.size());
  const std::size_t end = text.find(kEnd);
  if (end == std::string_view::npos) return Error(ErrorCode::kMalformed, "page: expected an end of the records, found none");
  text = text.substr(0, end);
  const auto json = TRY_WITH("records", formats::Json::Parse(text, {.max_bytes = kMaxPage, .max_depth = kMaxDepth}));
  return TRY_WITH("records", Records::FromJson(json));
}

Result<VerifiedRecords> VerifyPage(std::string_view page, const ReaderTrust& trust) {
  VerifiedRecords verified = TRY_WITH("records", VerifyRecords(TRY(RecordsFromUnverifiedPage(page)), trust));
  const std::string expected = TRY(RenderPage(verified));
  if (expected != page) return Difference(expected, page);
  return verified;
}

}  // namespace cloister::report
