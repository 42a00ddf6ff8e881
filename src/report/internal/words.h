// How the page writes numbers, names and times.
#pragma once

#include "report/facts.h"
#include "report/html.h"

namespace cloister::report::internal {

std::string Number(double value);         // six digits at most: "0.25", "1e-5"
std::string Brief(double value);          // four
std::string Count(std::uint64_t value);   // "1,234,567"
std::string Moment(Time time);            // "2026-11-20 16:35 UTC"
std::string Name(std::string_view did);   // "hospital-a.example" of did:web:hospital-a.example
std::string Plural(std::uint64_t count, std::string_view one, std::string_view many);  // "1 table", "3 tables"
std::string Amount(double epsilon, double delta);  // "ε 1, δ 1e-5"
std::string Joined(const std::vector<std::string>& words);  // "a, b and c"
std::string JoinedFirst(std::vector<std::string> words, std::size_t most);  // "a, b and 7 more"
// The first digits of a digest, for pictures.
std::string Front(ByteSpan digest);
// All digits, so that they break anywhere and never wider than their place.
Html Digest(ByteSpan digest);
std::string_view RoleInWords(contract::Role role);

}  // namespace cloister::report::internal
