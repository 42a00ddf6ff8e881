// A run as one HTML page that stands by itself: for people to see, with the signed records inside for anybody to check.
// No script runs in it and nothing is loaded from elsewhere (docs/formats/report.md).
#pragma once

#include "report/records.h"

namespace cloister::report {

inline constexpr std::size_t kMaxPage = 8u << 20;

// The same records always give the same bytes. kUnsupported: records that canonical JSON cannot carry.
Result<std::string> RenderPage(const VerifiedRecords& verified);

// The records inside a page; they are not verified and the page around them may say anything.
// kMalformed: there are none, or more than once; kLimit: more than kMaxPage.
Result<Records> RecordsFromUnverifiedPage(std::string_view page);

// Success proves that the records inside `page` hold (VerifyRecords), and that the page is what they give, byte for byte.
// kMismatch: the page says something else, with the place; others as VerifyRecords. A page that another version of this
// program made may differ in form: check it with that version.
Result<VerifiedRecords> VerifyPage(std::string_view page, const ReaderTrust& trust);

}  // namespace cloister::report
